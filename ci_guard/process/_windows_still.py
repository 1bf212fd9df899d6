"""Holding the processes of a job object still on Windows.

Each of them is suspended (NtSuspendProcess, not in the manual but in every Windows since XP) and resumed
once: Windows counts, so a process that somebody else has suspended stays as it was. What is born meanwhile is
found by the next look into the job. If ci-guard dies, the job's processes end with it: none stays still.
"""

import ctypes
import sys
from ctypes import wintypes

from ci_guard.process import _job, _windows_threads

assert sys.platform == "win32"  # also tells the type checker

LOOKS = 10  # into the job until no process is found that still moves

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_ntdll = ctypes.WinDLL("ntdll")
_kernel32.OpenProcess.restype = wintypes.HANDLE
_kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
_ntdll.NtSuspendProcess.argtypes = _ntdll.NtResumeProcess.argtypes = (wintypes.HANDLE,)


class Freezer:
    """Suspends and resumes all processes of a job. An open handle keeps a number from becoming another's."""

    def __init__(self, job: "_job.Job") -> None:
        self._job = job
        self._held: dict[int, int] = {}  # pid -> handle; 0 for one that we may not suspend

    def hold(self) -> bool:
        """Ask all of them to stand still."""
        for _ in range(LOOKS):
            new = [pid for pid in self._job.pids() if pid not in self._held]
            if not new:
                break
            for pid in new:
                self._held[pid] = self._suspend(pid)
        return any(self._held.values())

    def settle(self) -> None:
        """Return when all of them stand; another thread may let them go on meanwhile."""
        for pid, handle in list(self._held.items()):
            if handle:
                _windows_threads.wait_for_threads(pid)

    def go_on(self) -> None:
        """Let all of them go on."""
        for handle in self._held.values():
            if handle:
                _ntdll.NtResumeProcess(handle)
                _kernel32.CloseHandle(handle)
        self._held.clear()

    def _suspend(self, pid: int) -> int:
        handle = _kernel32.OpenProcess(_job.PROCESS_SUSPEND_RESUME, False, pid)
        if not handle:
            return 0
        if _ntdll.NtSuspendProcess(handle):
            _kernel32.CloseHandle(handle)
            return 0
        return int(handle)
