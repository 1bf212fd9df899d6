"""A retry's turn among the guarded retries of this agent (`throttle: true`)."""

from collections.abc import Iterator
from contextlib import contextmanager

from ci_guard.agent.folder import VARIABLE, state_folder
from ci_guard.agent.turns import Turns
from ci_guard.process.interruptions import Interruptions
from ci_guard.run.context import RunContext

MOST = 300.0  # seconds of waiting for a turn
SHARE = 0.5  # of the time that is left: a turn that came too late for its attempt would be worse than none


@contextmanager
def turn(
    context: RunContext, interruptions: Interruptions, left: tuple[float | None, ...]
) -> Iterator[float]:
    """Have the turn inside; gives the seconds of waiting for it. `left`: seconds until limits of the run."""
    folder = state_folder(context.environ)
    if folder is None:
        context.console.warn(f"no turns: there is no folder for the lock; set {VARIABLE}")
        yield 0.0
        return
    limit = min((MOST, *(SHARE * max(0.0, each) for each in left if each is not None)))
    turns = Turns(folder)
    had = turns.take(
        limit,
        interruptions.sleep,
        lambda: context.console.announce(
            f"waiting up to {limit:.0f} s for its turn: another guarded retry runs on this agent"
        ),
    )
    if had.trouble is not None:
        context.console.warn(f"no turns: {had.trouble}")
    elif not had.has_it and interruptions.received is None:
        context.console.announce(f"going on without a turn after {had.waited:.0f} s")
    try:
        yield had.waited
    finally:
        turns.give_back()
