"""What a run of the sweep came to, in the words of its table."""

from dataclasses import dataclass
from enum import StrEnum

from rig.compare import Difference


class Verdict(StrEnum):
    """How a disturbed installation ended."""

    ABSORBED = "attempt 1 did not fail, whole"
    HIDDEN = "attempt 1 did not fail, BROKEN"
    WHOLE = "green and whole"
    METADATA = "green, metadata broken"
    BROKEN = "green and BROKEN"
    RED = "red"
    SILENT = "red, and ci-guard said nothing"
    HUNG = "hung"


class Area(StrEnum):
    """Where a call is refused."""

    TARGET = "target"  # what is installed
    CACHE = "cache"


FORBIDDEN = frozenset({Verdict.METADATA, Verdict.BROKEN, Verdict.SILENT, Verdict.HUNG})  # for ci-guard


@dataclass(frozen=True, slots=True)
class Point:
    """The `number`-th call of one operation in one area, counted from 1: the one that is refused."""

    area: Area
    operation: str
    number: int

    def __str__(self) -> str:
        return f"{self.area}:{self.operation}:{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one point."""

    point: Point
    verdict: Verdict
    refused: str  # the path of the refused call
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
