"""Windows without a job object: a command and its descendants, found by their parents in a snapshot of all.

Field names and numbers are those of the Windows SDK (tlhelp32.h, winnt.h). A process whose parent ended
before we looked is not found: that is what job objects are for.
"""

import ctypes
import sys
from collections.abc import Iterator
from ctypes import wintypes

assert sys.platform == "win32"  # also tells the type checker

SNAPSHOT_PROCESSES = 0x2
PROCESS_TERMINATE = 0x1
PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
SYNCHRONIZE = 0x100000
RIGHTS = PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE
WAIT_TIMEOUT = 258
INVALID_HANDLE = ctypes.c_void_p(-1).value
TERMINATED_EXIT_CODE = 1  # as `taskkill` and `Popen.terminate` give

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel32.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
_kernel32.CreateToolhelp32Snapshot.argtypes = (wintypes.DWORD, wintypes.DWORD)
_kernel32.Process32FirstW.argtypes = (wintypes.HANDLE, ctypes.c_void_p)
_kernel32.Process32NextW.argtypes = (wintypes.HANDLE, ctypes.c_void_p)
_kernel32.OpenProcess.restype = wintypes.HANDLE
_kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_kernel32.GetProcessTimes.argtypes = (wintypes.HANDLE, *(ctypes.c_void_p,) * 4)
_kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
_kernel32.TerminateProcess.argtypes = (wintypes.HANDLE, wintypes.UINT)
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)


class _Entry(ctypes.Structure):
    _fields_ = (
        ("dwSize", wintypes.DWORD),
        ("cntUsage", wintypes.DWORD),
        ("th32ProcessID", wintypes.DWORD),
        ("th32DefaultHeapID", ctypes.c_size_t),
        ("th32ModuleID", wintypes.DWORD),
        ("cntThreads", wintypes.DWORD),
        ("th32ParentProcessID", wintypes.DWORD),
        ("pcPriClassBase", wintypes.LONG),
        ("dwFlags", wintypes.DWORD),
        ("szExeFile", wintypes.WCHAR * 260),
    )


class Tree:
    """The processes of one command. An open handle keeps a number from becoming another process's."""

    def __init__(self, root: int) -> None:
        """Begin with the process `root`, which its starter holds open. Raises OSError if not ours to end."""
        handle = _kernel32.OpenProcess(RIGHTS, False, root)
        if not handle:
            raise ctypes.WinError(ctypes.get_last_error())
        self._handles: dict[int, int] = {
            root: handle
        }  # pid -> handle; those that ended stay, for their children

    def terminate(self) -> None:
        """End all that can be found, their children before they can start more."""
        self._refresh()
        for handle in self._handles.values():
            _kernel32.TerminateProcess(handle, TERMINATED_EXIT_CODE)

    def active(self) -> int:
        """How many of them are alive."""
        self._refresh()
        return sum(_kernel32.WaitForSingleObject(each, 0) == WAIT_TIMEOUT for each in self._handles.values())

    def release(self) -> None:
        """Give the handles up; what still runs lives on."""
        for handle in self._handles.values():
            _kernel32.CloseHandle(handle)
        self._handles.clear()

    def _refresh(self) -> None:
        table = dict(_parents())
        while new := [
            pid for pid, parent in table.items() if parent in self._handles and pid not in self._handles
        ]:
            for pid in new:
                parent = self._handles[table.pop(pid)]
                handle = _kernel32.OpenProcess(RIGHTS, False, pid)
                if not handle:
                    continue  # it has ended, or it is another user's
                if _born(handle) >= _born(parent):
                    self._handles[pid] = handle
                else:  # the number of its parent, which has ended, became our process's
                    _kernel32.CloseHandle(handle)


def _parents() -> Iterator[tuple[int, int]]:
    """Every process of the machine and the number of the one that started it."""
    snapshot = _kernel32.CreateToolhelp32Snapshot(SNAPSHOT_PROCESSES, 0)
    if snapshot == INVALID_HANDLE:
        return
    entry = _Entry()
    entry.dwSize = ctypes.sizeof(entry)
    try:
        more = _kernel32.Process32FirstW(snapshot, ctypes.byref(entry))
        while more:
            yield entry.th32ProcessID, entry.th32ParentProcessID
            more = _kernel32.Process32NextW(snapshot, ctypes.byref(entry))
    finally:
        _kernel32.CloseHandle(snapshot)


def _born(handle: int) -> int:
    """When a process was created, in units of 100 ns; 0 if it does not say."""
    created, exited, kernel, user = (ctypes.c_ulonglong() for _ in range(4))
    _kernel32.GetProcessTimes(handle, *(ctypes.byref(each) for each in (created, exited, kernel, user)))
    return created.value
