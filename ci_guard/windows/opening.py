"""Opening a file of Windows to see whether that is refused; changes nothing.

Shapes and numbers are those of the Windows SDK (winternl.h, wdm.h).
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes

from ci_guard.model.error_numbers import MISSING_STATUSES, STATUS_SUCCESS
from ci_guard.windows.paths import extended

assert sys.platform == "win32"  # also tells the type checker

_READ_ATTRIBUTES, _SYNCHRONIZE = 0x80, 0x100000
_SHARE_ALL = 0x7
_SYNCHRONOUS_IO_NONALERT, _FOR_BACKUP_INTENT, _REPARSE_POINT = (
    0x20,
    0x4000,
    0x200000,
)  # FILE_..., FILE_OPEN_...
_OPEN_OPTIONS = _SYNCHRONOUS_IO_NONALERT | _FOR_BACKUP_INTENT | _REPARSE_POINT  # the second one for folders
_CASE_INSENSITIVE = 0x40
_UNSIGNED = 0xFFFFFFFF
_PROCESS_IDS_USING_FILE = 47  # FILE_INFORMATION_CLASS
_MOST_USERS = 256  # of one file

_P = ctypes.c_void_p
_ntdll = ctypes.WinDLL("ntdll")
_ntdll.RtlDosPathNameToNtPathName_U.argtypes = (wintypes.LPCWSTR, _P, _P, _P)
_ntdll.RtlDosPathNameToNtPathName_U.restype = ctypes.c_ubyte
_ntdll.RtlFreeUnicodeString.argtypes = (_P,)
_ntdll.NtOpenFile.argtypes = (_P, wintypes.DWORD, _P, _P, wintypes.ULONG, wintypes.ULONG)
_ntdll.NtQueryInformationFile.argtypes = (wintypes.HANDLE, _P, _P, wintypes.ULONG, ctypes.c_int)
_ntdll.NtClose.argtypes = (wintypes.HANDLE,)


class _UnicodeString(ctypes.Structure):
    _fields_ = (("Length", wintypes.USHORT), ("MaximumLength", wintypes.USHORT), ("Buffer", _P))


class _ObjectAttributes(ctypes.Structure):
    _fields_ = (
        ("Length", wintypes.ULONG),
        ("RootDirectory", wintypes.HANDLE),
        ("ObjectName", ctypes.POINTER(_UnicodeString)),
        ("Attributes", wintypes.ULONG),
        ("SecurityDescriptor", _P),
        ("SecurityQualityOfService", _P),
    )


def open_status(path: str, rights: int) -> int:
    """The NTSTATUS with which Windows opens a file or folder for some rights, sharing all; changes nothing.

    The status tells a pending deletion from missing rights, which are one Win32 error (5). Raises OSError for
    a path that is none.
    """
    with _opened(path, rights) as (status, _):
        return status


def users_of(path: str) -> frozenset[int] | None:
    """The numbers of the processes that have the file open, ours among them; None if it is not there.

    Empty if Windows does not say, be it that not even the file's attributes may be looked at.

    FileProcessIdsUsingFileInformation, wdm.h; to look at its attributes a file opens whoever shares it.
    Raises OSError for a path that is none.
    """
    with _opened(path, 0) as (status, handle):
        if status in MISSING_STATUSES:
            return None
        if status != STATUS_SUCCESS:
            return frozenset()
        found = (ctypes.c_size_t * (1 + _MOST_USERS))()  # FILE_PROCESS_IDS_USING_FILE_INFORMATION
        answer = (ctypes.c_size_t * 2)()
        asked = _ntdll.NtQueryInformationFile(
            handle, ctypes.byref(answer), ctypes.byref(found), ctypes.sizeof(found), _PROCESS_IDS_USING_FILE
        )
        if asked != STATUS_SUCCESS:
            return frozenset()
        count = ctypes.cast(found, ctypes.POINTER(wintypes.ULONG))[0]
        return frozenset(found[1 : 1 + count])


@contextmanager
def _opened(path: str, rights: int) -> Iterator[tuple[int, wintypes.HANDLE]]:
    name = _UnicodeString()
    if not _ntdll.RtlDosPathNameToNtPathName_U(extended(path), ctypes.byref(name), None, None):
        raise OSError(f"`{path}` is not a path")
    handle = wintypes.HANDLE()
    try:
        attributes = _ObjectAttributes(
            ctypes.sizeof(_ObjectAttributes), None, ctypes.pointer(name), _CASE_INSENSITIVE, None, None
        )
        answer = (ctypes.c_size_t * 2)()  # IO_STATUS_BLOCK
        status = _ntdll.NtOpenFile(
            ctypes.byref(handle),
            rights | _READ_ATTRIBUTES | _SYNCHRONIZE,
            ctypes.byref(attributes),
            ctypes.byref(answer),
            _SHARE_ALL,
            _OPEN_OPTIONS,
        )
    finally:
        _ntdll.RtlFreeUnicodeString(ctypes.byref(name))
    try:
        yield int(status) & _UNSIGNED, handle
    finally:
        if status == STATUS_SUCCESS:
            _ntdll.NtClose(handle)
