"""The release: one version everywhere, a changelog from fragments, an SBOM, no more rights than needed."""

import re
import runpy
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci_guard import __version__
from rig.events import HANG

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
TEXT = WORKFLOW.read_text(encoding="utf-8")
PARSED: dict[str, Any] = yaml.safe_load(TEXT)
SCRIPTS = ROOT / "integrations" / "release"
CHANGELOG = runpy.run_path(str(SCRIPTS / "changelog.py"))
VERSION = runpy.run_path(str(SCRIPTS / "check_version.py"))
SBOM = runpy.run_path(str(SCRIPTS / "sbom.py"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*")
OLD = """\
# Changelog

## [Unreleased]

### Added

- one

### Fixed

- two

## [1.0.0] - 2026-01-01

- old
"""


def test_the_workflow_is_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, str(WORKFLOW)], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout


def test_each_job_may_do_what_it_does_and_no_more() -> None:
    assert PARSED["permissions"] == {}
    jobs = {name: job["permissions"] for name, job in PARSED["jobs"].items()}
    assert jobs == {
        "build": {"contents": "read", "id-token": "write", "attestations": "write"},
        "pypi": {"id-token": "write"},
        "page": {"contents": "write"},
    }
    assert "password" not in TEXT.replace("instead of a password", "")
    assert PARSED["jobs"]["pypi"]["environment"] == "pypi"
    used = re.findall(r"uses: (.+)", TEXT)
    assert [each for each in used if not PINNED.fullmatch(each)] == []


def test_what_it_runs_is_there() -> None:
    named = re.findall(r"python (integrations/\S+\.py)", TEXT)
    assert len(named) >= 4
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (f"v{__version__}", None),
        ("v9.9.9", "the tag says 9.9.9"),
        ("1.0", "is not a tag of a release"),
        ("v1", "is not a tag of a release"),
    ],
)
def test_a_tag_must_name_the_version_of_the_code(tag: str, said: str | None) -> None:
    source = (ROOT / "ci_guard" / "__init__.py").read_text(encoding="utf-8")
    wrong = VERSION["mistake"](tag, source, f"## [{__version__}] - 2026-01-01\n")
    assert wrong is None if said is None else said in wrong


def test_a_version_that_the_changelog_does_not_know_is_no_release() -> None:
    wrong = VERSION["mistake"](f"v{__version__}", f'__version__ = "{__version__}"\n', "## [Unreleased]\n")
    assert "CHANGELOG.md says nothing" in wrong


def test_the_changelog_of_a_release_takes_all_fragments() -> None:
    fragments = {"b.added.md": "- three\n", "a.added.md": "- four", "c.security.md": "- five\n"}
    made = CHANGELOG["released"](OLD, fragments, "1.1.0", "2026-02-03")
    assert (
        made
        == """\
# Changelog

## [Unreleased]

## [1.1.0] - 2026-02-03

### Added

- one
- four
- three

### Fixed

- two

### Security

- five

## [1.0.0] - 2026-01-01

- old
"""
    )
    assert CHANGELOG["notes"](made, "1.0.0") == "- old\n"
    assert CHANGELOG["notes"](made, "1.1.0").startswith("### Added\n\n- one")


@pytest.mark.parametrize(
    ("fragments", "version"), [({"a.md": "- x"}, "1.1.0"), ({"a.news.md": "- x"}, "1.1.0"), ({}, "1.0.0")]
)
def test_a_wrong_fragment_or_version_is_refused(fragments: dict[str, str], version: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        CHANGELOG["released"](OLD, fragments, version, "2026-02-03")


def test_our_own_fragments_can_be_released() -> None:
    paths = [each for each in (ROOT / "changelog.d").glob("*.md") if each.name != "README.md"]
    fragments = {path.name: path.read_text(encoding="utf-8") for path in paths}
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    made = CHANGELOG["released"](text, fragments, "9.9.9", "2026-02-03")
    assert all(fragment.strip() in made for fragment in fragments.values())
    assert all(fragment.startswith("- ") for fragment in fragments.values())


def test_the_sbom_names_all_that_is_packed() -> None:
    told = SBOM["document"]("1.2.0", SBOM["REQUIREMENTS"].read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {part["name"].lower() for part in told["components"]}
    assert {re.split(r"[>=]", each)[0].lower() for each in project["dependencies"]} <= named
    lines = SBOM["REQUIREMENTS"].read_text(encoding="utf-8").count("--hash=")
    assert len(told["components"]) == lines
    assert told["metadata"]["component"]["purl"] == "pkg:pypi/ci-guard@1.2.0"


def test_whoever_publishes_is_named_in_one_place() -> None:
    """`your-org` is a thing to replace, once; all addresses are made of it."""
    listed = subprocess.run(["git", "grep", "-c", "your-org"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode > 1:
        pytest.skip("no repository")
    found = {name: int(count) for name, _, count in (row.rpartition(":") for row in listed.stdout.split())}
    assert {name: count for name, count in found.items() if not name.startswith("tests/")} == {
        "pyproject.toml": 1
    }


def test_the_addresses_are_made_of_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    repository = project["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
    told = metadata("ci-guard").get_all("Project-URL") or []
    named = dict(each.split(", ", 1) for each in told)
    assert set(named) == {"Documentation", "Source", "Issues", "Changelog"}
    assert all(each.startswith(repository) for each in named.values())
