"""What the samples of a probe say: how long, for what, whether a retry or patience helps, and the policy."""

import math
from collections.abc import Sequence
from enum import StrEnum

from ci_guard.dataclass import dataclass
from ci_guard.machine.fresh_files import Sample

NOTICEABLE = 0.25  # seconds; below, a tool's own retries do
MARGIN = 2.0  # the tail that was measured is not the longest that there is
STEP = 10  # seconds; a limit is a multiple of it
LEAST_LIMIT, MOST_LIMIT = 30, 600  # seconds
PARTLY = 0.25  # of the longest refusal elsewhere
REMEMBERED = 0.25  # of the time that fresh content was held: the same content again is held no longer


class Memory(StrEnum):
    """How the scanner deals with content that it has met before."""

    NOTHING_HELD = "nothing was held, so no scanner gets in the way here"
    REMEMBERS = (
        "the scanner remembers content; it lets the same file through the next time, so trying again helps"
    )
    HOLDS_ALL = (
        "the scanner holds every fresh file, whatever its content; trying again does not help, patience does"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long files were refused, in seconds, for one operation in one place."""

    place: str
    operation: str
    count: int
    refused: int
    median: float
    maximum: float
    stuck: int  # still refused when the probe gave up
    holders: tuple[str, ...]


class Exclusion(StrEnum):
    """What the measured times say about a folder that is said to be excluded."""

    NOTHING_TO_COMPARE = "cannot be judged: nothing was held elsewhere either"
    WORKS = "works: nothing is held there"
    WORKS_PARTLY = "works in part: files are held there, but for much less time"
    DOES_NOT_WORK = (
        "does not work: files are held there as elsewhere; check its path, and which product it was made in"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A folder that is said to be excluded beside the others; the longest refusals in seconds."""

    folder: str
    verdict: Exclusion
    there: float
    elsewhere: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Values for the policy."""

    patience: int  # seconds
    why: str


def spread(samples: Sequence[Sample]) -> list[Spread]:
    """The distribution by place and operation, in the order of the probe."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for one in samples:
        groups.setdefault((one.place, one.operation), []).append(one)
    return [
        Spread(
            place=place,
            operation=operation,
            count=len(found),
            refused=sum(one.refused > 0 for one in found),
            median=_median([one.refused for one in found]),
            maximum=max(one.refused for one in found),
            stuck=sum(not one.freed for one in found),
            holders=tuple(dict.fromkeys(holder for one in found for holder in one.holders)),
        )
        for (place, operation), found in groups.items()
    ]


def memory(samples: Sequence[Sample]) -> Memory:
    """Whether content that was met before is held as fresh content is."""
    fresh = [one.refused for one in samples if not one.seen]
    seen = [one.refused for one in samples if one.seen]
    if max((*fresh, *seen), default=0.0) < NOTICEABLE:
        return Memory.NOTHING_HELD
    return Memory.REMEMBERS if sum(seen) <= REMEMBERED * sum(fresh) else Memory.HOLDS_ALL


def split(samples: Sequence[Sample], excluded: str | None) -> tuple[list[Sample], list[Sample]]:
    """Those of the folder that is said to be excluded, and all others."""
    there = [one for one in samples if one.place == excluded]
    return there, [one for one in samples if one.place != excluded]


def compare(samples: Sequence[Sample], excluded: str) -> Comparison:
    """Whether the scanner leaves the folder alone, as far as the same files elsewhere can tell."""
    there, elsewhere = split(samples, excluded)
    held, usual = _longest(there), _longest(elsewhere)
    if not there or usual < NOTICEABLE:
        verdict = Exclusion.NOTHING_TO_COMPARE
    elif held < NOTICEABLE:
        verdict = Exclusion.WORKS
    elif held <= PARTLY * usual:
        verdict = Exclusion.WORKS_PARTLY
    else:
        verdict = Exclusion.DOES_NOT_WORK
    return Comparison(folder=excluded, verdict=verdict, there=held, elsewhere=usual)


def _longest(samples: Sequence[Sample]) -> float:
    return max((one.refused for one in samples), default=0.0)


def propose(samples: Sequence[Sample]) -> Proposal | None:
    """The patience that the measured tail asks for; None where nothing was held."""
    longest = max((one.refused for one in samples), default=0.0)
    if longest < NOTICEABLE:
        return None
    limit = math.ceil(longest * MARGIN / STEP) * STEP
    return Proposal(
        patience=min(MOST_LIMIT, max(LEAST_LIMIT, limit)),
        why=f"the longest refusal that `ci-guard doctor --probe` measured was {longest:.1f} s",
    )


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]
