"""Moments in which the command's tree stands still, so that no question meets an opening of its own.

Only where Windows does not tell who has a file (some network drives; Wine): elsewhere that is asked first,
which is in nobody's way. A moment lasts a millisecond or two, and none comes soon after another.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

BETWEEN = 0.1  # seconds from one to the next


class Stillness(Protocol):
    """The command's tree."""

    def hold(self) -> bool:
        """Hold it still; False if that cannot be."""
        ...

    def go_on(self) -> None:
        """Let it go on."""
        ...

    def pids(self) -> frozenset[int]:
        """Its processes."""
        ...


class Quiet:
    """Gives the moments."""

    def __init__(self) -> None:
        self._last = float("-inf")  # monotonic: the end of the last one

    @contextmanager
    def beside(self, stillness: Stillness) -> Iterator[Callable[[], bool]]:
        """What, when it is called, begins the moment, if there is to be one; it ends with the block.

        False: the tree moves on, and nothing that could disturb it is to be asked now.
        """
        still = False

        def quiet() -> bool:
            nonlocal still
            still = still or (time.monotonic() - self._last >= BETWEEN and stillness.hold())
            return still

        try:
            yield quiet
        finally:
            if still:
                stillness.go_on()
                self._last = time.monotonic()
