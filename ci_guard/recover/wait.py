"""Waiting for a file to come free, and for the fresh files beside it."""

import os
from collections.abc import Callable, Iterator, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.machine.probe import Lock, is_kept, probe
from ci_guard.model.history import Attempt

POLL_SECONDS = 0.2
SETTLE = 0.4  # seconds for which all must stay free: a scanner that is done with one file takes the next
SLACK = 2.0  # seconds by which the clock of a file system may be behind ours (FAT counts in twos)
MOST_BESIDE = 500  # files of one folder that are looked at


@dataclass(frozen=True, slots=True)
class Wait:
    """How a wait for a file went."""

    seconds: float
    seen_held: bool
    free: bool  # it was seen held, and then free
    held_throughout: bool = False  # the path itself, at each look from the first to the last


def wait_until_free(
    path: str | None,
    least: float,
    most: float,
    sleep: Callable[[float], bool],
    clock: Callable[[], float],
    operation: str | None = None,
    *,
    since: float | None = None,
    trusted: bool = False,
) -> Wait:
    """Wait `least` seconds, up to `most` while the file is held; go on when what was held has come free.

    With `since` (seconds since the epoch) what was written in the file's folder since then is waited for as
    well: what one attempt has written whole, the next one takes as it is, unless a scanner still has it.
    A file that no probe has seen held tells nothing: a scanner may hold a name only for moments after it is
    written; with `trusted` one that is there and free is taken for free. `sleep(seconds)` returns True when
    the wait is to end at once.
    """
    began = clock()
    seen_held = False
    held_throughout = path is not None
    free_since: float | None = None
    while True:
        itself = path is not None and probe(path, operation) is Lock.HELD
        held_throughout = held_throughout and itself
        held = itself or (path is not None and _is_held_beside(path, since))
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
            return Wait(now - began, seen_held=seen_held, free=False, held_throughout=lasted)
        if sleep(pause):
            return Wait(clock() - began, seen_held=seen_held, free=False)


def trusts_probes(attempts: Sequence[Attempt]) -> bool:
    """Whether no attempt has failed by a lock after a probe had called its file free."""
    return not any(made.waited is not None and made.waited.free for made in attempts if made.diagnosis)


def _is_held_beside(path: str, since: float | None) -> bool:
    return since is not None and any(is_kept(fresh) for fresh in _fresh_beside(path, since))


def _fresh_beside(path: str, since: float) -> Iterator[str]:
    """The files in the path's folder that were written since then."""
    try:
        with os.scandir(os.path.dirname(path) or os.curdir) as entries:
            for _, entry in zip(range(MOST_BESIDE), entries, strict=False):
                if entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    if max(status.st_mtime, status.st_ctime) >= since - SLACK:
                        yield entry.path
    except OSError:  # the folder has gone
        return
