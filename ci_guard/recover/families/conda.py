"""conda, mamba and micromamba: what `conda-meta` says of each package, against the files.

Made after the documentation (docs.conda.io, "conda-meta"), and not run by our tests, which have no conda.
Nothing is repaired: what a transaction of theirs does with a half of one is not known to us.
"""

import json
import os
from collections.abc import Iterable

from ci_guard.dataclass import dataclass
from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Fault
from ci_guard.recover.family import Installation, Step, Survey, Surveyed, Trail
from ci_guard.recover.python.target import option

COMMANDS = frozenset({"create", "install", "update", "upgrade", "env"})
META = "conda-meta"


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaEnvironment(Surveyed):
    """One environment of conda."""

    folder: str

    @property
    def folders(self) -> tuple[str, ...]:
        """All of it."""
        return (self.folder,)

    def survey(self, trail: Trail) -> Survey:
        """Each package of this run: its description can be read, and its files are there."""
        faults: list[Fault] = []
        names, files = set(), 0
        for path in self._descriptions():
            if not trail.touched(path):
                continue
            try:
                with open_patiently(path, encoding="utf-8") as file:
                    package = json.load(file)
                name, listed = str(package["name"]), [str(each) for each in package["files"]]
            except (OSError, ValueError, KeyError, TypeError) as error:
                faults.append(Fault(project=None, path=path, what=f"cannot be read: {error}"))
                continue
            names.add(name)
            files += len(listed)
            for each in listed:
                place = os.path.join(self.folder, each)
                if not each.endswith(".pyc") and not os.path.lexists(place):
                    faults.append(Fault(project=name, path=place, what="missing"))
        return Survey(
            examined=bool(names or faults),
            packages=len(names),
            files=files,
            there=frozenset(names),
            faults=tuple(faults),
        )

    def _descriptions(self) -> list[str]:
        folder = os.path.join(self.folder, META)
        try:
            return [
                os.path.join(folder, each) for each in sorted(os.listdir(folder)) if each.endswith(".json")
            ]
        except OSError:
            return []


class Conda:
    """The family of conda and its faster relatives."""

    programs: frozenset[str] = frozenset({"conda", "mamba", "micromamba"})

    def find_installations(self, step: Step, _trail: Trail, /) -> Iterable[Installation]:
        """The environment that the line or the shell names."""
        if COMMANDS.isdisjoint(step.words):
            return
        words, variables = list(step.words), step.environment
        prefix, name = option(words, "--prefix", "-p"), option(words, "--name", "-n")
        if prefix:
            yield CondaEnvironment(folder=os.path.join(step.directory, prefix))
            return
        base = variables.get("MAMBA_ROOT_PREFIX") or os.path.dirname(os.path.dirname(step.program))
        if name:
            yield CondaEnvironment(folder=base if name == "base" else os.path.join(base, "envs", name))
        elif variables.get("CONDA_PREFIX"):
            yield CondaEnvironment(folder=variables["CONDA_PREFIX"])
