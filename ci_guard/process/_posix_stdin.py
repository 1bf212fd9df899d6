"""A pipe that is looked into by tee(2), a socket by MSG_PEEK (Linux); elsewhere a page is read ahead.

The command's pipe holds one page, so that it can be written to only when it is empty: poll(2) tells when the
command has read all that was offered. Imported only where standard input is a pipe.
"""

import array
import contextlib
import errno
import fcntl
import os
import select
import sys
import termios

assert sys.platform != "win32"  # also tells the type checker

PAGE = 4096  # bytes; the least capacity of a pipe, see pipe(7)
DO_NOT_WAIT = 0x02  # SPLICE_F_NONBLOCK
PEEK = 0x02 | 0x40  # MSG_PEEK | MSG_DONTWAIT
SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ
LOOK_MILLISECONDS = 5  # where a pipe cannot be made so small


class PosixSource:
    """Our standard input and the pipe of one attempt."""

    def __init__(self, descriptor: int) -> None:
        self._ours = descriptor
        self._stop_reader, self._stop_writer = os.pipe()
        self.theirs, self._writer = os.pipe()
        self._is_small = False
        with contextlib.suppress(OSError):
            self._is_small = fcntl.fcntl(self._writer, SET_PIPE_SIZE, PAGE) == PAGE
        self._room = select.poll()
        self._room.register(self._stop_reader, select.POLLIN)
        self._room.register(self._writer, select.POLLOUT)
        self._input = select.poll()
        self._input.register(self._stop_reader, select.POLLIN)
        self._input.register(descriptor, select.POLLIN)
        self._only_stop = select.poll()
        self._only_stop.register(self._stop_reader, select.POLLIN)
        self._look = _look if sys.platform == "linux" else None
        self._ahead = b""

    def write(self, data: bytes) -> bool:
        rest = memoryview(data)
        while rest:
            if self._is_stopped(self._room):
                return False
            # a pipe that poll calls writable takes a page at once
            rest = rest[os.write(self._writer, rest[:PAGE]) :]
        return not data or self.wait_until_taken() == 0

    def offer(self) -> bytes | None:
        while True:
            if self._is_stopped(self._input):
                return None
            try:
                data = self._next()
            except BlockingIOError:  # another reader was quicker
                continue
            if data:
                os.write(self._writer, data)
            return data

    def wait_until_taken(self) -> int:
        while left := self._unread():
            if self._is_small:
                stopped = self._is_stopped(self._room)
            else:
                stopped = self._is_stopped(self._only_stop, LOOK_MILLISECONDS)
            if stopped:
                return self._unread()
        return left

    def take(self, size: int) -> None:
        if self._look is not None and size:
            os.read(self._ours, size)
        self._ahead = self._ahead[size:]

    def end(self) -> None:
        os.close(self._writer)
        self._writer = -1

    def stop(self) -> None:
        os.write(self._stop_writer, b"\0")

    def close(self) -> None:
        for descriptor in (self.theirs, self._writer, self._stop_reader, self._stop_writer):
            if descriptor >= 0:
                os.close(descriptor)

    def _next(self) -> bytes:
        if self._look is not None:
            try:
                return self._look(self._ours, PAGE)
            except (ImportError, AttributeError):  # a Python or a C library that has no way to ask
                self._look = None
        self._ahead = self._ahead or os.read(self._ours, PAGE)
        return self._ahead

    def _unread(self) -> int:
        size = array.array("i", [0])
        fcntl.ioctl(self.theirs, termios.FIONREAD, size)
        return size[0]

    def _is_stopped(self, poll: select.poll, milliseconds: int | None = None) -> bool:
        return any(descriptor == self._stop_reader for descriptor, _ in poll.poll(milliseconds))


def _look(descriptor: int, size: int) -> bytes:
    """The next bytes of a pipe or a socket, which stay there; b"" at its end. Raises BlockingIOError."""
    import ctypes  # only once there is something to read

    library = ctypes.CDLL(None, use_errno=True)
    reader, writer = os.pipe()
    try:
        copied = library.tee(descriptor, writer, ctypes.c_size_t(size), DO_NOT_WAIT)
        if copied > 0:
            return os.read(reader, copied)
        if copied == 0:
            return b""
        if ctypes.get_errno() != errno.EINVAL:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(reader)
        os.close(writer)
    buffer = ctypes.create_string_buffer(size)
    received = library.recv(descriptor, buffer, ctypes.c_size_t(size), PEEK)
    if received < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return buffer.raw[:received]
