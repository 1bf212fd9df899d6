"""Carries the bytes of one stream from the command to our own descriptor, unchanged and at once.

A copy goes to the bounded capture. Nothing is searched here: to scan is far slower than to copy.
"""

import errno
import os
import select
import threading
import time
from collections.abc import Callable

from ci_guard.model.process import KIB, Capture, CaptureLimits
from ci_guard.process._interface import Gate
from ci_guard.process._system import system
from ci_guard.process.capture import HeadAndTail
from ci_guard.process.sieve import Sieve

CHUNK = 64 * KIB  # the usual capacity of a pipe


class Pump:
    """One stream and the thread that carries it."""

    def __init__(
        self,
        stream: str,
        *,
        source: int,
        target: int,
        limits: CaptureLimits,
        finished: Callable[[], None],
        gate: Gate,
        sieve: Sieve | None = None,
    ) -> None:
        """Take ownership of `source`; `finished` is called in the pump's thread at the stream's end.

        Once the gate is shut it stops, and `handed_on` is what it leaves to others.
        """
        self._gate = gate
        self._sieve = sieve
        self.handed_on: tuple[int, int] | None = None
        self._stream = stream
        self._source = source
        self._target = target
        self._kept = HeadAndTail(limits)
        self._finished = finished
        self._broken: int | None = None
        self._done = threading.Event()
        self._reading_since: float | None = None  # None while bytes are under way to the target
        self.carried: int = 0  # bytes read so far

    def start(self) -> None:
        """Start to carry."""
        threading.Thread(target=self._run, name=f"pump {self._stream}", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether the stream has ended and every byte has been passed on."""
        return self._done.is_set()

    def due(self) -> int:
        """How many bytes it will have carried with those that are under way now."""
        return self.carried if self.done else self.carried + system.unread(self._source)

    def quiet_for(self) -> float:
        """Seconds for which the command has had nothing to say; 0 while bytes are under way."""
        since = self._reading_since
        return 0.0 if since is None else time.monotonic() - since

    def capture(self) -> Capture:
        """Return the bounded copy of what has passed so far."""
        kept = self._kept.capture(self._stream)
        return Capture(kept.stream, kept.head, kept.tail, kept.dropped, broken=self._broken)

    def _run(self) -> None:
        try:
            while self._broken is None and (chunk := self._read()):
                shown = chunk if self._sieve is None else self._sieve.pass_on(chunk)
                self._broken = _write(self._target, shown)
                self._kept.add(chunk)
            if self._sieve is not None and self._broken is None:
                self._broken = _write(self._target, self._sieve.rest())
        finally:
            # also when our own reader has gone: the command then gets the SIGPIPE that it would have got
            if self.handed_on is None:
                os.close(self._source)
            self._done.set()
            self._finished()

    def _read(self) -> bytes:
        self._reading_since = time.monotonic()
        chunk = self._gate.read(self._source, CHUNK)
        if chunk is None:
            self.handed_on = (self._source, self._target)
            return b""
        self._reading_since = None
        self.carried += len(chunk)
        return chunk


def _write(target: int, chunk: bytes) -> int | None:
    """Write all of it; return the error number if the target takes no more."""
    rest = memoryview(chunk)
    while rest:
        try:
            rest = rest[os.write(target, rest) :]
        except BlockingIOError:  # someone made our descriptor non-blocking, as node does
            select.select([], [target], [])
        except OSError as error:
            return error.errno or errno.EPIPE
    return None
