"""Sends the threads that read a pipe away from it, without a byte lost (Windows).

There is no event to wait for beside a pipe, so a read that waits is cancelled: it has then taken nothing,
else it has ended with what it took. libuv ends its reads of such pipes in the same way, too.
learn.microsoft.com/windows/win32/api/ioapiset/nf-ioapiset-cancelsynchronousio
"""

import _winapi
import ctypes
import msvcrt
import sys
import threading
import time
from ctypes import wintypes

assert sys.platform == "win32"  # also tells the type checker

THREAD_TERMINATE = 0x1  # the right that CancelSynchronousIo asks for
OPERATION_ABORTED = 995  # ERROR_OPERATION_ABORTED
LOOK_SECONDS = 0.005
SHUT_SECONDS = 2.0  # for a system that does not let go


class CancelGate:
    """A read of a pipe that another thread can end.

    Only a thread that is within its read is interrupted, never one that writes: the lock keeps it there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: set[int] = set()  # the system's numbers of threads
        self._is_shut = False

    def read(self, source: int, size: int) -> bytes | None:
        thread = threading.get_native_id()
        handle = msvcrt.get_osfhandle(source)
        while True:
            with self._lock:
                if self._is_shut:
                    return None
                self._readers.add(thread)
            try:
                # b"" is no end: somebody wrote nothing, see the manual of ReadFile
                if chunk := _winapi.ReadFile(handle, size)[0]:
                    return bytes(chunk)
            except BrokenPipeError:
                return b""
            except OSError as error:
                if error.winerror != OPERATION_ABORTED:
                    raise
            finally:
                with self._lock:
                    self._readers.discard(thread)

    def shut(self) -> bool:
        until = time.monotonic() + SHUT_SECONDS
        with self._lock:
            self._is_shut = True
        while True:
            with self._lock:
                if not self._readers:
                    return True
                for thread in self._readers:
                    _cancel(thread)
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        pass


def _cancel(thread: int) -> None:
    """End the read of a thread, if it has begun."""
    kernel32 = ctypes.WinDLL("kernel32")
    kernel32.OpenThread.restype = wintypes.HANDLE
    kernel32.OpenThread.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    kernel32.CancelSynchronousIo.argtypes = kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    if handle := kernel32.OpenThread(THREAD_TERMINATE, False, thread):
        kernel32.CancelSynchronousIo(handle)
        kernel32.CloseHandle(handle)
