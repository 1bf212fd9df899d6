"""What an attempt has written: the next one takes it as it is, once a scanner has let it go."""

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from ci_guard.machine.probe import is_kept
from ci_guard.model.evidence import FILE_CLOCK_SLACK
from ci_guard.recover.beginning import is_fresh

MOST_BESIDE = 500  # entries of the named file's folder that are looked at
WALK = 0.5  # seconds for one walk through the folders below
REST = 1.0  # seconds from one walk to the next, while what was found held is still held
TELLING = 2  # files: of so many that are fresh, all held, one may say "each fresh file"


class FreshFiles:
    """The fresh files beside the one that was refused, and in the folders that the command installs into."""

    def __init__(
        self,
        path: str | None,
        since: float,
        folders: Sequence[str] = (),
        ignored: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`since`: seconds since the epoch; `ignored`: files that did not come free in an earlier wait."""
        self._path = path
        self._since = since - FILE_CLOCK_SLACK
        self._folders = folders
        self._ignored = frozenset(ignored)
        self._clock = clock
        self._walked = float("-inf")
        self._held: tuple[str, ...] = ()

    def held(self) -> tuple[str, ...]:
        """Those that somebody holds now. Walks through the folders only as often as it must."""
        self._held = tuple(path for path in self._held if is_kept(path))
        if not self._held or self._clock() - self._walked >= REST:
            self._held = tuple(path for path in self._fresh() if path not in self._ignored and is_kept(path))
            self._walked = self._clock()
        return self._held

    def all_held(self) -> bool:
        """Whether each fresh file of the refused one's kind beside it is held, itself and another one."""
        if self._path is None:
            return False
        ending = os.path.splitext(self._path)[1].lower()
        fresh = [path for path in self._beside() if os.path.splitext(path)[1].lower() == ending]
        return self._path in fresh and len(fresh) >= TELLING and all(map(is_kept, fresh))

    def _fresh(self) -> Iterator[str]:
        yield from self._beside()
        until = time.monotonic() + WALK
        for folder in self._folders:
            for above, _, names in os.walk(folder):
                for name in names:
                    path = os.path.join(above, name)
                    if time.monotonic() >= until:
                        return
                    if is_fresh(path, self._since):
                        yield path

    def _beside(self) -> Iterator[str]:
        if self._path is None:
            return
        folder = os.path.dirname(self._path) or os.curdir
        try:
            with os.scandir(folder) as entries:
                for _, entry in zip(range(MOST_BESIDE), entries, strict=False):
                    path = os.path.join(os.path.dirname(self._path), entry.name)
                    if entry.is_file(follow_symlinks=False) and is_fresh(path, self._since):
                        yield path
        except OSError:  # the folder has gone
            return
