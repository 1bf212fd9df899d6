"""The loop: how often it runs, what it waits, that an interruption is not retried."""

from dataclasses import replace

import pytest

from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Decision, Diagnosis
from ci_guard.model.process import Exit, Outcome
from ci_guard.retry.engine import repeat


def made(number: int, again: bool, delay: float = 0.0) -> Attempt:
    return Attempt(
        number=number,
        argv=("x",),
        outcome=Outcome(exit=Exit(code=1), started=0, duration=0, captures=()),
        diagnosis=Diagnosis(category=Category.ANTIVIRUS_LOCK),
        decision=Decision(again=again, reason="", delay=delay),
    )


def test_runs_until_a_decision_says_stop_and_waits_what_each_says() -> None:
    coming = iter([made(2, True, 4.0), made(3, False)])
    waits: list[float] = []
    last = repeat(made(1, True, 2.0), waits.append, lambda: next(coming))
    assert last.number == 3
    assert waits == [2.0, 4.0]
    assert next(coming, None) is None


def test_the_first_attempt_is_not_made_again() -> None:
    calls: list[int] = []

    def attempt() -> Attempt:
        calls.append(1)
        return made(2, False)

    repeat(made(1, True), lambda _: None, attempt)
    assert calls == [1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_exception_ends_the_loop_at_once(error: type[BaseException]) -> None:
    calls: list[int] = []

    def attempt() -> Attempt:
        calls.append(1)
        raise error

    with pytest.raises(error):
        repeat(replace(made(1, True)), lambda _: None, attempt)
    assert calls == [1]
