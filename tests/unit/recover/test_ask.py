"""Questions to programs: an answer, or none, and never a sound or an exception."""

import os
import sys
from pathlib import Path

import pytest

from ci_guard.recover.ask import ask

LONG = 240.0  # seconds


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("print('here', end='')", b"here"),
        ("pass", b""),
        ("print('half'); raise SystemExit(3)", None),
        ("import sys; print('loud', file=sys.stderr)", b""),
        ("import sys; print(repr(sys.stdin.read()), end='')", b"''"),
    ],
)
def test_what_a_program_answers(code: str, answer: bytes | None, capfd: pytest.CaptureFixture[str]) -> None:
    assert ask([sys.executable, "-I", "-c", code], environment=os.environ, seconds=LONG) == answer
    assert capfd.readouterr() == ("", "")


def test_it_is_asked_in_a_folder_with_these_variables(tmp_path: Path) -> None:
    code = "import os; print(os.path.samefile('.', os.environ['PLACE']), end='')"
    variables = {**os.environ, "PLACE": str(tmp_path)}
    command = [sys.executable, "-I", "-c", code]
    assert ask(command, environment=variables, seconds=LONG, directory=str(tmp_path)) == b"True"


def test_a_program_that_is_not_there_or_takes_too_long_has_no_answer(tmp_path: Path) -> None:
    assert ask([str(tmp_path / "absent")], environment=os.environ, seconds=LONG) is None
    sleeps = [sys.executable, "-I", "-c", "import time; time.sleep(600)"]
    assert ask(sleeps, environment=os.environ, seconds=0.1) is None
