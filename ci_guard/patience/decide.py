"""Whether to hold the command still: a pure function of values, whose behaviour is one table in its test."""

from enum import Enum

from ci_guard.dataclass import dataclass
from ci_guard.model.patience import Limits

# a step ends with this moment in motion: for the tool's next try, its servers, and what a scanner asks of it
MOTION = 0.1  # seconds


class Move(Enum):
    """What happens next to a command."""

    RUN = "run"  # it runs, and goes on running
    HOLD = "hold"  # it runs, and is to be held still
    KEEP = "keep"  # it is held still, and stays so
    BREATHE = "breathe"  # it is held still, and gets its moment in motion
    GO_ON = "go on"  # it is held still, and the file has come free
    GIVE_UP = "give up"  # it runs on, and is never again held still for this file


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is seen of one file now. Times are seconds."""

    held: bool
    own: bool = False  # held by processes of the command itself, and by nobody else
    held_for: float = 0.0  # how long, since the command last began to move
    still_for: float | None = None  # how long the command has stood still for it; None: it moves


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was done for this file before."""

    still: float = 0.0  # seconds in all, without the present step
    given_up: bool = False

    @property
    def begun(self) -> bool:
        """Whether the command has stood still for it already."""
        return self.still > 0


def decide_hold(seen: Observation, past: Past, limits: Limits) -> Move:
    """What to do about one file."""
    if seen.still_for is not None:
        return _while_still(seen, past, limits)
    if not seen.held or past.given_up:
        return Move.RUN
    if seen.held_for < (MOTION if past.begun else limits.after):
        return Move.RUN
    if seen.own or past.still >= limits.limit:
        return Move.GIVE_UP
    return Move.HOLD


def _while_still(seen: Observation, past: Past, limits: Limits) -> Move:
    assert seen.still_for is not None
    if not seen.held:
        return Move.GO_ON
    if past.still + seen.still_for >= limits.limit:
        return Move.GIVE_UP
    return Move.BREATHE if seen.still_for >= limits.still else Move.KEEP
