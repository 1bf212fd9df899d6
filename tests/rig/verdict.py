"""What a run of the sweep came to, in the words of its table."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from rig.compare import Difference


class Verdict(StrEnum):
    """How a disturbed installation ended."""

    ABSORBED = "attempt 1 did not fail, whole"
    HIDDEN = "attempt 1 did not fail, BROKEN"
    UNSEEN = "attempt 1 did not fail, BROKEN, even with `verify: always`"
    WHOLE = "green and whole"
    METADATA = "green, metadata broken"
    BROKEN = "green and BROKEN"
    RED = "red"
    WORSE = "red, where a retry is whole"
    HARMED = "red, and worse than a retry leaves it"
    SILENT = "red, and ci-guard said nothing"
    HUNG = "hung"


class Area(StrEnum):
    """Where a call is refused."""

    TARGET = "target"  # what is installed
    CACHE = "cache"


class Hold(StrEnum):
    """How long the file is refused."""

    ONCE = "once"
    TWICE = "twice"  # in the first two attempts
    SECONDS = "3s"


# for ci-guard
FORBIDDEN = frozenset(
    {
        Verdict.UNSEEN,
        Verdict.METADATA,
        Verdict.BROKEN,
        Verdict.WORSE,
        Verdict.HARMED,
        Verdict.SILENT,
        Verdict.HUNG,
    }
)


@dataclass(frozen=True, slots=True)
class Point:
    """The `number`-th call of one operation in one area, counted from 1: its file is refused."""

    area: Area
    operation: str
    number: int
    hold: Hold = Hold.ONCE

    def __str__(self) -> str:
        return f"{self.area}:{self.operation}:{self.number}:{self.hold}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one point."""

    point: Point
    verdict: Verdict
    refused: str  # the path of the refused call
    difference: Difference = field(default_factory=Difference)  # from what an undisturbed run leaves
    detail: str = ""


def of_result(status: int | None, difference: Difference, *, speaks: bool, base_touched: bool) -> Verdict:
    """The verdict on an installation that ended with this status (None: it did not end)."""
    if status is None:
        return Verdict.HUNG
    if status:
        return Verdict.RED
    if difference.code or not speaks or base_touched:
        return Verdict.BROKEN
    return Verdict.METADATA if difference.metadata else Verdict.WHOLE


def beside(guarded: Finding, plain: Finding) -> Finding:
    """A red end in the light of what trying again, and nothing else, comes to at the same point."""
    if guarded.verdict is not Verdict.RED:
        return guarded
    if plain.verdict in (Verdict.WHOLE, Verdict.ABSORBED):
        return replace(guarded, verdict=Verdict.WORSE)
    lost = {*guarded.difference.missing, *guarded.difference.changed}
    lost -= {*plain.difference.missing, *plain.difference.changed}
    return (
        replace(guarded, verdict=Verdict.HARMED, detail=f"lost: {sorted(lost)}\n{guarded.detail}")
        if lost
        else guarded
    )
