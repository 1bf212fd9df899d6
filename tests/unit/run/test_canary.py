"""A secret in every place where one can stand, and every place where it must not turn up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CANARY = "Zx9canaryQ7"
LOCK = "failed to rename file from {folder}/.tmpAbC to {folder}/tool: busy (os error {number})"
BUSY = 32 if sys.platform == "win32" else 16
FORMATS = ("junit", "json", "markdown")

# name: (environment, words of the command, what it prints, lines of the policy)
PLACES: dict[str, tuple[dict[str, str], list[str], str, str]] = {
    "URL": ({}, [], f"error: https://bob:{CANARY}@h/simple: refused", ""),
    "URL of one slash": ({}, [], f"error: no file https:/bob:{CANARY}@h/simple", ""),
    "variable": ({"MY_TOKEN": CANARY}, [], f"error: {CANARY}", ""),
    "Jenkins variable": ({"NEXUS": f"bob:{CANARY}", "NEXUS_PSW": CANARY}, [], f"sent {CANARY}", ""),
    "password in a URL variable": (
        {"DATABASE_URL": f"postgres://u:{CANARY}@h/d"},
        [],
        f"error: {CANARY}",
        "",
    ),
    **{
        f"{name} variable": ({name: CANARY}, [], f"error: {CANARY}", "")
        for name in ("DB_PASS", "SSHPASS", "CI_JOB_JWT", "AZURE_PAT", "SIGNING_KEY", "APP_KEY")
    },
    "option": ({}, ["--password", CANARY], "", ""),
    "option with =": ({}, [f"--token={CANARY}"], "", ""),
    "option --pass": ({}, ["--pass", CANARY], "", ""),
    "option -u": ({}, ["-u", f"bob:{CANARY}"], "", ""),
    "Windows option": ({}, [f"/password:{CANARY}"], "", ""),
    "argument URL": ({}, [f"https://bob:{CANARY}@h/simple"], "", ""),
    "pip.conf": ({}, [], f"[global]\nindex-url = https://bob:{CANARY}@h/simple", ""),
    "npmrc": ({}, [], f"//registry/:_authToken={CANARY}", ""),
    "netrc": ({}, [], f"machine h login bob password {CANARY}", ""),
    "XML": ({}, [], f"<password>{CANARY}</password>", ""),
    "YAML": ({}, [], f"  token: {CANARY}", ""),
    "header": ({}, [], f"> Authorization: Basic {CANARY}", ""),
    "docker login": ({}, [], f"+ docker login -u bob -p {CANARY} registry", ""),
    "shell trace": ({}, [], f"+ DB_PASS={CANARY} make", ""),
    "policy's environment": ({}, [], f"error: {CANARY}", f"environment: {{MY_TOKEN: {CANARY}}}\n"),
    "policy's pattern": ({}, [], f"ticket {CANARY}", "redact: ['Zx9[a-z]{6}Q7']\n"),
}


def run(folder: Path, place: str, *options: str) -> tuple[str, str]:
    """The lines of ci-guard's own, and all that it has written elsewhere."""
    variables, words, prints, policy = PLACES[place]
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
        timeout=60,
    )
    assert done.returncode == (0 if "--dry-run" in options else 2), done.stderr
    own = [line for line in done.stderr.splitlines() if line.startswith(("ci-guard: ", "::"))]
    files = [path for path in folder.iterdir() if path.name != ".ci-guard.yml" and path.is_file()]
    if "--dry-run" not in options:
        assert {path.name for path in files} >= {"summary.md", *(f"report.{name}" for name in FORMATS)}
        assert CANARY in done.stderr + " ".join(words)  # what the user's console showed is untouched
    return "\n".join(own), "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("place", PLACES)
def test_it_turns_up_in_no_line_and_no_file_of_ours(tmp_path: Path, place: str) -> None:
    own, files = run(tmp_path, place)
    assert own
    assert CANARY not in own
    assert CANARY not in files


@pytest.mark.parametrize("place", PLACES)
def test_nor_in_what_would_be_done(tmp_path: Path, place: str) -> None:
    own, _ = run(tmp_path, place, "--dry-run")
    assert "would run" in own
    # the text that the command would print stands in its own code
    assert CANARY not in own
