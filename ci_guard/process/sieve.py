"""What may keep a part of a stream out of the console."""

from ci_guard.annotation import Protocol


class Sieve(Protocol):
    """Keeps a part of a stream from being shown; what it keeps back is captured all the same."""

    def pass_on(self, chunk: bytes) -> bytes:
        """What of the next bytes, and of those that were held back, is to be shown now."""

    def rest(self) -> bytes:
        """What is still held back when the stream has ended."""
