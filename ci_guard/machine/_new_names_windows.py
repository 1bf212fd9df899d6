"""What changes below a folder, by ReadDirectoryChangesW (learn.microsoft.com/windows/win32/api/winbase).

Shapes and numbers are those of the Windows SDK (winnt.h, minwinbase.h).
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from ctypes import wintypes

from ci_guard.model.patience import Change
from ci_guard.windows.paths import extended

assert sys.platform == "win32"  # also tells the type checker

_LIST_DIRECTORY, _SHARE_ALL, _OPEN_EXISTING = 0x1, 0x7, 3
_BACKUP_SEMANTICS, _OVERLAPPED = 0x02000000, 0x40000000
_FILE_NAMES, _FOLDER_NAMES, _LAST_WRITE = 0x1, 0x2, 0x10  # FILE_NOTIFY_CHANGE_...
_REMOVED, _RENAMED_AWAY = 2, 4  # FILE_ACTION_...
_ROOM = 65536  # bytes: the most that a network drive takes
_HEAD = struct.Struct("III")  # FILE_NOTIFY_INFORMATION: where the next one is, what, the length of the name
_INVALID = wintypes.HANDLE(-1).value
_ERROR_IO_INCOMPLETE = 996

_P = ctypes.c_void_p
_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel32.CreateFileW.restype = wintypes.HANDLE
_kernel32.CreateFileW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    wintypes.DWORD,
    _P,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.HANDLE,
)
_kernel32.CreateEventW.restype = wintypes.HANDLE
_kernel32.CreateEventW.argtypes = (_P, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR)
_kernel32.ReadDirectoryChangesW.argtypes = (
    wintypes.HANDLE,
    _P,
    wintypes.DWORD,
    wintypes.BOOL,
    wintypes.DWORD,
    _P,
    _P,
    _P,
)
_kernel32.GetOverlappedResult.argtypes = (wintypes.HANDLE, _P, _P, wintypes.BOOL)
_kernel32.CancelIoEx.argtypes = (wintypes.HANDLE, _P)
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)


class _Overlapped(ctypes.Structure):
    _fields_ = (
        ("Internal", ctypes.c_size_t),
        ("InternalHigh", ctypes.c_size_t),
        ("Offset", wintypes.DWORD),
        ("OffsetHigh", wintypes.DWORD),
        ("hEvent", wintypes.HANDLE),
    )


class WindowsNames:
    """What changes below one folder."""

    def __init__(self, folder: str) -> None:
        """Raises OSError where the folder cannot be asked about (some network drives)."""
        self._folder = os.path.normpath(folder)
        self._straight: dict[str, bool] = {}
        self._told = (wintypes.DWORD * (_ROOM // ctypes.sizeof(wintypes.DWORD)))()  # aligned, as is asked for
        self._handle = _kernel32.CreateFileW(
            extended(self._folder),
            _LIST_DIRECTORY,
            _SHARE_ALL,
            None,
            _OPEN_EXISTING,
            _BACKUP_SEMANTICS | _OVERLAPPED,
            None,
        )
        if self._handle == _INVALID:
            raise ctypes.WinError(ctypes.get_last_error())
        event = _kernel32.CreateEventW(None, True, False, None)
        self._question = _Overlapped(hEvent=event)
        self._waits = False
        try:
            self._ask()
        except OSError:
            self.close()
            raise

    def tells_of(self, folder: str) -> bool:
        """Whether it lies below, and by no link, of whose other end nothing would be told."""
        known = self._straight.get(folder)
        if known is None:
            known = self._straight[folder] = self._lies_below(folder)
        return known

    def changes(self) -> tuple[Change, ...] | None:
        """Take what has been told, and ask for more."""
        found: list[Change] = []
        lost = False
        while self._waits:
            length = wintypes.DWORD()
            if not _kernel32.GetOverlappedResult(
                self._handle, ctypes.byref(self._question), ctypes.byref(length), False
            ):
                if ctypes.get_last_error() == _ERROR_IO_INCOMPLETE:
                    return None if lost else tuple(found)
                self._waits = False
                break
            lost = lost or not length.value  # more has happened than there was room for
            told = bytes(memoryview(self._told).cast("B")[: length.value])
            found += (_change(self._folder, what, name) for what, name in _events(told))
            try:
                self._ask()
            except OSError:
                break
        return None  # the folder is gone: it tells no more

    def close(self) -> None:
        """Ask no more; the memory is Windows's until it says so."""
        length = wintypes.DWORD()
        if self._waits:
            _kernel32.CancelIoEx(self._handle, ctypes.byref(self._question))
            _kernel32.GetOverlappedResult(
                self._handle, ctypes.byref(self._question), ctypes.byref(length), True
            )
        _kernel32.CloseHandle(self._handle)
        _kernel32.CloseHandle(self._question.hEvent)

    def _ask(self) -> None:
        self._waits = bool(
            _kernel32.ReadDirectoryChangesW(
                self._handle,
                self._told,
                _ROOM,
                True,
                _FILE_NAMES | _FOLDER_NAMES | _LAST_WRITE,
                None,
                ctypes.byref(self._question),
                None,
            )
        )
        if not self._waits:
            raise ctypes.WinError(ctypes.get_last_error())

    def _lies_below(self, folder: str) -> bool:
        below = os.path.normcase(os.path.join(self._folder, ""))
        if not os.path.normcase(os.path.join(folder, "")).startswith(below):
            return False
        return os.path.normcase(os.path.realpath(folder)) == os.path.normcase(folder)


def _change(folder: str, what: int, name: str) -> Change:
    return Change(path=os.path.join(folder, name), gone=what in (_REMOVED, _RENAMED_AWAY))


def _events(told: bytes) -> Iterator[tuple[int, str]]:
    place = 0
    while told:
        further, what, length = _HEAD.unpack_from(told, place)
        start = place + _HEAD.size
        yield what, told[start : start + length].decode("utf-16-le", "surrogatepass")
        if not further:
            return
        place += further
