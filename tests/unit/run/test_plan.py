"""`--dry-run`: everything that would be done, and nothing done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rig.events import HANG

pytestmark = [pytest.mark.program, pytest.mark.traced]

POLICY = """\
version: 1
reports: {junit: "out/{step}.xml"}
redact: ["se[c]ret"]
commands:
  - match: "uv *"
    attempts: 4
  - match: "uv sync *"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".ci-guard.yml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pyproject.toml").write_text(
        '[project]\nname = "a"\nversion = "1"\n', encoding="utf-8"
    )
    programs = tmp_path / "programs"
    programs.mkdir()
    uv = programs / ("uv.bat" if sys.platform == "win32" else "uv")
    started = tmp_path / "started"
    script = f"@echo > {started}\n" if sys.platform == "win32" else f"#!/bin/sh\ntouch {started}\n"
    uv.write_text(script, encoding="utf-8")
    uv.chmod(0o755)
    return tmp_path


def plan(project: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    path = os.pathsep.join((str(project / "programs"), environment["PATH"]))
    return subprocess.run(
        [sys.executable, "-m", "ci_guard", "--host", "plain", "--dry-run", *words],
        cwd=project / "sub",
        env=environment | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def test_the_plan_is_whole(project: Path) -> None:
    done = plan(project, "--", "uv", "sync", "--secret")
    assert done.returncode == 0, done.stderr
    lines = [line.removeprefix("ci-guard: ") for line in done.stderr.splitlines()]
    uv = project / "programs" / ("uv.bat" if sys.platform == "win32" else "uv")
    above = os.path.join("..", ".ci-guard.yml")
    for line in (
        "would run: uv sync --***",
        f"program: {uv}",
        "CI server: plain",
        f"policy: {above}; the rule `uv *` on line 5",
        "attempts: up to 4, no deadline, again only after: antivirus_lock",
        f"repaired and verified after a failed attempt: {project / 'sub' / '.venv'}",
        f"report: junit to {project / 'out' / 'uv-sync.xml'}",
    ):
        assert line in lines
    assert any("`uv sync *` is never reached" in line for line in lines)
    assert not (project / "started").exists()
    assert not (project / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("uv", "tool", "install", "ruff"), "after a failed attempt: what `uv` has made or changed by then"),
        ((sys.executable, "-c", "pass"), "nothing: ci-guard knows of nothing that"),
    ],
)
def test_what_is_known_only_then_is_not_called_nothing(
    project: Path, words: tuple[str, ...], told: str
) -> None:
    assert (
        f"repaired and verified{':' if told.startswith('nothing') else ''} {told}"
        in plan(project, "--", *words).stderr
    )


def test_a_plan_for_a_program_that_is_not_there_fails(project: Path) -> None:
    done = plan(project, "--", "no-such-program")
    assert done.returncode == 127
    assert "there is no program `no-such-program`" in done.stderr


def test_without_a_policy_the_search_is_told(project: Path) -> None:
    (project / ".ci-guard.yml").unlink()
    assert "policy: no file from here up to `..`, so the defaults apply" in plan(project, "--", "uv").stderr
