"""Waiting for a file to come free."""

from collections.abc import Callable
from dataclasses import dataclass

from ci_guard.machine.probe import Lock, probe

POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Wait:
    """How a wait for a file went."""

    seconds: float
    seen_held: bool
    free: bool  # it was seen held, and then free


def wait_until_free(
    path: str | None,
    least: float,
    most: float,
    sleep: Callable[[float], bool],
    clock: Callable[[], float],
    operation: str | None = None,
) -> Wait:
    """Wait `least` seconds, up to `most` while the file is held; go on at once when a held file comes free.

    A file that no probe has seen held tells nothing: a scanner may hold a name only for moments after it is
    written. `sleep(seconds)` returns True when the wait is to end at once.
    """
    began = clock()
    seen_held = False
    while True:
        state = probe(path, operation) if path is not None else Lock.UNKNOWN
        passed = clock() - began
        if state is Lock.HELD:
            seen_held = True
        elif seen_held:
            return Wait(passed, seen_held=True, free=True)
        limit = most if state is Lock.HELD else least
        if passed >= limit or sleep(min(POLL_SECONDS, limit - passed)):
            return Wait(clock() - began, seen_held=seen_held, free=False)
