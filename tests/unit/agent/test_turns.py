"""Guarded retries take turns, and whoever dies has given his back."""

import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.agent.turns import FILE, Turns

HOLDER = """
import sys
from ci_guard.agent.turns import Turns
turns = Turns(sys.argv[1])
turn = turns.take(0.0, lambda seconds: False, lambda: None)
print("has it" if turn.has_it else "waits", flush=True)
sys.stdin.read()
"""


def never(_: float) -> bool:
    raise AssertionError("nobody has the turn, so nobody waits")


def other(folder: Path) -> "subprocess.Popen[str]":
    """Another guard, which has answered whether it has the turn."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "has it\n"
    return holder


def test_the_first_has_it_at_once_and_the_folder_is_made(tmp_path: Path) -> None:
    turn = Turns(str(tmp_path / "new" / "state")).take(9.0, never, lambda: None)
    assert (turn.has_it, turn.waited, turn.trouble) == (True, 0.0, None)


@pytest.mark.parametrize("end", ["killed", "ends"])
def test_the_second_waits_until_the_first_has_gone_however_it_goes(tmp_path: Path, end: str) -> None:
    holder = other(tmp_path)
    looks: list[float] = []
    told: list[bool] = []

    def sleep(seconds: float) -> bool:
        looks.append(seconds)
        if len(looks) == 2:
            if end == "killed":
                holder.kill()
            holder.communicate()
        return False

    turn = Turns(str(tmp_path)).take(60.0, sleep, lambda: told.append(True))
    assert turn.has_it
    assert len(looks) == 2
    assert told == [True]


def test_it_goes_on_without_its_turn_when_the_time_is_over(tmp_path: Path) -> None:
    holder = other(tmp_path)
    now = 0.0

    def sleep(seconds: float) -> bool:
        nonlocal now
        now += seconds
        return False

    turn = Turns(str(tmp_path)).take(5.0, sleep, lambda: None, clock=lambda: now)
    holder.communicate()
    assert (turn.has_it, turn.waited) == (False, 5.0)


def test_an_interruption_ends_the_wait(tmp_path: Path) -> None:
    holder = other(tmp_path)
    assert not Turns(str(tmp_path)).take(60.0, lambda _: True, lambda: None).has_it
    holder.communicate()


def test_a_turn_that_is_given_back_is_the_next_ones(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path))
    assert turns.take(0.0, never, lambda: None).has_it
    turns.give_back()
    turns.give_back()  # twice is once
    other(tmp_path).communicate()


def test_a_process_that_the_holder_started_does_not_keep_the_turn(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path))
    assert turns.take(0.0, never, lambda: None).has_it
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, close_fds=False
    )
    turns.give_back()
    try:
        other(tmp_path).communicate()
    finally:
        child.communicate()


def test_where_no_file_can_be_there_are_no_turns_and_the_retry_goes_on(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    turn = Turns(str(tmp_path)).take(9.0, never, lambda: None)
    assert not turn.has_it
    assert turn.trouble is not None
