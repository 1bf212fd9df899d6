"""The Pythons that uv itself has installed: whole, or taken away while this run makes them.

uv unpacks an archive aside and moves it into its place whole, then adds links, notes and paths one by one.
What fails there it does not do again: the next attempt finds the folder, and calls that Python installed.
Source: uv's manual, "Python versions", "Storage"; uv-python/src/installation.rs and managed.rs.
"""

import os
from collections.abc import Iterator, Mapping
from functools import partial

from ci_guard.dataclass import dataclass, field
from ci_guard.model.history import Fault, Repair, RepairAction
from ci_guard.recover.family import Owed, RepairOutcome, Survey, Trail, taken_away
from ci_guard.recover.python.interpreter import starts
from ci_guard.recover.python.venv import made_since, safe
from ci_guard.recover.removal import remove_tree
from ci_guard.recover.user_home import user_home

VARIABLE = "UV_PYTHON_INSTALL_DIR"
PROGRAMS = ("bin/python3", "bin/python", "python.exe", "bin/pypy3", "pypy.exe", "bin/graalpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pythons:
    """The folder of all of them."""

    folder: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder that uv writes to."""
        return (self.folder,) if os.path.isdir(self.folder) else ()

    @property
    def locks(self) -> tuple[str, ...]:
        """What uv takes while it installs one."""
        return (os.path.join(self.folder, ".lock"),)

    def survey(self, trail: Trail) -> Survey:
        """Whether each that this run has changed has an interpreter that starts."""
        fresh = list(self._fresh(trail))
        faults = []
        for place in fresh:
            why = self._broken(place)
            if why is not None:
                faults.append(Fault(project=None, path=place, what=why))
        return Survey(examined=bool(fresh), packages=len(fresh), files=len(fresh), faults=tuple(faults))

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Take away each that this run has made and not finished."""
        for place in self._fresh(trail):
            inside = next((path for path in trail.paths if path.startswith(os.path.join(place, ""))), None)
            why = self._broken(place) or (f"`{inside}` was refused" if inside is not None else None)
            mine = made_since(place, trail.beginning.on(place))
            if why is not None and mine:
                reason = f"an installation that is not finished: {why}"
                repair = Repair(action=RepairAction.REMOVE, target=place, project=None, reason=reason)
                yield from taken_away(partial(remove_tree, place), repair, Owed(path=place))

    def verify(self, trail: Trail) -> Survey:
        """A survey; there is nothing to tidy up."""
        return self.survey(trail)

    def _fresh(self, trail: Trail) -> Iterator[str]:
        try:
            with os.scandir(self.folder) as entries:
                found = sorted(
                    entry.path
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
                )
        except OSError:
            return
        yield from (path for path in found if trail.touched(path))

    def _broken(self, place: str) -> str | None:
        programs = [os.path.join(place, *program.split("/")) for program in PROGRAMS]
        there = [program for program in programs if os.path.lexists(program)]
        if not there:
            return "has no interpreter"
        if any(not safe(program, place) or starts(program, self.environment) for program in there):
            return None
        return "has an interpreter that does not start"


def folder_of(environment: Mapping[str, str], directory: str) -> str:
    """Where uv keeps them."""
    named = environment.get(VARIABLE)
    if named:
        return os.path.join(directory, named)
    data = environment.get("XDG_DATA_HOME") or os.path.join(user_home(environment), ".local", "share")
    roaming = environment.get("APPDATA")
    return os.path.join(roaming if roaming and os.name == "nt" else data, "uv", "python")
