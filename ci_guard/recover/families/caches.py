"""Tools whose own cache remembers a failure, or has lost a file: Maven and cargo.

Maven notes a download that failed in `*.lastUpdated`, and tries again only when its update interval is over.
cargo unpacks a crate once and trusts `.cargo-ok`: a source file that was quarantined there is missing from
every later build, until the folder is gone; cargo unpacks it anew from its own archive.
Source: Maven Resolver, "Update check manager"; cargo src/cargo/sources/registry/mod.rs, `unpack_package`.
"""

import os
from collections.abc import Iterable, Iterator

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Repair, RepairAction
from ci_guard.recover.family import Installation, Owed, RepairOutcome, Step, Survey, Trail
from ci_guard.recover.removal import remove_file, remove_tree

FAILED_DOWNLOAD = ".lastUpdated"
UNPACKED = ".cargo-ok"
LOCAL_REPOSITORY = "-Dmaven.repo.local="


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRepository:
    """Maven's local repository. Not run in the tests of this project: from its documentation only."""

    folder: str

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder that Maven writes to."""
        return (self.folder,) if os.path.isdir(self.folder) else ()

    def survey(self, _trail: Trail) -> Survey:
        """Maven itself checks what it needs; there is nothing to compare it with."""
        return Survey(examined=False)

    def repair(self, trail: Trail) -> RepairOutcome:
        """Take away the notes of this run that a download failed."""
        repairs = []
        for parent, _, names in os.walk(self.folder):
            if not trail.touched(parent):
                continue
            for path in (os.path.join(parent, name) for name in names if name.endswith(FAILED_DOWNLOAD)):
                if trail.touched(path) and remove_file(path):
                    reason = "notes a download that failed in this run, and hinders another"
                    repairs.append(
                        Repair(action=RepairAction.REMOVE, target=path, project=None, reason=reason)
                    )
        return RepairOutcome(repairs=tuple(repairs))

    def verify(self, trail: Trail) -> Survey:
        """A survey; there is nothing to tidy up."""
        return self.survey(trail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crates:
    """The crates that cargo has unpacked."""

    folder: str  # `registry` in cargo's home

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder that cargo writes to."""
        return (self.folder,) if os.path.isdir(self.folder) else ()

    def survey(self, _trail: Trail) -> Survey:
        """cargo notes no files; the compiler tells what is missing."""
        return Survey(examined=False)

    def repair(self, trail: Trail) -> RepairOutcome:
        """Take away each crate of which the compiler missed a file."""
        repairs, owed = [], []
        for crate in dict.fromkeys(self._crates(trail.paths)):
            if remove_tree(crate):
                reason = "a source file of it is gone; cargo unpacks it anew"
                project = os.path.basename(crate)
                repairs.append(
                    Repair(action=RepairAction.REMOVE, target=crate, project=project, reason=reason)
                )
                owed.append(Owed(path=crate))
        return RepairOutcome(repairs=tuple(repairs), owed=tuple(owed))

    def verify(self, trail: Trail) -> Survey:
        """A survey; there is nothing to tidy up."""
        return self.survey(trail)

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


class Maven:
    """The family of Maven."""

    programs = frozenset({"mvn", "mvnw", "mvnd"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The local repository."""
        named = (word for word in (*step.words, *step.environment.get("MAVEN_OPTS", "").split()))
        given = [word.partition("=")[2] for word in named if word.startswith(LOCAL_REPOSITORY)]
        default = os.path.join(_home(step), ".m2", "repository")
        yield LocalRepository(folder=os.path.join(step.directory, given[0]) if given else default)


class Cargo:
    """The family of cargo."""

    programs = frozenset({"cargo"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The crates in cargo's home."""
        home = step.environment.get("CARGO_HOME") or os.path.join(_home(step), ".cargo")
        yield Crates(folder=os.path.join(step.directory, home, "registry"))


def _home(step: Step) -> str:
    name = "USERPROFILE" if os.name == "nt" else "HOME"
    return step.environment.get(name) or os.path.expanduser("~")
