"""At a red end after a lock: what `ci-guard explain` says about the same failure."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.knowledge import Knowledge
from ci_guard.run.ending import Ending
from ci_guard.run.hints import hints
from unit.run.contexts import context_of, locked
from unit.run.test_run import BUSY, FAST, IN_USE, LOCK, guard, posix

pytestmark = pytest.mark.program

MARK = "ci-guard: hint: "
MOST = 3
PACKAGE = (
    "error: Failed to install: httpx-0.28.1-py3-none-any.whl (httpx==0.28.1)\n"
    "  Caused by: Failed to persist temporary file to {folder}/httpx: failed to persist temporary file: "
    f"It is busy (os error {BUSY})"
)
NONSENSE = "the moon is not where it was"


def told(stderr: str) -> list[str]:
    return [line.removeprefix(MARK) for line in stderr.splitlines() if line.startswith(MARK)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ci-guard.yml").write_text(FAST + "attempts: 2\n")
    return tmp_path


def failing(home: Path, first: str, then: str) -> list[str]:
    """A program that fails with the first text, and then always with the other."""
    script = home / "step.py"
    texts = [text.format(folder=home) for text in (first, then)]
    script.write_text(f"import os, sys\nsys.exit({texts!r}[os.environ['CI_GUARD_ATTEMPT'] != '1'] or 0)\n")
    return [sys.executable, str(script)]


@pytest.mark.parametrize(
    ("first", "then", "outcome", "category"),
    [
        pytest.param(LOCK, LOCK, "gave_up", "antivirus_lock", id="gave up"),
        pytest.param(PACKAGE, PACKAGE, "gave_up", "antivirus_lock", id="with a package"),
        pytest.param(IN_USE, IN_USE, "gave_up", "file_in_use", id="in use"),
        pytest.param(LOCK, NONSENSE, "failed", "unknown", id="failed after a lock"),
    ],
)
def test_a_red_end_after_a_lock_has_the_hints_that_explain_gives(
    home: Path, first: str, then: str, outcome: str, category: str
) -> None:
    command = failing(home, first, then)
    done = guard(home, "--report", "json=run.json", "--", *command)
    assert done.returncode == 1
    record = json.loads((home / "run.json").read_text(encoding="utf-8"))
    assert (record["outcome"], record["category"]) == (outcome, category)
    (home / "step.log").write_text(first.format(folder=home) + "\n")
    explained = guard(home, "explain", "--format", "json", "--exit-status", "1", "step.log")
    advice = json.loads(explained.stdout)["advice"]
    assert told(done.stderr) == advice[:MOST]
    assert advice


@pytest.mark.parametrize(("first", "then"), [(NONSENSE, NONSENSE), (LOCK, "")])
def test_no_lock_or_no_red_end_no_hint(home: Path, first: str, then: str) -> None:
    done = guard(home, "--", *failing(home, first, then))
    assert done.returncode == (0 if not then else 1), done.stderr
    assert told(done.stderr) == []


def test_what_cannot_be_advised_costs_the_hints_and_nothing_else(tmp_path: Path) -> None:
    knowledge = load_knowledge()
    broken = replace(knowledge, tools=tuple(replace(each, version="(") for each in knowledge.tools))
    attempt = locked(["uv", "sync"], tmp_path / "tool")
    ended = Ending(
        outcome=RunOutcome.GAVE_UP,
        exit_status=2,
        category=Category.ANTIVIRUS_LOCK,
        explanation="gave up",
        verdict=replace(attempt.diagnosis, advice=("ask",)) if attempt.diagnosis else None,
    )

    def by(known: Knowledge) -> tuple[str, ...]:
        return hints(context_of(tmp_path, ["uv", "sync"]), known, [attempt], ended)

    assert by(broken) == ("ask",)
    assert 1 < len(by(knowledge)) <= MOST


@pytest.mark.parametrize("outcome", [RunOutcome.ABORTED, RunOutcome.FLAKY])
def test_who_was_interrupted_or_recovered_is_given_no_lecture(tmp_path: Path, outcome: RunOutcome) -> None:
    attempt = locked(["uv", "sync"], tmp_path / "tool")
    ended = Ending(outcome=outcome, exit_status=1, category=None, explanation="it ended")
    assert hints(context_of(tmp_path, ["uv", "sync"]), load_knowledge(), [attempt], ended) == ()


@pytest.fixture
def failing_uv(home: Path) -> dict[str, str]:
    """The variables under which `uv` is a program that fails by a lock, and tells of each start."""
    folder = home / "bin"
    folder.mkdir()
    program = folder / "uv"
    text = LOCK.format(folder=home)
    program.write_text(f"#!/bin/sh\necho \"$@\" >> {home}/started\necho '{text}' >&2\nexit 2\n")
    program.chmod(0o755)
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    return {"PATH": path, "HOME": str(home), "UV_TOOL_DIR": str(home / "tools")}


@posix
def test_another_command_is_suggested_and_never_run(home: Path, failing_uv: dict[str, str]) -> None:
    (home / ".ci-guard.yml").write_text(FAST + "attempts: 2\nrepair: false\n")
    done = guard(home, "--", "uv", "tool", "install", "ruff", env=failing_uv)
    assert done.returncode == 2
    assert "`uvx ruff` instead of `uv tool install ruff`" in " ".join(told(done.stderr))
    started = (home / "started").read_text().splitlines()
    assert [line for line in started if line.startswith("tool install")] == ["tool install ruff"] * 2
    (home / ".ci-guard.yml").write_text(FAST + "attempts: 2\nrepair: false\nfallback: uv tool run ruff\n")
    done = guard(home, "--", "uv", "tool", "install", "ruff", env=failing_uv)
    assert "uvx" not in done.stderr, "the policy has its own"


@posix
def test_a_hint_tells_no_secret(home: Path, failing_uv: dict[str, str]) -> None:
    (home / ".ci-guard.yml").write_text(FAST + "attempts: 2\nrepair: false\n")
    secret = "hunter2hunter2"
    done = guard(home, "--", "uv", "tool", "install", secret, env=failing_uv | {"SOME_TOKEN": secret})
    assert "instead of `uv tool install" in " ".join(told(done.stderr))
    assert secret not in done.stderr
