"""Locks that ci-guard itself meets, at what it repairs, examines, removes or writes: waited out for a time.

One wait that was in vain is enough: who did not let go of one file in all that time is not waited for at the
next ones. Whoever stops ci-guard stops the waiting.
"""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeVar

from ci_guard.model.error_numbers import DENIED_ERRNOS, HELD_ERRNOS, HELD_WIN32
from ci_guard.windows.paths import prefixed

LONG = 60.0  # seconds: the longest transient hold on record (Bit9 Parity; graceful-fs, polyfills.js)
SHORT = 1.0  # seconds, where a lock is one of many explanations, or nobody lets go
PAUSE = 0.1  # seconds between two tries
# what no waiting changes
_LASTING = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EROFS, errno.EINVAL}
)
Result = TypeVar("Result")


class _Waiting:
    """How this process waits; there is one run in it."""

    def __init__(self) -> None:
        self.sleep: Callable[[float], object] = time.sleep
        self.in_vain: set[bool] = set()  # for what was surely held, and for what may have been


_WAITING = _Waiting()


@contextmanager
def waiting(sleep: Callable[[float], bool]) -> Iterator[None]:
    """Inside, waits are by `sleep`, which returns True when they are to end at once."""
    before = _WAITING.sleep, _WAITING.in_vain
    _WAITING.sleep, _WAITING.in_vain = sleep, set()
    try:
        yield
    finally:
        _WAITING.sleep, _WAITING.in_vain = before


def patiently(
    act: Callable[[], Result],
    *,
    limit: float = LONG,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Do it; where it is refused, do it again while somebody may hold what it needs, `limit` seconds at most.

    Raises the last OSError. What can be done again must do no harm.
    """
    began = clock()
    while True:
        try:
            return act()
        except OSError as error:
            over = clock() - began >= min(limit, _limit_for(error))
            if over:
                _WAITING.in_vain.add(is_held(error))
                raise
            if _WAITING.sleep(PAUSE) is True:
                raise


def open_patiently(path: str, mode: str = "r", **given: Any) -> IO[Any]:
    """`open`, once nobody holds the file any more. Raises OSError, also where it is to read what is no file.

    A FIFO in the place of a tool's note would wait for a writer for ever, and a device has no end.
    """
    if mode not in ("r", "rb"):
        return patiently(lambda: open(prefixed(path), mode, **given))
    return patiently(lambda: open(prefixed(path), mode, opener=_open_regular, **given))


def _open_regular(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    number = errno.EISDIR if stat.S_ISDIR(kind) else errno.EINVAL
    raise OSError(number, os.strerror(number), path)


def is_held(error: OSError) -> bool:
    """Whether somebody holds what was to be used; on POSIX a missing right looks as some scanners do: no."""
    number = getattr(error, "winerror", None)
    if number is not None:
        return number in HELD_WIN32
    return error.errno in HELD_ERRNOS - DENIED_ERRNOS


def _limit_for(error: OSError) -> float:
    held = is_held(error)
    if error.errno in _LASTING or (not held and False in _WAITING.in_vain):
        return 0.0
    return LONG if held and True not in _WAITING.in_vain else SHORT
