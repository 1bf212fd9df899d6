"""An environment of Python packages as an installation: every file that RECORD names, every launcher, the
environment itself. What may be taken away from it, its family declares (`Habits`).
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum

from ci_guard.dataclass import dataclass, field
from ci_guard.model.history import Fault
from ci_guard.recover.beginning import is_fresh
from ci_guard.recover.family import RepairOutcome, Survey, Trail, noted
from ci_guard.recover.python.asked import absent
from ci_guard.recover.python.installed import Distribution, Inventory, take_inventory
from ci_guard.recover.python.project_name import ProjectName
from ci_guard.recover.python.repair import remove_leftovers, remove_packages
from ci_guard.recover.python.stale import remove_stale
from ci_guard.recover.python.target import Target, TargetKind
from ci_guard.recover.python.venv import broken, changed_since, made_since, remove_links, reset

MAX_WARNINGS = 20
UV_LOCK = ".lock"
# without them the next attempt, and every later step, has nothing to install with
BOOTSTRAP = frozenset(ProjectName(name) for name in ("pip", "setuptools", "wheel", "uv", "distribute"))


def _no_main(_target: Target) -> ProjectName | None:
    return None


class PutsBack(StrEnum):
    """What the same command, run again, installs anew where it is gone."""

    NOTHING = "nothing"  # so nothing is taken away
    PACKAGES = "packages"  # each package that is not there
    WANTED = "wanted"  # each package that is not there and that its lock or its project still asks for
    ENVIRONMENT = "environment"  # only all of it, by making the environment anew


def _no_faults(_target: Target) -> Iterable[Fault]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the tool that works on an environment treats it."""

    puts_back: PutsBack
    # projects that the command installs by name: only so an installer itself may be taken away
    installs: frozenset[ProjectName] = frozenset()
    # projects that stay whatever they look like: the installer that runs
    keeps: frozenset[ProjectName] = frozenset()
    # projects that must be there after it, since the command names them and does nothing else
    asked: frozenset[ProjectName] = frozenset()
    installer_file: bool = True  # whether it writes INSTALLER
    # what the tool itself keeps beside the packages, as a receipt, and what is wrong with it
    own_faults: Callable[[Target], Iterable[Fault]] = _no_faults
    # the project that the environment is for, which the tool does over where it finds it gone
    main: Callable[[Target], ProjectName | None] = _no_main
    goes_on: bool = False  # whether it finishes an environment of which only its own notes are missing
    makes_anew: bool = False  # whether one of this run with broken packages is better made anew than repaired


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonEnvironment:
    """One environment that a command works on."""

    target: Target
    habits: Habits
    environment: Mapping[str, str] = field(default_factory=dict)
    lock: str | None = None  # what its tool takes beside uv's own lock

    @property
    def folder(self) -> str:
        """Where it is."""
        return self.target.prefix

    @property
    def folders(self) -> tuple[str, ...]:
        """Where packages and launchers go."""
        return (*self.target.site, *self.target.scripts)

    @property
    def locks(self) -> tuple[str, ...]:
        """What its tool takes, and uv, which others start, too (uv-python/src/environment.rs, `lock`)."""
        own = os.path.join(self.target.prefix, UV_LOCK)
        return (own,) if self.lock is None else (self.lock, own)

    def survey(self, trail: Trail) -> Survey:
        """Look at every distribution and at the environment itself."""
        since = trail.beginning.on(self.target.prefix)
        return self._judge(self._inventory(trail, since), since)

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Throw it away where it is no environment, else the packages that the run has left broken."""
        if self.habits.puts_back is PutsBack.NOTHING:
            return
        since = trail.beginning.on(self.target.prefix)
        found = self._inventory(trail, since)
        made = self.target.made_by_command and made_since(self.target.prefix, since)
        own = next(iter(self.habits.own_faults(self.target)), None) if self._makes(since) else None
        is_reset = False
        for part in reset(self.target, since, self.environment, self._why(found, own, made=made)):
            yield part
            is_reset = True
        if is_reset or self.habits.puts_back is PutsBack.ENVIRONMENT:
            return
        gone = [each for each in found.broken() if each.name not in self._kept()]
        main = self.habits.main(self.target) if own is not None and not made else None
        gone += [each for each in found.distributions if each.name == main and each not in gone]

        def owes(each: Distribution) -> bool:
            return self.habits.puts_back is PutsBack.PACKAGES or each.name == main

        yield from remove_packages(found, gone, owes)
        if not gone:  # the new version is whole, and pip could not remove the old one
            old = (path for path in found.replaced() if is_fresh(path, since))
            yield from noted(remove_leftovers(old))
        if own is not None:
            yield from noted(remove_links(self.target, since))

    def _why(self, found: Inventory, own: Fault | None, *, made: bool) -> str | None:
        """What is wrong with the environment beyond its being none, that only a new one cures."""
        if own is not None and made and not self.habits.goes_on:
            return f"`{os.path.basename(own.path or '')}` {own.what}"
        broken = {each.name for each in found.broken()}
        whole = self.habits.puts_back is PutsBack.ENVIRONMENT
        if broken and (whole or (made and (self.habits.makes_anew or broken & self._kept()))):
            return "has packages that are half installed"
        return None

    def _kept(self) -> frozenset[ProjectName]:
        """The projects that are never taken away alone."""
        return self.habits.keeps | (BOOTSTRAP - self.habits.installs)

    def verify(self, trail: Trail) -> Survey:
        """Survey, after removing what nothing owns any more: old modules, what pip could not take away."""
        since = trail.beginning.on(self.target.prefix)
        found = self._inventory(trail, since)
        removed = [*remove_stale(found, trail.repaired)]
        if self.habits.puts_back is not PutsBack.NOTHING:
            mine = (path for path in found.replaced() if is_fresh(path, since))
            removed += [each.target for each in remove_leftovers(mine)]
        return self._judge(found, since, tuple(removed))

    def _makes(self, since: float) -> bool:
        return self.target.made_by_command and changed_since(self.target, since)

    def _inventory(self, trail: Trail, since: float) -> Inventory:
        return take_inventory(self.target, since, paths=trail.paths, installer=self.habits.installer_file)

    def _judge(self, found: Inventory, since: float, removed: tuple[str, ...] = ()) -> Survey:
        faults = [*self._faults(since)]
        warnings: list[Fault] = []
        for each in found.distributions:
            (faults if each.touched else warnings).extend(each.faults)
            warnings.extend(each.oddities)
        warnings += [
            Fault(project=None, path=leftover, what="left over")
            for leftover in found.leftovers
            if leftover not in removed
        ]
        # an environment that the command makes is examined itself, any other only by what is installed in it
        there = frozenset(each.name for each in found.distributions)
        missed = absent(self.target, self.habits.asked - there, self.environment)
        return Survey(
            examined=bool(faults or found.distributions or missed) or self.target.made_by_command,
            packages=len(found.distributions),
            files=sum(len(each.rows) for each in found.distributions),
            there=there,
            absent=missed,
            faults=tuple(faults),
            warnings=tuple(warnings[:MAX_WARNINGS]),
            removed=removed,
        )

    def _faults(self, since: float) -> Iterator[Fault]:
        prefix = self.target.prefix
        if not os.path.isdir(prefix):
            if self.target.made_by_command:
                yield Fault(project=None, path=prefix, what="missing")
            return
        if not self._makes(since) and self.target.kind is not TargetKind.PROJECT:
            return
        if self.target.made_by_command:
            why = broken(prefix, self.environment)
            if why is not None:
                yield Fault(project=None, path=prefix, what=why)
        yield from self.habits.own_faults(self.target)
