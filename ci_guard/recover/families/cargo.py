"""cargo: the crates that it has unpacked, and the programs that it has built or installed.

It unpacks a crate once and trusts `.cargo-ok`: a source file that was quarantined there is missing from every
later build, until the folder is gone; cargo unpacks it anew from its own archive. Where a scanner holds a
program that was just linked, rustc copies it instead of renaming it, and cargo ends with exit status 0 over a
program that nobody may execute; what is not there cargo builds again.
Source: cargo src/cargo/sources/registry/mod.rs, `unpack_package`; src/cargo/core/compiler/fingerprint;
src/cargo/ops/common_for_install_and_uninstall.rs.
"""

import glob
import json
import os
from collections.abc import Iterable, Iterator
from functools import partial

from ci_guard.dataclass import dataclass
from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Fault, Repair, RepairAction
from ci_guard.recover.family import (
    Installation,
    Owed,
    RepairOutcome,
    Step,
    Survey,
    Surveyed,
    Trail,
    taken_away,
)
from ci_guard.recover.python.target import option, upwards
from ci_guard.recover.removal import remove_file, remove_tree

UNPACKED = ".cargo-ok"
BUILDS = frozenset({"build", "b", "run", "r", "test", "t", "bench", "rustc", "install"})
INSTALLED = ".crates2.json"
TARGET_VARIABLES = ("CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR")
PROFILES = (("*", "*.d"), ("*", "*", "*.d"))  # below the target folder: of this machine, of other systems


@dataclass(frozen=True, slots=True, kw_only=True)
class Crates(Surveyed):
    """The crates that cargo has unpacked."""

    folder: str  # `registry` in cargo's home

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder that cargo writes to."""
        return (self.folder,) if os.path.isdir(self.folder) else ()

    @property
    def locks(self) -> tuple[str, ...]:
        """What cargo takes while it unpacks (src/cargo/util/context/mod.rs, `package_cache_lock`)."""
        return (os.path.join(os.path.dirname(self.folder), ".package-cache"),)

    def survey(self, _trail: Trail) -> Survey:
        """cargo notes no files; the compiler tells what is missing."""
        return Survey(examined=False)

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Take away each crate of which the compiler missed a file."""
        reason = "a source file of it is gone; cargo unpacks it anew"
        for crate in dict.fromkeys(self._crates(trail.paths)):
            project = os.path.basename(crate)
            repair = Repair(action=RepairAction.REMOVE, target=crate, project=project, reason=reason)
            yield from taken_away(partial(remove_tree, crate), repair, Owed(path=crate))

    def _crates(self, paths: Iterable[str]) -> Iterator[str]:
        """The folders `src/REGISTRY/CRATE` of files that were named and are not there."""
        start = os.path.join(self.folder, "src", "")
        for path in paths:
            registry, _, rest = os.path.normpath(path).removeprefix(start).partition(os.sep)
            name, _, inside = rest.partition(os.sep)
            crate = os.path.join(start, registry, name)
            missing = path.startswith(start) and inside and not os.path.lexists(path)
            if missing and os.path.isfile(os.path.join(crate, UNPACKED)):
                yield crate


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs(Surveyed):
    """The programs in one folder of targets, or in one root of `cargo install`."""

    folder: str
    installed: bool = False

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder that cargo writes to."""
        return (self.folder,) if os.path.isdir(self.folder) else ()

    @property
    def locks(self) -> tuple[str, ...]:
        """What cargo takes: one for each profile, or its first list of what is installed.

        Source: src/cargo/core/compiler/layout.rs; ops/common_for_install_and_uninstall.rs, `InstallTracker`.
        """
        if self.installed:
            return (os.path.join(self.folder, ".crates.toml"),)
        return tuple(sorted(glob.glob(os.path.join(glob.escape(self.folder), "*", ".cargo-lock"))))

    def survey(self, trail: Trail) -> Survey:
        """Whether each program of this run may be executed."""
        found = self._fresh(trail)
        faults = tuple(Fault(project=None, path=path, what="not executable") for path in _unusable(found))
        return Survey(examined=bool(found), files=len(found), faults=faults)

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Take away each that may not be executed, under all its names: cargo builds again what is gone."""
        reason = "left half done: not executable"
        for path in _unusable(self._fresh(trail)):
            names = (*_twins(path), path)
            repair = Repair(action=RepairAction.REMOVE, target=path, project=None, reason=reason)
            yield from taken_away(partial(_removed, names), repair, Owed(path=path))

    def _fresh(self, trail: Trail) -> list[str]:
        found = self._installed() if self.installed else self._built()
        return [path for path in found if trail.touched(path)]

    def _built(self) -> Iterator[str]:
        """What has a list of its sources beside it; libraries have a suffix, on Windows programs, too."""
        start = glob.escape(self.folder)
        for parts in PROFILES:
            for noted in sorted(glob.glob(os.path.join(start, *parts))):
                program = os.path.splitext(noted)[0]
                if os.path.isfile(program) and os.path.basename(os.path.dirname(noted)) != "deps":
                    yield program

    def _installed(self) -> Iterator[str]:
        try:
            with open_patiently(os.path.join(self.folder, INSTALLED), encoding="utf-8") as file:
                packages = json.load(file)["installs"].values()
            names = [name for package in packages for name in package["bins"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return
        yield from (os.path.join(self.folder, "bin", name) for name in names if isinstance(name, str))


class Cargo:
    """The family of cargo."""

    programs: frozenset[str] = frozenset({"cargo"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The crates in cargo's home, and where the command puts programs."""
        home = os.path.join(step.directory, step.environment.get("CARGO_HOME") or _default_home(step))
        yield Crates(folder=os.path.join(home, "registry"))
        if BUILDS.isdisjoint(step.words):
            return
        words = list(step.words)
        target = _target(words, step)
        if target is not None:
            yield Programs(folder=target)
        if "install" in words:
            root = option(words, "--root") or step.environment.get("CARGO_INSTALL_ROOT") or home
            yield Programs(folder=os.path.join(step.directory, root), installed=True)


def _target(words: list[str], step: Step) -> str | None:
    """The folder of what is built: the one that is named, else that of the project or of its workspace."""
    named = option(words, "--target-dir") or next(
        filter(None, map(step.environment.get, TARGET_VARIABLES)), None
    )
    if named:
        return os.path.join(step.directory, named)
    project = option(words, "--path") if "install" in words else option(words, "--manifest-path")
    start = os.path.join(step.directory, project or "")
    for folder in upwards(start if os.path.isdir(start) else os.path.dirname(start)):
        place = os.path.join(folder, "target")
        if os.path.isfile(os.path.join(folder, "Cargo.toml")) and os.path.isdir(place):
            return place
    return None


def _unusable(programs: Iterable[str]) -> Iterator[str]:
    return (path for path in programs if os.path.isfile(path) and not os.access(path, os.X_OK))


def _removed(names: Iterable[str]) -> bool:
    return all(map(remove_file, names))


def _twins(program: str) -> Iterator[str]:
    """The other names of a program that was built: cargo links it out of `deps`."""
    folder, name = os.path.split(program)
    for path in glob.glob(
        os.path.join(glob.escape(folder), "deps", f"{glob.escape(name.replace('-', '_'))}-*")
    ):
        try:
            if os.path.samefile(path, program):
                yield path
        except OSError:
            continue


def _default_home(step: Step) -> str:
    return os.path.join(step.home, ".cargo")
