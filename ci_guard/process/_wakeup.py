"""Pipes to ourselves (POSIX): one ends the main thread's wait, one sends threads away from a stream."""

import contextlib
import errno
import os
import select
import signal
import sys

assert sys.platform != "win32"  # also tells the type checker

STANDARD_DESCRIPTORS = (0, 1, 2)
LONGEST_WAIT = 3600.0  # seconds; poll(2) takes an int of milliseconds
MILLISECONDS = 1000
PIPE_READ = 4096


class PipeWakeup:
    """A pipe to ourselves, also written by the interpreter's C-level signal handler.

    A lock would not do: a signal between the last check and the kernel's wait would not end that wait.
    """

    def __init__(self) -> None:
        _occupy_standard_descriptors()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._former = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)

    def wait(self, seconds: float | None) -> None:
        limit = LONGEST_WAIT if seconds is None else min(seconds, LONGEST_WAIT)
        self._poll.poll(max(0.0, limit) * MILLISECONDS)
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, PIPE_READ)

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # full: it will wake up anyway
            os.write(self._writer, b"\0")

    def close(self) -> None:
        signal.set_wakeup_fd(self._former)
        os.close(self._reader)
        os.close(self._writer)


class PipeGate:
    """A pipe that becomes readable when it is shut."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()

    def read(self, source: int, size: int) -> bytes | None:
        poll = select.poll()
        poll.register(source, select.POLLIN)
        poll.register(self._reader, select.POLLIN)
        if any(descriptor == self._reader for descriptor, _ in poll.poll()):
            return None
        try:
            return os.read(source, size)
        except OSError as error:
            if error.errno != errno.EIO:  # how a pseudo-terminal says that nobody writes to it any more
                raise
            return b""

    def shut(self) -> bool:
        os.write(self._writer, b"\0")
        return True

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


def _occupy_standard_descriptors() -> None:
    """Put the null device where 0, 1 or 2 are closed, so that no pipe of ours comes to lie there."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) in STANDARD_DESCRIPTORS:
        pass
    os.close(descriptor)
