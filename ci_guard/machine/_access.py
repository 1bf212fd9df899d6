"""What the access control lists of Windows grant this user.

Numbers and shapes are those of the Windows SDK (winnt.h, accctrl.h).
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes

from ci_guard.windows.paths import extended, plain

assert sys.platform == "win32"  # also tells the type checker

from ci_guard.windows.opening import open_status  # noqa: E402 - there is none elsewhere

__all__ = ["granted", "open_status"]  # what `windows.ask` asks

_SE_FILE_OBJECT = 1
_OWNER, _GROUP, _DACL, _LABEL = 0x1, 0x2, 0x4, 0x10  # ..._SECURITY_INFORMATION
_TOKEN_DUPLICATE, _TOKEN_QUERY = 0x2, 0x8
_SECURITY_IMPERSONATION = 2
_PRIVILEGE_SET_BYTES = 1024
_FILE_GENERIC = (
    0x120089,
    0x120116,
    0x1200A0,
    0x1F01FF,
)  # FILE_GENERIC_READ, _WRITE, _EXECUTE, FILE_ALL_ACCESS
_DRIVE_REMOTE = 4

_advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)

_P = ctypes.c_void_p
_kernel32.GetCurrentProcess.restype = wintypes.HANDLE
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel32.GetDriveTypeW.argtypes = (wintypes.LPCWSTR,)
_kernel32.LocalFree.argtypes = (_P,)
_advapi32.OpenProcessToken.argtypes = (wintypes.HANDLE, wintypes.DWORD, _P)
_advapi32.DuplicateToken.argtypes = (wintypes.HANDLE, ctypes.c_int, _P)
_advapi32.GetNamedSecurityInfoW.argtypes = (
    wintypes.LPCWSTR,
    ctypes.c_int,
    wintypes.DWORD,
    _P,
    _P,
    _P,
    _P,
    _P,
)
_advapi32.AccessCheck.argtypes = (_P, wintypes.HANDLE, wintypes.DWORD, _P, _P, _P, _P, _P)


def granted(path: str, rights: int) -> bool | None:
    """Whether the access control list gives this user all of the rights.

    None if it cannot be read, or lies on another machine, whose groups our token does not know.
    """
    if _is_remote(path):
        return None
    with _descriptor(path) as descriptor:
        if descriptor is None:
            return None
        with _token() as token:
            mapping = (wintypes.DWORD * len(_FILE_GENERIC))(*_FILE_GENERIC)
            privileges = ctypes.create_string_buffer(_PRIVILEGE_SET_BYTES)
            length = wintypes.DWORD(_PRIVILEGE_SET_BYTES)
            given, yes = wintypes.DWORD(), wintypes.BOOL()
            done = _advapi32.AccessCheck(
                descriptor,
                token,
                rights,
                mapping,
                privileges,
                ctypes.byref(length),
                ctypes.byref(given),
                ctypes.byref(yes),
            )
            return bool(yes) if done else None


def _is_remote(path: str) -> bool:
    root = os.path.splitdrive(os.path.abspath(plain(path)))[0] + "\\"
    return bool(_kernel32.GetDriveTypeW(root) == _DRIVE_REMOTE)


@contextmanager
def _descriptor(path: str) -> Iterator[ctypes.c_void_p | None]:
    """The security descriptor, with the integrity label where there is one."""
    found = ctypes.c_void_p()
    for parts in (_OWNER | _GROUP | _DACL | _LABEL, _OWNER | _GROUP | _DACL):
        problem = _advapi32.GetNamedSecurityInfoW(
            extended(path), _SE_FILE_OBJECT, parts, None, None, None, None, ctypes.byref(found)
        )
        if not problem:
            break
    try:
        yield found if found.value else None
    finally:
        if found.value:
            _kernel32.LocalFree(found)


@contextmanager
def _token() -> Iterator[wintypes.HANDLE]:
    """A token of this process of the kind that AccessCheck takes."""
    own, token = wintypes.HANDLE(), wintypes.HANDLE()
    process = _kernel32.GetCurrentProcess()
    if not _advapi32.OpenProcessToken(process, _TOKEN_DUPLICATE | _TOKEN_QUERY, ctypes.byref(own)):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        if not _advapi32.DuplicateToken(own, _SECURITY_IMPERSONATION, ctypes.byref(token)):
            raise ctypes.WinError(ctypes.get_last_error())
    finally:
        _kernel32.CloseHandle(own)
    try:
        yield token
    finally:
        _kernel32.CloseHandle(token)
