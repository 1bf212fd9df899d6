"""What is installed in an environment, and what of it is broken: the `*.dist-info` folders, the files that
their RECORD names, the launchers that their entry points ask for. Reads only.

uv and pip write a package's files first, launchers later, INSTALLER and RECORD last, and neither rolls a
fresh installation back; the next run of either looks at the folder's name only and calls the package
installed (astral-sh/uv#9476, uv-installer/src/plan.rs; pip `operations/install/wheel.py`). Layout:
packaging.python.org, "Recording installed projects".
"""

import os
import stat
from collections.abc import Collection, Iterator

from ci_guard.dataclass import dataclass, replace
from ci_guard.model.counting import counted
from ci_guard.model.history import Fault
from ci_guard.recover.beginning import is_fresh
from ci_guard.recover.python.entry_points import launcher_names
from ci_guard.recover.python.project_name import DIST_INFO, ProjectName, normalised, project_of
from ci_guard.recover.python.record import installer_of, is_flat, rows_of
from ci_guard.recover.python.target import Target

LEFTOVER = "~"  # pip renames a folder so while it replaces it (`utils/filesystem`, AdjacentTempDirectory)
# which place a package's files after their own lists and rewrite them, and may leave out some
SYSTEMS = frozenset({"conda", "rpm", "debian", "apk"})
NEEDED = ("METADATA", "RECORD")
BYTE_CODE = (".pyc", "__pycache__", "__pycache__/", "__pycache__\\")  # virtualenv records the folders, too
LAUNCHER_SUFFIXES = ("", ".exe", ".cmd", ".bat", "-script.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One installed package, as its `*.dist-info` folder tells it."""

    name: ProjectName
    folder: str  # the path of the *.dist-info
    rows: tuple[str, ...]  # the paths that RECORD names, absolute; empty without RECORD
    touched: bool  # something of it was written or removed since the run began
    faults: tuple[Fault, ...]
    oddities: tuple[Fault, ...] = ()  # what was changed after the installation, by whomever


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that is installed in one target."""

    target: Target
    distributions: tuple[Distribution, ...]
    leftovers: tuple[str, ...]  # `~name` folders

    def broken(self) -> tuple[Distribution, ...]:
        """The distributions that this run has left broken."""
        return tuple(each for each in self.distributions if each.touched and each.faults)

    def replaced(self) -> tuple[str, ...]:
        """The leftovers of projects that are installed: of any other they may be all that is left."""
        names = tuple(each.name for each in self.distributions)
        return tuple(path for path in self.leftovers if any(name.endswith(_end(path)) for name in names))


def take_inventory(
    target: Target, since: float, *, paths: Collection[str] = (), installer: bool = True
) -> Inventory:
    """Look at every distribution of the target.

    `since`: when the run began, as file times in the target tell it. `paths`: files that failures named.
    `installer`: whether an INSTALLER file is to be expected (not with UV_NO_INSTALLER_METADATA).
    """
    named = {_same(path) for path in paths}
    examine = _Examiner(target, since, named, installer)
    found: list[Distribution] = []
    leftovers: list[str] = []
    for site in target.site:
        for entry in _entries(site):
            if entry.name.startswith(LEFTOVER):
                leftovers.append(entry.path)
            elif entry.name.endswith(DIST_INFO):
                found.append(examine.distribution(site, entry))
    return Inventory(target=target, distributions=tuple(_without_doubles(found)), leftovers=tuple(leftovers))


def _end(leftover: str) -> str:
    """What `~igapp` and `~igapp-1.0.dist-info` keep of a project's name."""
    return normalised(os.path.basename(leftover).lstrip(LEFTOVER).partition("-")[0])


class _Examiner:
    """The rules for one distribution; remembers what is costly to ask twice."""

    def __init__(self, target: Target, since: float, named: Collection[str], installer: bool) -> None:
        self._target = target
        self._since = since
        self._named = named
        self._names = {os.path.basename(path) for path in named}
        self._needed = (*NEEDED, "INSTALLER") if installer else NEEDED
        # folders that many packages share say nothing about one of them
        self._shared = {_same(folder) for folder in (*target.site, *target.scripts)}
        self._fresh: dict[str, bool] = {}

    def distribution(self, site: str, entry: "os.DirEntry[str]") -> Distribution:
        project = project_of(entry.name)
        faults = [
            Fault(project=project, path=os.path.join(entry.path, needed), what="missing")
            for needed in self._needed
            if not os.path.exists(os.path.join(entry.path, needed))
        ]
        touched = is_fresh(entry.path, self._since)
        rows: list[str] = []
        oddities: list[Fault] = []
        finished = _written(os.path.join(entry.path, "RECORD"))
        skips = self._skips(site, entry.path)
        for path, size in rows_of(site, entry.path, self._target):
            if "\0" in path:
                faults.append(Fault(project=project, path=os.path.join(entry.path, "RECORD"), what="damaged"))
                break
            rows.append(path)
            fault, late = self._file(project, path, size, finished)
            if fault is not None and skips and self._was_there(path):
                skipped = f"{fault.what}: pip leaves alone what was there before (`--upgrade` replaces it)"
                oddities.append(replace(fault, what=skipped))
            elif fault is not None and late:
                oddities.append(fault)
            elif fault is not None:
                faults.append(fault)
                touched = touched or self._touched(path)
        touched = touched or any(
            os.path.basename(row) in self._names and _same(row) in self._named for row in rows
        )
        if touched:
            faults += self._unfinished(project, entry.path, rows)
            faults += self._launchers(project, entry.path, rows)
            if faults and installer_of(entry.path) in SYSTEMS:
                oddities, faults = [*oddities, *faults], []
        return Distribution(
            name=project,
            folder=entry.path,
            rows=tuple(rows),
            touched=touched,
            faults=tuple(faults),
            oddities=tuple(oddities),
        )

    def _unfinished(self, project: ProjectName, folder: str, rows: list[str]) -> Iterator[Fault]:
        """A RECORD that was never written to the end: the wheel's own names no INSTALLER."""
        record, installer = os.path.join(folder, "RECORD"), os.path.join(folder, "INSTALLER")
        if os.path.exists(record) and not rows:
            yield Fault(project=project, path=record, what="empty")
        elif rows and os.path.exists(installer) and installer not in rows:
            yield Fault(project=project, path=record, what="not brought up to date")

    def _file(
        self, project: ProjectName, path: str, size: int | None, finished: float
    ) -> tuple[Fault | None, bool]:
        """What is wrong with a file, and whether it came to be so after the installation was finished.

        A size alone says little: pipx, poetry, conda and people's scripts rewrite files of packages.
        """
        try:
            status = os.stat(path)
        except OSError:
            if path.endswith(BYTE_CODE):
                return None, False
            return Fault(project=project, path=path, what="missing"), False
        if size is None or status.st_size == size or not stat.S_ISREG(status.st_mode):
            return None, False
        # a change of its links, as uv makes one for each environment, changes the time of the inode too
        changed = status.st_mtime if status.st_nlink > 1 else max(status.st_mtime, status.st_ctime)
        late = changed > finished and status.st_size > 0
        return Fault(
            project=project, path=path, what=f"{counted(status.st_size, 'byte')} instead of {size:,}"
        ), late

    def _skips(self, site: str, folder: str) -> bool:
        """Whether the installer moves nothing over what the folder holds already, and warns only.

        pip does so with `--target` (pip `commands/install.py`, `_handle_target_dir`).
        """
        return is_flat(site, self._target) and installer_of(folder) == "pip"

    def _was_there(self, path: str) -> bool:
        """Whether that which the file lies in, directly in the target, is older than the run."""
        inside = os.path.relpath(path, self._target.prefix)
        top = os.path.join(self._target.prefix, inside.partition(os.sep)[0])
        return top != path and os.path.lexists(top) and not is_fresh(top, self._since)

    def _touched(self, path: str) -> bool:
        folder = os.path.dirname(path)
        while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        key = _same(folder)
        if key in self._shared:
            return False
        if key not in self._fresh:
            self._fresh[key] = is_fresh(folder, self._since)
        return self._fresh[key]

    def _launchers(self, project: ProjectName, folder: str, rows: list[str]) -> Iterator[Fault]:
        made_now = _modified(os.path.join(folder, "INSTALLER"), self._since)
        recorded = {os.path.basename(row) for row in rows}
        points = os.path.join(folder, "entry_points.txt")
        try:
            names = launcher_names(points)
        except OSError as error:  # a launcher that nobody has looked for may be the one that is missing
            yield Fault(project=project, path=points, what=f"cannot be read: {error.strerror or error}")
            return
        for name in names:
            there = [
                place
                for scripts in self._target.scripts
                for suffix in LAUNCHER_SUFFIXES
                if os.path.exists(place := os.path.join(scripts, name + suffix))
            ]
            if not there:
                # what RECORD names has been reported missing already
                if not any(name + suffix in recorded for suffix in LAUNCHER_SUFFIXES):
                    folder = next(iter(self._target.scripts), os.path.join(self._target.prefix, "bin"))
                    path = os.path.join(folder, name)
                    yield Fault(project=project, path=path, what="launcher missing")
            elif made_now and not any(_modified(place, self._since) for place in there):
                yield Fault(project=project, path=there[0], what="launcher older than the installation")
            elif not any(os.access(place, os.X_OK) for place in there):
                yield Fault(project=project, path=there[0], what="launcher not executable")


def _without_doubles(found: list[Distribution]) -> Iterator[Distribution]:
    """Two folders of one project are a fault of both: one of them lies about what is there."""
    folders: dict[str, list[Distribution]] = {}
    for each in found:
        folders.setdefault(each.name, []).append(each)
    for doubles in folders.values():
        if len(doubles) == 1:
            yield doubles[0]
            continue
        touched = any(each.touched for each in doubles)
        for each in doubles:
            others = ", ".join(os.path.basename(other.folder) for other in doubles if other is not each)
            what = f"another of the same project: {others}"
            fault = Fault(project=each.name, path=each.folder, what=what)
            yield replace(each, touched=touched, faults=(*each.faults, fault))


def _written(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _modified(path: str, since: float) -> bool:
    try:
        return os.stat(path).st_mtime >= since
    except OSError:
        return False


def _same(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
