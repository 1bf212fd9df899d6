"""Waiting until the threads of a suspended process have stopped.

Windows suspends a thread some time after it was asked to: one that is about to open a file may still do so,
and is refused while we ask whether somebody holds the file. A thread's registers can be told only when it
stands, so who asks for them waits for that; they are not looked at.
Source: Raymond Chen, "The SuspendThread function suspends a thread, but it does so asynchronously" (2015);
numbers and shapes are those of the Windows SDK (winnt.h).
"""

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"  # also tells the type checker

_QUERY_INFORMATION = 0x400  # PROCESS_...
_GET_CONTEXT = 0x8  # THREAD_...
_ROOM, _ALIGNMENT = 4096, 16  # bytes: more than a CONTEXT of any processor needs
# where a CONTEXT has its flags, and the ones for the fewest registers, by the word that Python's version has
_FLAGS = {"AMD64": (0x30, 0x100001), "ARM64": (0, 0x400001)}
_FLAGS_OF_32_BITS = (0, 0x10001)

_P = ctypes.c_void_p
_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_ntdll = ctypes.WinDLL("ntdll")
_kernel32.OpenProcess.restype = wintypes.HANDLE
_kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel32.GetThreadContext.argtypes = (wintypes.HANDLE, _P)
_ntdll.NtGetNextThread.argtypes = (_P, _P, wintypes.DWORD, wintypes.ULONG, wintypes.ULONG, _P)


def wait_for_threads(pid: int) -> None:
    """Return when all threads of this suspended process stand; at once where it may not be asked."""
    process = _kernel32.OpenProcess(_QUERY_INFORMATION, False, pid)
    if not process:
        return
    thread = wintypes.HANDLE()
    try:
        while True:
            following = wintypes.HANDLE()
            status = _ntdll.NtGetNextThread(process, thread, _GET_CONTEXT, 0, 0, ctypes.byref(following))
            if thread:
                _kernel32.CloseHandle(thread)
            thread = following
            if status:
                return
            _wait_for(thread)
    finally:
        _kernel32.CloseHandle(process)


def _wait_for(thread: wintypes.HANDLE) -> None:
    """Fails at once for a thread that has ended."""
    room = ctypes.create_string_buffer(_ROOM + _ALIGNMENT)
    start = -(-ctypes.addressof(room) // _ALIGNMENT) * _ALIGNMENT
    place, flags = next((each for word, each in _FLAGS.items() if word in sys.version), _FLAGS_OF_32_BITS)
    ctypes.c_uint32.from_address(start + place).value = flags
    _kernel32.GetThreadContext(thread, start)
