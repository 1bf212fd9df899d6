"""When a command is held still: the whole behaviour as one table."""

import pytest

from ci_guard.model.patience import Limits
from ci_guard.patience.decide import MOTION, Move, Observation, Past, decide_hold

LIMITS = Limits(after=0.5, still=15, limit=120)
NEW, BEGUN, GIVEN_UP = Past(), Past(still=15), Past(still=120, given_up=True)


@pytest.mark.parametrize(
    ("seen", "past", "move"),
    [
        (Observation(held=False), NEW, Move.RUN),
        (Observation(held=True, held_for=0.4), NEW, Move.RUN),
        (Observation(held=True, held_for=0.5), NEW, Move.HOLD),
        (Observation(held=True, held_for=0.5, own=True), NEW, Move.GIVE_UP),
        (Observation(held=True, held_for=0.4, own=True), NEW, Move.RUN),
        (Observation(held=True, still_for=1), NEW, Move.KEEP),
        (Observation(held=False, still_for=1), NEW, Move.GO_ON),
        (Observation(held=True, still_for=15), NEW, Move.BREATHE),
        (Observation(held=True, held_for=MOTION / 2), BEGUN, Move.RUN),
        (Observation(held=True, held_for=MOTION), BEGUN, Move.HOLD),
        (Observation(held=False), BEGUN, Move.RUN),
        (Observation(held=True, still_for=104), BEGUN, Move.BREATHE),
        (Observation(held=True, still_for=105), BEGUN, Move.GIVE_UP),
        (Observation(held=True, held_for=9), GIVEN_UP, Move.RUN),
        (Observation(held=True, held_for=9), Past(still=120), Move.GIVE_UP),
        (Observation(held=False, still_for=200), GIVEN_UP, Move.GO_ON),
    ],
)
def test_the_table(seen: Observation, past: Past, move: Move) -> None:
    assert decide_hold(seen, past, LIMITS) is move


@pytest.mark.parametrize("held", [0.2, 1, 3, 10, 15, 30, 60, 110, 119])
def test_a_lock_within_the_limit_is_outwaited_and_one_beyond_it_given_up_once(held: float) -> None:
    """Plays the decision over time: what a lock of this length costs, and that nothing goes on for ever."""
    for lock in (held, 1000.0):
        now, still, began, moving_since, given_up, moves = 0.0, 0.0, None, 0.0, False, 0
        while now < 2000 and not given_up and now < lock + 1:
            seen = Observation(
                held=now < lock,
                held_for=now - moving_since,
                still_for=None if began is None else now - began,
            )
            move = decide_hold(seen, Past(still=still, given_up=given_up), LIMITS)
            given_up = move is Move.GIVE_UP
            if move is Move.HOLD:
                began, moves = now, moves + 1
            elif began is not None and move is not Move.KEEP:
                still, began, moving_since = still + now - began, None, now
            now += 0.05
        assert given_up is (lock > held)
        assert still <= LIMITS.limit + 0.1
        assert moves <= LIMITS.limit / LIMITS.still + 1
