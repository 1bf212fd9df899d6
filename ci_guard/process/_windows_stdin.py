"""A pipe that is looked into by PeekNamedPipe; Windows tells of no event in a pipe, so we look again.

learn.microsoft.com/windows/win32/api/namedpipeapi/nf-namedpipeapi-peeknamedpipe. Imported only where standard
input is a pipe.
"""

import _winapi
import msvcrt
import os
import sys
import threading

assert sys.platform == "win32"  # also tells the type checker

PIECE = 4096  # bytes; the least that a pipe holds
LOOK_SECONDS = 0.01


class WindowsSource:
    """Our standard input and the pipe of one attempt."""

    def __init__(self, descriptor: int) -> None:
        self._ours = descriptor
        self._stopped = threading.Event()
        self.theirs, self._writer = os.pipe()

    def write(self, data: bytes) -> bool:
        for start in range(0, len(data), PIECE):
            os.write(self._writer, data[start : start + PIECE])
            if self.wait_until_taken():
                return False
        return True

    def offer(self) -> bytes | None:
        handle = msvcrt.get_osfhandle(self._ours)
        while True:
            try:
                data = bytes(_winapi.PeekNamedPipe(handle, PIECE)[0])
            except BrokenPipeError:
                return b""
            if data:
                os.write(self._writer, data)
                return data
            if self._stopped.wait(LOOK_SECONDS):
                return None

    def wait_until_taken(self) -> int:
        while left := self._unread():
            if self._stopped.wait(LOOK_SECONDS):
                return self._unread()
        return left

    def take(self, size: int) -> None:
        if size:
            os.read(self._ours, size)

    def end(self) -> None:
        os.close(self._writer)
        self._writer = -1

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        for descriptor in (self.theirs, self._writer):
            if descriptor >= 0:
                os.close(descriptor)

    def _unread(self) -> int:
        return int(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(self.theirs), 0)[0])
