"""The files to watch beside one command, kept as the system tells of them, or as its folders are read."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.machine.new_names import NewNames
from ci_guard.model.evidence import FILE_CLOCK_SLACK
from ci_guard.model.patience import Change, WatchedPlace
from ci_guard.patience.pattern import Pattern, itself, listed, resolve, written

POLL = 0.1  # seconds between two readings of a folder of which nobody tells us
POLL_TOLD = 0.5  # the same where the system tells: a network drive may forget to
UNSURE = (
    2.0  # seconds after a folder was made: what is made in it at once may not be told of (inotify(7), Wine)
)
LONG_AGO = float("-inf")


@dataclass(slots=True)
class _Watched:
    """One pattern."""

    pattern: Pattern
    above: str  # how the paths that it can mean begin, as the system compares them
    replaces: str | None
    since: float  # seconds since the epoch: what is older is not meant
    read: float = LONG_AGO  # monotonic
    told: bool = False  # each folder of it is one that the system tells of
    unsure: float = LONG_AGO  # monotonic: until then it is read as if it were not told of


@dataclass(slots=True)
class _Known:
    """One file that is there."""

    changed: float  # monotonic; LONG_AGO: before the command began
    written: float | None = None  # seconds since the epoch, as its folder has it


@dataclass(slots=True)
class _Replaced:
    """The old files of one folder that fresh ones may be meant to replace."""

    read: float  # monotonic
    paths: tuple[str, ...]


class Places:
    """What is fresh in the places of a tool, and the files that an earlier attempt failed on.

    A fresh file that stays longer than its tool lets one stay is being refused: then what it may be meant to
    replace is watched as well. No file is opened to find out.
    """

    def __init__(
        self,
        places: Sequence[WatchedPlace],
        variables: Mapping[str, str],
        directory: str,
        *,
        since: float,
        named: Sequence[str] = (),
        more: Sequence[tuple[Pattern, str | None]] = (),
    ) -> None:
        """A place may name one of `variables`; a relative one counts from `directory`; `since`: epoch.

        `named`: files that are watched whatever their age; `more`: further patterns with what they replace.
        """
        resolved = [(resolve(each.path, variables, directory), each.replaces) for each in places]
        found = {pattern: replaces for pattern, replaces in (*resolved, *more) if pattern is not None}
        self._since = since
        self._watched = [_watch(itself(path), None, LONG_AGO) for path in dict.fromkeys(named)]
        self._watched += [
            _watch(pattern, replaces, since - FILE_CLOCK_SLACK) for pattern, replaces in found.items()
        ]
        self._files: list[dict[str, _Known]] = [{} for _ in self._watched]
        self._replaced: dict[tuple[str, str], _Replaced] = {}

    @property
    def patterns(self) -> tuple[str, ...]:
        """The paths that are watched, absolute; a `*` stands for anything."""
        return tuple(str(each.pattern) for each in self._watched if each.since != LONG_AGO)

    def look(self, names: NewNames | None) -> None:
        """Take in what has changed: what the system tells, and what is read where it does not."""
        changes = names.changes() if names is not None else ()
        changed = [(change, os.path.normcase(change.path)) for change in changes or ()]
        for watched, files in zip(self._watched, self._files, strict=True):
            now = time.monotonic()
            if changes is None:
                watched.read = LONG_AGO
            for change, path in changed:
                if path.startswith(watched.above):  # of thousands of changes a few are
                    _take(change, watched, files, now)
            told = watched.told and now >= watched.unsure
            if now - watched.read >= (POLL_TOLD if told else POLL):
                self._read(watched, files, names)

    def files(self, lingers: float) -> Iterator[tuple[str, float]]:
        """Each path, and when it was last changed (monotonic).

        `lingers`: seconds for which a fresh file stays at the most where nobody is in its way.
        """
        now = time.monotonic()
        folders: dict[tuple[str, str], None] = {}
        for watched, files in zip(self._watched, self._files, strict=True):
            for path, known in list(files.items()):
                yield path, known.changed
                if watched.replaces and now - known.changed >= lingers:
                    folders[os.path.dirname(path), watched.replaces] = None
        for folder, name in folders:
            for path in self._to_be_replaced(folder, name):
                yield path, LONG_AGO

    def _to_be_replaced(self, folder: str, name: str) -> tuple[str, ...]:
        """What is fresh is its writer's own, and not meant; what a cache restored just before the run is."""
        known = self._replaced.get((folder, name))
        if known is None or time.monotonic() - known.read >= POLL:
            times = ((entry.path, written(entry)) for entry in listed(folder, name))
            old = (path for path, at in times if at is not None and at < self._since)
            known = self._replaced[folder, name] = _Replaced(read=time.monotonic(), paths=tuple(old))
        return known.paths

    def _read(self, watched: _Watched, files: dict[str, _Known], names: NewNames | None) -> None:
        told: list[bool] = []
        before = dict(files)
        files.clear()
        for entry in watched.pattern.entries(
            lambda folder: told.append(names is not None and names.tells_of(folder))
        ):
            at = written(entry)
            if at is None or at < watched.since:
                continue
            known = before.get(entry.path)
            if known is None:
                changed = LONG_AGO if at < self._since - FILE_CLOCK_SLACK else time.monotonic()
                known = _Known(changed=changed)
            elif known.written is not None and known.written != at:
                known.changed = time.monotonic()
            known.written = at
            files[entry.path] = known
        watched.told = all(told)
        watched.read = time.monotonic()


def _watch(pattern: Pattern, replaces: str | None, since: float) -> _Watched:
    above = os.path.normcase(os.path.join(pattern.folder, ""))
    return _Watched(pattern=pattern, above=above, replaces=replaces, since=since)


def _take(change: Change, watched: _Watched, files: dict[str, _Known], now: float) -> None:
    fits = watched.pattern.fits(change.path)
    if fits is None:
        watched.read, watched.unsure = LONG_AGO, now + UNSURE
    elif fits and change.gone:
        files.pop(change.path, None)
    elif fits:
        files.setdefault(change.path, _Known(changed=now)).changed = now
