"""The rule that holds for every tool: a step ends green only with a whole result and all repairs made good.

Drives the families over everything that a command works on, and knows none of them.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from ci_guard.expression import expression
from ci_guard.model.history import Fault, Repair, Verification
from ci_guard.recover.family import Family, HasLocks, Installation, Owed, RepairOutcome, Step, Survey, Trail
from ci_guard.recover.installer_lock import taken

MAX_WARNINGS = 20
_PUNCTUATION = expression(r"[-_.]+")


def find_installations(
    steps: Iterable[Step], trail: Trail, family_of: Callable[[Step], Family]
) -> tuple[Installation, ...]:
    """What the steps work on, each folder once: the first family that names it has it."""
    found: dict[str, Installation] = {}
    for step in steps:
        for each in family_of(step).find_installations(step, trail):
            found.setdefault(os.path.normcase(os.path.realpath(each.folder)), each)
    return tuple(found.values())


def repair(installations: Iterable[Installation], trail: Trail) -> RepairOutcome:
    """Repair everything; a refusal ends it, since no further attempt may run then."""
    repairs: list[Repair] = []
    owed: list[Owed] = []
    busy: list[str] = []
    refusal = None
    for each in installations:
        with _alone(each) as held:
            if held is not None:
                busy.append(held)
                continue
            repaired = each.repair(trail)
        repairs += repaired.repairs
        owed += repaired.owed
        refusal = repaired.refusal
        if refusal is not None:
            break
    return RepairOutcome(repairs=tuple(repairs), owed=tuple(owed), refusal=refusal, busy=tuple(busy))


@contextmanager
def _alone(installation: Installation) -> Iterator[str | None]:
    """Inside, no other process of the tool works there; gives the lock that somebody does not let go of."""
    with taken(installation.locks if isinstance(installation, HasLocks) else (), installation.folder) as held:
        yield held


def _verified(installation: Installation, trail: Trail) -> Survey:
    """A verification tidies up, so it is made alone; where somebody else is at work it only looks."""
    with _alone(installation) as held:
        return installation.verify(trail) if held is None else installation.survey(trail)


def verify(
    installations: Sequence[Installation], trail: Trail, owed: Iterable[Owed], command: str
) -> Verification:
    """Examine everything after an attempt that passed. `command`: what ran, as users call it."""
    started = time.monotonic()
    surveys = [_verified(each, trail) for each in installations]
    faults = [fault for found in surveys for fault in found.faults]
    faults += _missing(owed, surveys)
    faults += _absent(surveys)
    faults += _elsewhere(trail, installations, surveys)
    examined = bool(faults) or any(found.examined for found in surveys)
    warnings = [fault for found in surveys for fault in found.warnings]
    return Verification(
        whole=not faults if examined else None,
        reason=None if examined else f"ci-guard cannot examine what `{command}` installed",
        environments=tuple(
            each.folder for each, found in zip(installations, surveys, strict=True) if found.examined
        ),
        packages=sum(found.packages for found in surveys),
        files=sum(found.files for found in surveys),
        faults=tuple(dict.fromkeys(faults)),
        warnings=tuple(warnings[:MAX_WARNINGS]),
        removed=tuple(path for found in surveys for path in found.removed),
        duration=time.monotonic() - started,
    )


def _missing(owed: Iterable[Owed], surveys: Sequence[Survey]) -> Iterator[Fault]:
    """What a repair took away and the command has not put back."""
    there = {_compared(name) for found in surveys for name in found.there}
    for each in owed:
        if each.project is not None:
            if _compared(each.project) not in there:
                yield Fault(project=each.project, path=None, what="not installed again after a repair")
        elif not os.path.lexists(each.path):
            yield Fault(project=None, path=each.path, what="not made again after a repair")


def _absent(surveys: Sequence[Survey]) -> Iterator[Fault]:
    """Packages that the command names and that are in none of the places that it installs into."""
    there = {_compared(name) for found in surveys for name in found.there}
    for name in sorted({_compared(name) for found in surveys for name in found.absent} - there):
        yield Fault(project=name, path=None, what="not installed")


def _elsewhere(
    trail: Trail, installations: Sequence[Installation], surveys: Sequence[Survey]
) -> Iterator[Fault]:
    """Packages that a failed attempt was installing, where the run has changed nothing that was looked at.

    Only there: what a failure names may as well be needed for a build only, and be gone for good reasons.
    """
    if not surveys or any(_changed(each, trail) for each in installations):
        return
    there = {_compared(name) for found in surveys for name in found.there}
    for name in dict.fromkeys(map(_compared, trail.packages)):
        if name not in there:
            yield Fault(project=name, path=None, what="not installed")


def _changed(installation: Installation, trail: Trail) -> bool:
    return any(trail.touched(folder) for folder in (installation.folder, *installation.folders))


def _compared(name: str) -> str:
    """A package's name in a form in which any two tools' spellings are equal."""
    return _PUNCTUATION.sub("-", name).lower()
