"""Holding a running command still, and letting it go on again; any thread may ask."""

import threading

from ci_guard.annotation import Protocol
from ci_guard.process._interface import Child


class Stillness:
    """The one way to a command's tree for whoever holds it still.

    What must reach the command (a stop, a timeout, its end) calls `end` first: it lets the tree go on, and no
    later `hold` is heeded.
    """

    def __init__(self, child: Child) -> None:
        self._child = child
        self._lock = threading.Lock()
        self._over = False

    def hold(self) -> bool:
        """Hold the tree still, and return when it stands; False if that cannot be, or is no longer wanted."""
        with self._lock:
            held = not self._over and self._child.hold()
        if held:
            self._child.settle()  # a driver may keep a thread from it, and nobody else has to wait for that
        return held

    def go_on(self) -> None:
        """Let the tree go on, if it is held still."""
        with self._lock:
            self._child.go_on()

    def end(self) -> None:
        """Let the tree go on, for good."""
        with self._lock:
            self._over = True
            self._child.go_on()

    def pids(self) -> frozenset[int]:
        """The processes of the tree as they are now."""
        with self._lock:
            return frozenset() if self._over else self._child.pids()


class Companion(Protocol):
    """Something that watches over a command while it runs."""

    def begin(self, stillness: Stillness) -> None:
        """The command has started; must return at once."""

    def end(self) -> None:
        """The command has ended, or is about to be ended."""
