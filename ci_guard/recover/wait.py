"""Waiting for a file to come free: probing it without changing it."""

import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ci_guard.windows.paths import extended
from ci_guard.windows.rights import DELETE, READ_DATA, REMOVAL, REPLACEMENT, WRITE_DATA, needed

POLL_SECONDS = 0.2
REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY})
PROBE_NAME = ".ci-guard-probe-{}"
HOLDING = frozenset({5, 32, 33})  # winerror.h: ERROR_ACCESS_DENIED, ..._SHARING_VIOLATION, ..._LOCK_VIOLATION
FOR_FOLDERS = 0x02000000  # FILE_FLAG_BACKUP_SEMANTICS


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


def probe(path: str, operation: str | None = None) -> Lock:
    """Ask whether the file, or for a folder or a missing file its folder, may be written now.

    `operation`: what was refused. Windows refuses by what a holder shares: what may be read cannot always be
    deleted.
    """
    path = extended(path)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return _probe_folder(os.path.dirname(path) or ".")
    except OSError:
        return Lock.UNKNOWN
    word = (operation or "").lower()
    if stat.S_ISDIR(status.st_mode):
        goes = sys.platform == "win32" and word in REMOVAL | REPLACEMENT
        return _probe_windows(path, word) if goes else _probe_folder(path)
    if not stat.S_ISREG(status.st_mode):
        return Lock.UNKNOWN
    return _probe_windows(path, word) if sys.platform == "win32" else _probe_file(path)


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


def _probe_windows(path: str, operation: str) -> Lock:
    """Open with the rights that the operation needs and share all: refused by what a holder does not share.

    What goes is opened for writing too: a running program opens for deletion, and is not deleted yet.
    """
    rights = needed(operation, exists=True).path if operation else DELETE | READ_DATA
    refused = _open_windows(path, rights)
    if refused:
        return Lock.HELD if refused in HOLDING else Lock.UNKNOWN
    runs = bool(rights & DELETE) and os.path.isfile(path) and _open_windows(path, WRITE_DATA) in HOLDING - {5}
    return Lock.HELD if runs else Lock.FREE


def _open_windows(path: str, rights: int) -> int:
    """The Win32 error of opening the file or folder for some rights; 0 if that is not refused."""
    if sys.platform != "win32":
        return 0
    import ctypes
    from ctypes import wintypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateFileW.restype = wintypes.HANDLE
    kernel.CreateFileW.argtypes = (
        wintypes.LPCWSTR,
        *(wintypes.DWORD,) * 2,
        ctypes.c_void_p,
        *(wintypes.DWORD,) * 2,
        wintypes.HANDLE,
    )
    kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    share_all, open_existing = 0x7, 3
    handle = kernel.CreateFileW(path, rights, share_all, None, open_existing, FOR_FOLDERS, None)
    if handle == wintypes.HANDLE(-1).value:
        return ctypes.get_last_error()
    kernel.CloseHandle(handle)
    return 0
