"""When a file is asked whether it is held: the questions of some lives, as a table."""

from itertools import pairwise

import pytest

from ci_guard.patience.places import LONG_AGO
from ci_guard.patience.turns import RARELY, Turns

AFTER, STEP = 0.1, 0.03  # seconds


def questions(seconds: float, written: list[float], held: tuple[float, float] = (0.0, 0.0)) -> list[float]:
    """When it is asked in a life of so many seconds; written at these times, held from and until."""
    turns, asked = Turns(AFTER), []
    for number in range(round(seconds / STEP)):
        now = number * STEP
        changed = max((at for at in written if at <= now), default=LONG_AGO)
        if turns.is_due("x", changed, now):
            asked.append(now)
            turns.answered("x", changed, now, held=held[0] <= now < held[1])
    return asked


def test_a_fresh_file_is_left_to_its_writer() -> None:
    assert questions(AFTER - STEP, [0.0]) == []
    assert min(questions(10, [0.0])) >= AFTER


def test_a_file_that_is_written_all_the_time_is_never_asked() -> None:
    assert questions(60, [number * AFTER / 2 for number in range(1200)]) == []


@pytest.mark.parametrize("seconds", [10, 60, 600])
def test_a_free_file_is_asked_ever_more_rarely(seconds: int) -> None:
    asked = questions(seconds, [0.0])
    assert len(asked) <= 6 + seconds / RARELY
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert pauses == sorted(pauses) or max(pauses) <= RARELY + 2 * STEP


def test_an_old_file_is_asked_at_once() -> None:
    assert questions(1, [])[0] == 0


def test_a_held_file_is_asked_at_each_look_until_it_is_free() -> None:
    asked = questions(10, [0.0], held=(0.0, 5.0))
    pauses = [later - earlier for earlier, later in pairwise(asked) if later < 5]
    assert max(pauses) == pytest.approx(STEP)


def test_one_that_is_held_later_is_found_soon() -> None:
    asked = questions(10, [0.0], held=(5.0, 10.0))
    assert min(at for at in asked if at >= 5) <= 5 + RARELY + STEP


def test_a_new_content_is_as_a_new_file() -> None:
    asked = questions(10, [0.0, 5.0])
    assert not [at for at in asked if 5 <= at < 5 + AFTER]
    assert min(at for at in asked if at >= 5) < 5 + AFTER + 2 * STEP
