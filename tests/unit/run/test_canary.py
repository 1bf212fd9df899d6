"""A secret in every place where one can stand, and every place where it must not turn up."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest

from rig.events import HANG

pytestmark = [pytest.mark.program, pytest.mark.traced]

LOCK = "failed to rename file from {folder}/.tmpAbC to {folder}/tool: busy (os error {number})"
BUSY = 32 if sys.platform == "win32" else 16
FORMATS = ("junit", "json", "markdown")


@dataclass(frozen=True)
class Place:
    """Where a secret can stand; `{}` is the secret."""

    prints: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    policy: str = ""


PLACES: dict[str, Place] = {
    "URL": Place("error: https://bob:{}@h/simple: refused"),
    "URL of one slash": Place("error: no file https:/bob:{}@h/simple"),
    "variable": Place("error: {}", {"MY_TOKEN": "{}"}),
    "Jenkins variable": Place("sent {}", {"NEXUS": "bob:{}", "NEXUS_PSW": "{}"}),
    "password in a URL variable": Place("error: {}", {"DATABASE_URL": "postgres://u:{}@h/d"}),
    **{
        f"{name} variable": Place("error: {}", {name: "{}"})
        for name in ("DB_PASS", "SSHPASS", "CI_JOB_JWT", "AZURE_PAT", "SIGNING_KEY", "APP_KEY")
    },
    "option": Place(words=("--password", "{}")),
    "option with =": Place(words=("--token={}",)),
    "option --pass": Place(words=("--pass", "{}")),
    "option -u": Place(words=("-u", "bob:{}")),
    "Windows option": Place(words=("/password:{}",)),
    "argument URL": Place(words=("https://bob:{}@h/simple",)),
    "pip.conf": Place("[global]\nindex-url = https://bob:{}@h/simple"),
    "npmrc": Place("//registry/:_authToken={}"),
    "netrc": Place("machine h login bob password {}"),
    "XML": Place("<password>{}</password>"),
    "YAML": Place("  token: {}"),
    "header": Place("> Authorization: Basic {}"),
    "docker login": Place("+ docker login -u bob -p {} registry"),
    "shell trace": Place("+ DB_PASS={} make"),
    "policy's environment": Place("error: {}", policy="environment: {{POLICY_TOKEN: {}}}"),
    "policy's pattern": Place("ticket {}", policy="redact: ['{}']"),
}
# each has a secret of its own, so that none is known from elsewhere, and that several places share a run
SECRETS = {
    name: f"Zx9canary{first}{second}Q7"
    for name, (first, second) in zip(PLACES, product("abcdef", repeat=2), strict=False)
}
SHARE = 6  # few enough for all their lines to stand in the reports
GROUPS = [list(PLACES)[start : start + SHARE] for start in range(0, len(PLACES), SHARE)]


def run(folder: Path, names: Sequence[str], *options: str) -> tuple[str, str]:
    """The lines of ci-guard's own, and all that it has written elsewhere."""
    filled = [(PLACES[name], SECRETS[name]) for name in names]
    variables = {key: text.format(it) for place, it in filled for key, text in place.environment.items()}
    words = [word.format(it) for place, it in filled for word in place.words]
    prints = "\n".join(place.prints.format(it) for place, it in filled if place.prints)
    policy = "".join(f"{place.policy.format(it)}\n" for place, it in filled if place.policy)
    (folder / ".ci-guard.yml").write_text(
        f"version: 1\nattempts: 2\nbackoff: {{initial: 1ms, maximum: 1ms}}\n{policy}"
    )
    text = f"{prints}\n{LOCK.format(folder=folder, number=BUSY)}"
    summary = folder / "summary.md"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(folder / "out"),
    }
    reports = [word for name in FORMATS for word in ("--report", f"{name}={folder}/report.{name}")]
    code = f"import sys; print({text!r}, file=sys.stderr); sys.exit(2)"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ci_guard",
            "--verbose",
            *reports,
            *options,
            "--",
            sys.executable,
            "-c",
            code,
            *words,
        ],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == (0 if "--dry-run" in options else 2), done.stderr
    own = [line for line in done.stderr.splitlines() if line.startswith(("ci-guard: ", "::"))]
    files = [path for path in folder.iterdir() if path.name != ".ci-guard.yml" and path.is_file()]
    if "--dry-run" not in options:
        assert {path.name for path in files} >= {"summary.md", *(f"report.{name}" for name in FORMATS)}
        shown = done.stderr + " ".join(words)  # what the user's console showed is untouched
        assert [name for name in names if SECRETS[name] not in shown] == []
    return "\n".join(own), "\n".join(path.read_text(encoding="utf-8") for path in files)


def told(names: Sequence[str], text: str) -> list[str]:
    return [name for name in names if SECRETS[name] in text]


@pytest.mark.parametrize("names", GROUPS, ids=", ".join)
def test_it_turns_up_in_no_line_and_no_file_of_ours(tmp_path: Path, names: list[str]) -> None:
    own, files = run(tmp_path, names)
    assert own
    assert told(names, own) == []
    assert told(names, files) == []


@pytest.mark.parametrize("name", PLACES)
def test_nor_in_what_would_be_done(tmp_path: Path, name: str) -> None:
    own, _ = run(tmp_path, [name], "--dry-run")
    assert "would run" in own
    # the text that the command would print stands in its own code, which is one line: none may hide another
    assert told([name], own) == []
