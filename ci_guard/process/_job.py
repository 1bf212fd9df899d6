"""Windows job objects through ctypes: everything that a command starts, ended together.

Field names and numbers are those of the Windows SDK (jobapi2.h, winnt.h).
"""

import contextlib
import ctypes
import msvcrt
import sys
from collections.abc import Iterator
from ctypes import wintypes

assert sys.platform == "win32"  # also tells the type checker

CREATE_SUSPENDED = 0x4
PROCESS_TERMINATE = 0x1
PROCESS_SET_QUOTA = 0x100
PROCESS_SUSPEND_RESUME = 0x800
BREAKAWAY_OK = 0x800  # JOB_OBJECT_LIMIT_...
KILL_ON_JOB_CLOSE = 0x2000
BASIC_ACCOUNTING_INFORMATION = 1
BASIC_PROCESS_ID_LIST = 3
SPARE_PIDS = 64  # room for what is born between two questions
MORE_DATA = 234  # ERROR_MORE_DATA
EXTENDED_LIMIT_INFORMATION = 9
TERMINATED_EXIT_CODE = 1  # as `taskkill` and `Popen.terminate` give

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_ntdll = ctypes.WinDLL("ntdll")

_kernel32.CreateJobObjectW.restype = wintypes.HANDLE
_kernel32.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
_kernel32.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
_kernel32.QueryInformationJobObject.argtypes = (
    wintypes.HANDLE,
    ctypes.c_int,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.c_void_p,
)
_kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
_kernel32.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
_kernel32.OpenProcess.restype = wintypes.HANDLE
_kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
_ntdll.NtResumeProcess.argtypes = (wintypes.HANDLE,)


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
        ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_ulonglong * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class _Accounting(ctypes.Structure):
    _fields_ = (
        ("TotalUserTime", wintypes.LARGE_INTEGER),
        ("TotalKernelTime", wintypes.LARGE_INTEGER),
        ("ThisPeriodTotalUserTime", wintypes.LARGE_INTEGER),
        ("ThisPeriodTotalKernelTime", wintypes.LARGE_INTEGER),
        ("TotalPageFaultCount", wintypes.DWORD),
        ("TotalProcesses", wintypes.DWORD),
        ("ActiveProcesses", wintypes.DWORD),
        ("TotalTerminatedProcesses", wintypes.DWORD),
    )


class Job:
    """A job object that ends its processes when we die, and leaves them alone once released.

    A program that asks for a process outside its job (CREATE_BREAKAWAY_FROM_JOB, as starters of daemons do)
    gets it, as it would without us; without BREAKAWAY_OK its start would fail with "Access is denied". No
    process breaks away unasked (SILENT_BREAKAWAY_OK is not set). See the manual of CreateProcess and of
    JOBOBJECT_BASIC_LIMIT_INFORMATION.
    """

    def __init__(self) -> None:
        """Raise OSError if the system gives none."""
        self._handle = _kernel32.CreateJobObjectW(None, None)
        _check(bool(self._handle))
        self._limit(KILL_ON_JOB_CLOSE | BREAKAWAY_OK)

    def adopt(self, pid: int) -> None:
        """Take in a suspended process, also one that is in a job of the CI agent's already.

        Jobs nest since Windows 8, unless the outer one has limits of the user interface: then, and on older
        systems, this raises OSError (error 5). learn.microsoft.com/windows/win32/procthread/nested-jobs
        """
        with _opened(PROCESS_TERMINATE | PROCESS_SET_QUOTA, pid) as process:
            _check(bool(_kernel32.AssignProcessToJobObject(self._handle, process)))

    def terminate(self) -> None:
        """End all its processes at once."""
        _kernel32.TerminateJobObject(self._handle, TERMINATED_EXIT_CODE)

    def active(self) -> int:
        """Return how many of its processes are alive."""
        found = _Accounting()
        _check(
            bool(
                _kernel32.QueryInformationJobObject(
                    self._handle,
                    BASIC_ACCOUNTING_INFORMATION,
                    ctypes.byref(found),
                    ctypes.sizeof(found),
                    None,
                )
            )
        )
        return int(found.ActiveProcesses)

    def pids(self) -> tuple[int, ...]:
        """Return its processes; those that end or are born meanwhile may or may not be among them."""
        room = self.active() + SPARE_PIDS
        found = (ctypes.c_size_t * (1 + room))()  # JOBOBJECT_BASIC_PROCESS_ID_LIST: two counts, then the list
        counts = ctypes.cast(found, ctypes.POINTER(wintypes.DWORD))
        done = _kernel32.QueryInformationJobObject(
            self._handle, BASIC_PROCESS_ID_LIST, ctypes.byref(found), ctypes.sizeof(found), None
        )
        _check(bool(done) or ctypes.get_last_error() == MORE_DATA)
        first = ctypes.sizeof(wintypes.DWORD) * 2 // ctypes.sizeof(ctypes.c_size_t)
        return tuple(found[first : first + counts[1]])

    def release(self) -> None:
        """Give the job up; what still runs in it lives on, as it would have without us."""
        self._limit(0)
        _kernel32.CloseHandle(self._handle)

    def _limit(self, flags: int) -> None:
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = flags
        _check(
            bool(
                _kernel32.SetInformationJobObject(
                    self._handle, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
                )
            )
        )


def resume(pid: int) -> None:
    """Let a process run that was started suspended. Raises OSError.

    `subprocess` closes the handle of the thread that ResumeThread would take; NtResumeProcess, which is not
    in the manual but in every Windows since XP, takes the process.
    """
    with _opened(PROCESS_SUSPEND_RESUME, pid) as process:
        status = _ntdll.NtResumeProcess(process)
    if status:
        raise OSError(f"NtResumeProcess answered 0x{status & 0xFFFFFFFF:08X}")


def same_object(first: int, second: int) -> bool:
    """Whether two descriptors hold the same kernel object; False where Windows (before 10) cannot say."""
    try:
        compare = ctypes.WinDLL("kernelbase").CompareObjectHandles
    except (OSError, AttributeError):
        return False
    compare.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    return bool(compare(msvcrt.get_osfhandle(first), msvcrt.get_osfhandle(second)))


@contextlib.contextmanager
def _opened(rights: int, pid: int) -> Iterator[int]:
    process = _kernel32.OpenProcess(rights, False, pid)
    _check(bool(process))
    try:
        yield process
    finally:
        _kernel32.CloseHandle(process)


def _check(succeeded: bool) -> None:
    if not succeeded:
        raise ctypes.WinError(ctypes.get_last_error())
