"""How the wait between attempts grows."""

import pytest

from ci_guard.model.policy import Backoff
from ci_guard.retry.backoff import delay

MIDDLE, LOWEST, HIGHEST = 0.5, 0.0, 0.999999


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 2.0), (2, 4.0), (3, 8.0), (5, 32.0), (6, 60.0), (9999, 60.0)]
)
def test_doubles_up_to_the_maximum(attempt: int, seconds: float) -> None:
    assert delay(attempt, Backoff(), lambda: MIDDLE) == pytest.approx(seconds)


def test_jitter_goes_both_ways() -> None:
    backoff = Backoff(initial=10, jitter=0.1)
    assert delay(1, backoff, lambda: LOWEST) == pytest.approx(9.0)
    assert delay(1, backoff, lambda: HIGHEST) == pytest.approx(11.0, abs=0.001)


def test_no_jitter_is_exact() -> None:
    assert delay(2, Backoff(initial=1, factor=3, jitter=0), lambda: LOWEST) == 3.0
