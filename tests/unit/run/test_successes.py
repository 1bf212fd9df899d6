"""Commands that end well with another status than 0."""

import json
import sys
from pathlib import Path

import pytest

from ci_guard.command_line.tools import successes_of
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.process import Exit, Outcome
from ci_guard.run.successes import counted

KNOWLEDGE = load_knowledge()
COPIED, FAILED = 1, 8


@pytest.mark.parametrize(
    ("argv", "status", "passed"),
    [
        (("robocopy", "a", "b", "/E"), COPIED, True),
        (("robocopy.exe", "a", "b"), 7, True),
        (("C:\\Windows\\System32\\robocopy.exe", "a", "b"), 3, True),
        (("robocopy", "a", "b"), FAILED, False),
        (("xcopy", "a", "b"), COPIED, False),
        (("cmd", "/c", "robocopy a b & exit 1"), COPIED, False),
    ],
)
def test_robocopy_s_sum_of_bits(argv: tuple[str, ...], status: int, passed: bool) -> None:
    outcome = Outcome(exit=Exit(code=status), started=0.0, duration=1.0, captures=())
    assert counted(outcome, argv, KNOWLEDGE).passed is passed
    assert (status in successes_of(KNOWLEDGE, argv)) is passed


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script of sh")
@pytest.mark.parametrize(("status", "outcome"), [(COPIED, "passed"), (FAILED, "failed")])
def test_the_status_comes_out_and_the_report_tells_which_it_was(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], status: int, outcome: str
) -> None:
    from ci_guard.cli import main

    program = tmp_path / "robocopy"
    program.write_text(f"#!/bin/sh\necho copied\nexit {status}\n")
    program.chmod(0o755)
    record = tmp_path / "run.json"
    assert main(["--report", f"json={record}", "--", str(program), "a", "b"]) == status
    told = json.loads(record.read_text("utf-8"))
    assert (told["outcome"], told["exit_status"]) == (outcome, status)
    assert ("ci-guard" in capfd.readouterr().err) is (status == FAILED)
