"""Waiting for a file to come free: probing it without changing it."""

import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

POLL_SECONDS = 0.2
REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY})
PROBE_NAME = ".ci-guard-probe-{}"
SHARING_VIOLATION, LOCK_VIOLATION, ACCESS_DENIED = 32, 33, 5  # winerror.h


class Lock(Enum):
    """What a probe says of a path."""

    HELD = "held"
    FREE = "free"
    UNKNOWN = "unknown"  # not there, or not to be opened for a reason that time does not change


@dataclass(frozen=True, slots=True)
class Wait:
    """How a wait for a file went."""

    seconds: float
    seen_held: bool
    free: bool  # it was seen held, and then free


def probe(path: str) -> Lock:
    """Ask whether the file, or for a folder or a missing file its folder, may be written now."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return _probe_folder(os.path.dirname(path) or ".")
    except OSError:
        return Lock.UNKNOWN
    if stat.S_ISDIR(status.st_mode):
        return _probe_folder(path)
    if not stat.S_ISREG(status.st_mode):
        return Lock.UNKNOWN
    return _probe_windows(path) if sys.platform == "win32" else _probe_file(path)


def wait_until_free(
    path: str | None, least: float, most: float, sleep: Callable[[float], bool], clock: Callable[[], float]
) -> Wait:
    """Wait `least` seconds, up to `most` while the file is held; go on at once when a held file comes free.

    A file that no probe has seen held tells nothing: a scanner may hold a name only for moments after it is
    written. `sleep(seconds)` returns True when the wait is to end at once.
    """
    began = clock()
    seen_held = False
    while True:
        state = probe(path) if path is not None else Lock.UNKNOWN
        passed = clock() - began
        if state is Lock.HELD:
            seen_held = True
        elif seen_held:
            return Wait(passed, seen_held=True, free=True)
        limit = most if state is Lock.HELD else least
        if passed >= limit or sleep(min(POLL_SECONDS, limit - passed)):
            return Wait(clock() - began, seen_held=seen_held, free=False)


def _probe_file(path: str) -> Lock:
    if not os.access(path, os.W_OK):
        # a read-only file is replaced and removed by the rights on its folder
        return _probe_folder(os.path.dirname(path) or ".")
    try:
        # O_NONBLOCK: a lease that another process holds answers at once instead of waiting
        os.close(os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        return _refusal(error)
    return Lock.FREE


def _probe_folder(folder: str) -> Lock:
    """Whether a file can be made in the folder; made, it is removed at once."""
    if not os.path.isdir(folder):
        return Lock.UNKNOWN
    path = os.path.join(folder, PROBE_NAME.format(os.getpid()))
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR))
    except OSError as error:
        return _refusal(error)
    _remove(path)
    return Lock.FREE


def _refusal(error: OSError) -> Lock:
    return Lock.HELD if error.errno in REFUSALS else Lock.UNKNOWN


def _remove(path: str) -> None:
    """The probe's own file may be scanned, and so held, itself."""
    deadline = time.monotonic() + 1.0
    while True:
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() >= deadline:
                return
            time.sleep(POLL_SECONDS)
        else:
            return


def _probe_windows(path: str) -> Lock:
    """Open for reading and deleting and share everything: refused only if a holder does not share that."""
    if sys.platform != "win32":
        return Lock.UNKNOWN
    import ctypes
    from ctypes import wintypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateFileW.restype = wintypes.HANDLE
    generic_read, delete, share_all, open_existing = 0x80000000, 0x00010000, 0x7, 3
    handle = kernel.CreateFileW(path, generic_read | delete, share_all, None, open_existing, 0, None)
    if handle != wintypes.HANDLE(-1).value:
        kernel.CloseHandle(wintypes.HANDLE(handle))
        return Lock.FREE
    refused = ctypes.get_last_error() in (SHARING_VIOLATION, LOCK_VIOLATION, ACCESS_DENIED)
    return Lock.HELD if refused else Lock.UNKNOWN
