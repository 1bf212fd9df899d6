"""The bounded copy of one stream: its first and its last bytes. Knows nothing of what the bytes mean."""

import threading
from collections import deque

from ci_guard.model.process import KIB, Capture, CaptureLimits

BLOCK = 64 * KIB  # small writes are gathered into blocks of this size, so that their number stays small


class HeadAndTail:
    """Keeps the head and the tail of a stream and counts the bytes dropped between; safe across threads."""

    def __init__(self, limits: CaptureLimits) -> None:
        self._limits = limits
        self._head = bytearray()
        self._tail: deque[bytearray] = deque()
        self._kept = 0  # bytes in the tail
        self._dropped = 0
        self._lock = threading.Lock()

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        with self._lock:
            room = self._limits.head - len(self._head)
            if room > 0:
                self._head += chunk[:room]
                chunk = chunk[room:]
            if chunk:
                self._add_to_tail(chunk)

    def capture(self, stream: str) -> Capture:
        """Return what is kept so far."""
        with self._lock:
            excess = max(0, self._kept - self._limits.tail)
            tail = b"".join(self._tail)[excess:]
            return Capture(stream, bytes(self._head), tail, self._dropped + excess)

    def _add_to_tail(self, chunk: bytes) -> None:
        if self._tail and len(self._tail[-1]) + len(chunk) <= BLOCK:
            self._tail[-1] += chunk
        else:
            self._tail.append(bytearray(chunk))
        self._kept += len(chunk)
        while self._tail and self._kept - len(self._tail[0]) >= self._limits.tail:
            oldest = len(self._tail.popleft())
            self._kept -= oldest
            self._dropped += oldest
