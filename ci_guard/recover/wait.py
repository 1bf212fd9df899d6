"""Waiting for a file to come free, and for what was written with it."""

import os
from collections.abc import Callable, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.machine.probe import Lock, probe
from ci_guard.model.history import Attempt
from ci_guard.recover.fresh import FreshFiles

POLL_SECONDS = 0.2
SETTLE = 0.4  # seconds for which all must stay free: a scanner that is done with one file takes the next


@dataclass(frozen=True, slots=True)
class Wait:
    """How a wait for a file went."""

    seconds: float
    seen_held: bool
    free: bool  # it was seen held, and then free
    held_throughout: bool = False  # the path itself, at each look from the first to the last
    stayed: tuple[str, ...] = ()  # other files that were held to the end of a whole wait


def wait_until_free(
    path: str | None,
    least: float,
    most: float,
    sleep: Callable[[float], bool],
    clock: Callable[[], float],
    operation: str | None = None,
    *,
    fresh: FreshFiles | None = None,
    trusted: bool = False,
) -> Wait:
    """Wait `least` seconds, up to `most` while something is held; go on when what was held has come free.

    `fresh`: waited for as well: what one attempt has written whole, the next one takes as it is, unless a
    scanner still has it. A file that no probe has seen held tells nothing: a scanner may hold a name only for
    moments after it is written; with `trusted` one that is there and free is taken for free.
    `sleep(seconds)` returns True when the wait is to end at once.
    """
    began = clock()
    seen_held = False
    held_throughout = path is not None
    free_since: float | None = None
    while True:
        itself = path is not None and probe(path, operation) is Lock.HELD
        held_throughout = held_throughout and itself
        others = fresh.held() if fresh is not None and not itself else ()
        held = itself or bool(others)
        now = clock()
        free_since = None if held else now if free_since is None else free_since
        seen_held = seen_held or held
        told = seen_held or (trusted and path is not None and os.path.lexists(path))
        if told and free_since is not None and now - free_since >= SETTLE:
            return Wait(now - began, seen_held=seen_held, free=True)
        limit = most if seen_held else least
        pause = min(POLL_SECONDS, limit - (now - began))
        if pause <= 0:
            lasted = held_throughout and now > began  # one look is no time
            return Wait(now - began, seen_held=seen_held, free=False, held_throughout=lasted, stayed=others)
        if sleep(pause):
            return Wait(clock() - began, seen_held=seen_held, free=False)


def trusts_probes(attempts: Sequence[Attempt]) -> bool:
    """Whether no attempt has failed by a lock after a probe had called its file free."""
    return not any(made.waited is not None and made.waited.free for made in attempts if made.diagnosis)
