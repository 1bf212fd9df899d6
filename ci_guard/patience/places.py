"""Where a tool writes what it renames or removes next: from the patterns of its data to real paths."""

import fnmatch
import os
import time
from collections.abc import Iterator, Mapping, Sequence

from ci_guard.expression import expression
from ci_guard.model.patience import WatchedPlace

FRESH_SLACK = 2.0  # seconds by which the clock of a file system may be behind ours (FAT counts in twos)
MOST = 500  # files of one folder that are looked at
_VARIABLE = expression(r"\{([^{}]+)\}")


class Places:
    """The files to watch beside one command, as they are at each look.

    A fresh file that stays longer than its tool lets one stay is being refused: then what it may be meant to
    replace is watched as well.
    """

    def __init__(
        self, places: Sequence[WatchedPlace], variables: Mapping[str, str], directory: str, *, since: float
    ) -> None:
        """A pattern may name one of `variables`; a relative one counts from `directory`; `since`: epoch."""
        found = {resolve(place.path, variables, directory): place.replaces for place in places}
        self._patterns = {pattern: replaces for pattern, replaces in found.items() if pattern is not None}
        self._since = since
        self._seen: dict[str, float] = {}

    @property
    def patterns(self) -> tuple[str, ...]:
        """The paths that are watched, absolute; a `*` stands for anything."""
        return tuple(self._patterns)

    def files(self, lingers: float) -> Iterator[str]:
        """The paths; `lingers`: seconds after which a fresh file has stayed too long."""
        now = time.monotonic()
        before, self._seen = self._seen, {}
        for pattern, replaces in self._patterns.items():
            for path in fresh(pattern, self._since):
                self._seen[path] = before.get(path, now)
                yield path
                if replaces and now - self._seen[path] >= lingers:
                    yield from _matching(os.path.dirname(path), replaces, 0.0)


def resolve(pattern: str, variables: Mapping[str, str], directory: str) -> str | None:
    """The pattern with its variable put in; None if that is not set.

    `{A|B/x}` is the value of A, or else the folder x in the value of B.
    """
    match = _VARIABLE.match(pattern)
    if match is None:
        return os.path.normpath(os.path.join(directory, pattern))
    for choice in match[1].split("|"):
        name, slash, rest = choice.partition("/")
        if value := variables.get(name):
            return os.path.normpath(os.path.join(directory, value + slash + rest + pattern[match.end() :]))
    return None


def fresh(pattern: str, since: float) -> Iterator[str]:
    """The files and folders that match and were made or written since then (seconds since the epoch)."""
    folder, name = os.path.split(pattern)
    if _is_pattern(os.path.basename(folder)):
        for inner in fresh(folder, since):
            yield from _matching(inner, name, since)
    elif not _is_pattern(folder):
        yield from _matching(folder, name, since)
    else:  # a plain name below a pattern: `*/Scripts`
        above, middle = os.path.split(folder)
        for inner in fresh(above, since):
            yield from _matching(os.path.join(inner, middle), name, since)


def _matching(folder: str, name: str, since: float) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(MOST), entries, strict=False):
                if fnmatch.fnmatch(entry.name, name) and _is_fresh(entry, since):
                    yield entry.path
    except OSError:  # not there, or not yet
        return


def _is_fresh(entry: "os.DirEntry[str]", since: float) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return max(status.st_mtime, status.st_ctime) >= since - FRESH_SLACK


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?[")
