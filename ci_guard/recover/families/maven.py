"""Maven, whose own cache remembers a failure.

It notes a download that failed in `*.lastUpdated`, and tries again only when its update interval is over.
Source: Maven Resolver, "Update check manager".
"""

import os
from collections.abc import Iterable, Iterator
from functools import partial

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Repair, RepairAction
from ci_guard.recover.family import Installation, RepairOutcome, Step, Survey, Surveyed, Trail, taken_away
from ci_guard.recover.removal import remove_file

FAILED_DOWNLOAD = ".lastUpdated"
LOCAL_REPOSITORY = "-Dmaven.repo.local="


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRepository(Surveyed):
    """Maven's local repository."""

    folder: str

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder that Maven writes to."""
        return (self.folder,) if os.path.isdir(self.folder) else ()

    def survey(self, _trail: Trail) -> Survey:
        """Maven itself checks what it needs; there is nothing to compare it with."""
        return Survey(examined=False)

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Take away the notes of this run that a download failed."""
        reason = "records a download that failed in this run, and blocks the next one"
        for parent, _, names in os.walk(self.folder):
            if not trail.touched(parent):
                continue
            for path in (os.path.join(parent, name) for name in names if name.endswith(FAILED_DOWNLOAD)):
                if trail.touched(path):
                    repair = Repair(action=RepairAction.REMOVE, target=path, project=None, reason=reason)
                    yield from taken_away(partial(remove_file, path), repair)


class Maven:
    """The family of Maven."""

    programs: frozenset[str] = frozenset({"mvn", "mvnw", "mvnd"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The local repository."""
        named = (word for word in (*step.words, *step.environment.get("MAVEN_OPTS", "").split()))
        given = [word.partition("=")[2] for word in named if word.startswith(LOCAL_REPOSITORY)]
        default = os.path.join(step.home, ".m2", "repository")
        yield LocalRepository(folder=os.path.join(step.directory, given[0]) if given else default)
