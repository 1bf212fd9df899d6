"""Which programs hold a file, by Windows's Restart Manager (learn.microsoft.com/windows/win32/rstmgr).

It changes nothing as long as RmShutdown is not called.
"""

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"  # also tells the type checker

MORE_DATA = 234  # ERROR_MORE_DATA
SESSION_KEY_LENGTH = 32  # CCH_RM_SESSION_KEY
TRIES = 3  # the list may grow between two questions


class _Process(ctypes.Structure):
    """RM_PROCESS_INFO."""

    _fields_ = (
        ("dwProcessId", wintypes.DWORD),
        ("ProcessStartTime", wintypes.FILETIME),
        ("strAppName", wintypes.WCHAR * 256),
        ("strServiceShortName", wintypes.WCHAR * 64),
        ("ApplicationType", ctypes.c_int),
        ("AppStatus", wintypes.ULONG),
        ("TSSessionId", wintypes.DWORD),
        ("bRestartable", wintypes.BOOL),
    )


def holders(path: str) -> tuple[str, ...]:
    """The programs that have the file open, each with its number; empty if it names none.

    Raises OSError where the Restart Manager cannot be asked.
    """
    return tuple(map(_described, _asked(path)))


def pids(path: str) -> frozenset[int]:
    """The numbers of these programs. Raises OSError as `holders` does."""
    return frozenset(process.dwProcessId for process in _asked(path))


def _asked(path: str) -> list[_Process]:
    manager = ctypes.WinDLL("rstrtmgr")
    handle = wintypes.DWORD()
    key = ctypes.create_unicode_buffer(SESSION_KEY_LENGTH + 1)
    _check(manager.RmStartSession(ctypes.byref(handle), 0, key))
    try:
        files = (wintypes.LPCWSTR * 1)(path)
        _check(manager.RmRegisterResources(handle, 1, files, 0, None, 0, None))
        return _listed(manager, handle)
    finally:
        manager.RmEndSession(handle)


def _listed(manager: ctypes.WinDLL, handle: wintypes.DWORD) -> list[_Process]:
    needed, count, reasons = wintypes.UINT(), wintypes.UINT(), wintypes.DWORD()
    for _ in range(TRIES):
        found = (_Process * needed.value)()
        count.value = needed.value
        answer = manager.RmGetList(
            handle, ctypes.byref(needed), ctypes.byref(count), found, ctypes.byref(reasons)
        )
        if answer != MORE_DATA:
            _check(answer)
            return list(found)[: count.value]
    return []


def _described(process: _Process) -> str:
    service = f", service {process.strServiceShortName}" if process.strServiceShortName else ""
    return f"{process.strAppName or 'a program'} (pid {process.dwProcessId}{service})"


def _check(answer: int) -> None:
    if answer:
        raise ctypes.WinError(answer)
