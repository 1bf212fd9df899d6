"""The rule that holds for every tool: a step ends green only with a whole result and all repairs made good.

Drives the families over everything that a command works on, and knows none of them. What goes wrong with one
installation is noted (`Stumbles`) and leaves the others as they are; without it nothing is called whole.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression
from ci_guard.model.history import Fault, Verification
from ci_guard.recover.family import Family, HasLocks, Installation, Owed, RepairOutcome, Step, Survey, Trail
from ci_guard.recover.installer_lock import taken
from ci_guard.recover.stumbles import Stumble, Stumbles

MAX_WARNINGS = 20
VERSIONED = (".dist-info", ".egg-info")  # how the name of a folder ends that has the version in it
_PUNCTUATION = expression(r"[-_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One installation that was looked at."""

    folder: str
    survey: Survey
    changed: bool  # by the run


def find_installations(
    steps: Iterable[Step], trail: Trail, family_of: Callable[[Step], Family], stumbles: Stumbles
) -> tuple[Installation, ...]:
    """What the steps work on, each folder once: the first family that names it has it."""
    found: dict[str, Installation] = {}
    for step in steps:
        with stumbles.noted(step.directory):
            for each in family_of(step).find_installations(step, trail):
                found.setdefault(os.path.normcase(os.path.realpath(each.folder)), each)
    return tuple(found.values())


def repair(installations: Iterable[Installation], trail: Trail, stumbles: Stumbles) -> RepairOutcome:
    """Repair everything; a refusal ends it, since no further attempt may run then."""
    done: list[RepairOutcome] = []
    for each in installations:
        with stumbles.noted(each.folder):
            # one by one: what was done before something goes wrong counts
            for part in _repaired(each, trail):
                done.append(part)  # noqa: PERF402
        if done and done[-1].refusal is not None:
            break
    return RepairOutcome.joined(done)


def _repaired(installation: Installation, trail: Trail) -> Iterator[RepairOutcome]:
    with _alone(installation) as held:
        if held is not None:
            yield RepairOutcome(busy=(held,))
        else:
            yield from installation.repair(trail)


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
    installations: Sequence[Installation],
    trail: Trail,
    owed: Iterable[Owed],
    command: str,
    stumbles: Stumbles,
) -> Verification:
    """Examine everything after an attempt that passed. `command`: what ran, as users call it.

    `stumbles`: also those in finding the installations.
    """
    started = time.monotonic()
    seen: list[_Seen] = []
    for each in installations:
        with stumbles.noted(each.folder):
            seen.append(_look(each, trail))
    surveys = [each.survey for each in seen]
    faults = [fault for found in surveys for fault in found.faults]
    faults += _missing(owed, surveys, all_seen=not stumbles.all)
    if not stumbles.all:  # else it may be where nobody could look
        faults += _absent(surveys)
        faults += _elsewhere(trail, seen)
    examined = any(found.examined for found in surveys)
    warnings = [_unseen(stumble) for stumble in stumbles.all]
    warnings += [fault for found in surveys for fault in found.warnings]
    reason = None if faults else _why_unknown(stumbles, command, examined=examined)
    return Verification(
        whole=not faults if reason is None else None,
        reason=reason,
        environments=tuple(each.folder for each in seen if each.survey.examined),
        packages=sum(found.packages for found in surveys),
        files=sum(found.files for found in surveys),
        faults=tuple(dict.fromkeys(faults)),
        warnings=tuple(warnings[:MAX_WARNINGS]),
        removed=tuple(path for found in surveys for path in found.removed),
        duration=time.monotonic() - started,
    )


def _look(installation: Installation, trail: Trail) -> _Seen:
    survey = _verified(installation, trail)
    return _Seen(folder=installation.folder, survey=survey, changed=_changed(installation, trail))


def _why_unknown(stumbles: Stumbles, command: str, *, examined: bool) -> str | None:
    """Why the result, in which no fault was found, is not called whole; None: it is."""
    if stumbles.all:
        rest = "; all else is whole" if examined else ""
        return f"ci-guard could not examine {stumbles.tell()}{rest}"
    return None if examined else f"ci-guard cannot examine what `{command}` installed"


def _unseen(stumble: Stumble) -> Fault:
    what = f"could not be examined: {type(stumble.error).__name__}"
    return Fault(project=None, path=stumble.place, what=what)


def _missing(owed: Iterable[Owed], surveys: Sequence[Survey], *, all_seen: bool) -> Iterator[Fault]:
    """What a repair took away and the command has not put back.

    A package that may be where nobody could look has to lie where it was, by its name at least.
    """
    there = {_compared(name) for found in surveys for name in found.there}
    for each in owed:
        if each.project is not None:
            is_back = _compared(each.project) in there or (not all_seen and _lies_there(each))
            if not is_back:
                yield Fault(project=each.project, path=None, what="not installed again after a repair")
        elif not os.path.lexists(each.path):
            yield Fault(project=None, path=each.path, what="not made again after a repair")


def _lies_there(owed: Owed) -> bool:
    """Whether the package's folder is there again, or another version's (`riga-2.0.dist-info`)."""
    if os.path.lexists(owed.path):
        return True
    try:
        names = os.listdir(os.path.dirname(owed.path))
    except OSError:
        return False
    project = _compared(owed.project or "")
    return any(_compared(name.partition("-")[0]) == project for name in names if name.endswith(VERSIONED))


def _absent(surveys: Sequence[Survey]) -> Iterator[Fault]:
    """Packages that the command names and that are in none of the places that it installs into."""
    there = {_compared(name) for found in surveys for name in found.there}
    for name in sorted({_compared(name) for found in surveys for name in found.absent} - there):
        yield Fault(project=name, path=None, what="not installed")


def _elsewhere(trail: Trail, seen: Sequence[_Seen]) -> Iterator[Fault]:
    """Packages that a failed attempt was installing, where the run has changed nothing that was looked at.

    Only there: what a failure names may as well be needed for a build only, and be gone for good reasons.
    """
    if not seen or any(each.changed for each in seen):
        return
    there = {_compared(name) for each in seen for name in each.survey.there}
    for name in dict.fromkeys(map(_compared, trail.packages)):
        if name not in there:
            yield Fault(project=name, path=None, what="not installed")


def _changed(installation: Installation, trail: Trail) -> bool:
    return any(trail.touched(folder) for folder in (installation.folder, *installation.folders))


def _compared(name: str) -> str:
    """A package's name in a form in which any two tools' spellings are equal."""
    return _PUNCTUATION.sub("-", name).lower()
