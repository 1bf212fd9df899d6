"""When the run began, in the time of the file system that its files lie on.

Two clocks are never compared: a volume may have its own (network drives), and the machine's may be set while
the run lasts. What a file system calls "now" is asked of the file system itself, with a nameless file on it,
and the run's age is counted by the clock that nobody can set; the one less the other is the beginning as the
times of files there tell it. A clock that was set back makes that earlier, one that was set forward would
make it later: the earliest that was ever seen counts, so that nothing of the run is missed.
"""

import os
import time
from collections.abc import Callable

# file times are taken from the kernel's coarse clock, which may lag behind by one tick (10 ms)
CLOCK_SLACK = 0.05


class Beginning:
    """The beginning of one run; `wall` and `monotonic` are both clocks at that moment, in seconds."""

    def __init__(self, wall: float, monotonic: float, now: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._now = now
        self._earliest: dict[int, float] = {}  # by volume
        self._probed: set[int] = set()  # since the last `look_again`

    def look_again(self) -> None:
        """Another attempt has run: the clocks may have been set meanwhile."""
        self._probed.clear()

    def on(self, path: str) -> float:
        """The beginning as the times of files at this path tell it, in seconds since the epoch."""
        folder, volume = _existing(path)
        if volume not in self._probed:
            self._earliest[volume] = min(self._earliest.get(volume, self._wall), self._seen(folder, volume))
            self._probed.add(volume)
        return self._earliest[volume] - CLOCK_SLACK

    def touched(self, path: str) -> bool:
        """Whether the file or folder was made or changed since; False if it is not there."""
        changed = last_change(path)
        return changed is not None and changed >= self.on(path)

    def _seen(self, folder: str, volume: int) -> float:
        """The beginning as a file shows it that is made now: at a place where its making changes nothing."""
        import tempfile  # with what it imports nine files, for an installation only

        for place in (tempfile.gettempdir(), os.path.dirname(folder), folder):
            try:
                if os.stat(place).st_dev != volume:
                    continue
                with tempfile.TemporaryFile(dir=place) as probe:
                    there = os.fstat(probe.fileno()).st_mtime
            except OSError:
                continue
            return there - (self._now() - self._monotonic)
        return self._wall  # where nothing may be written the run has written nothing either


def _existing(path: str) -> tuple[str, int]:
    """The nearest folder that is there, and its volume."""
    folder = os.path.abspath(path)
    while True:
        try:
            status = os.stat(folder)
        except OSError:
            status = None
        if status is not None and os.path.isdir(folder):
            return folder, status.st_dev
        parent = os.path.dirname(folder)
        if parent == folder:
            return folder, 0
        folder = parent


def last_change(path: str) -> float | None:
    """When the file or folder itself was made or changed, seconds since the epoch; None: it is not there."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):  # the latter: a damaged note names a path with a NUL in it
        return None
    return max(status.st_mtime, status.st_ctime)


def is_fresh(path: str, since: float) -> bool:
    """Whether the file or folder was made or changed since then; False if it is not there."""
    changed = last_change(path)
    return changed is not None and changed >= since
