"""Time for tests of waiting."""


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        """Let so many seconds pass; never interrupted."""
        self.now += seconds
        return False
