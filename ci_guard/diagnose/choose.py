"""Which of several causes is the cause.

The last one in the log mostly is: tools stop at what stops them. But an error that follows from an earlier
one is not the cause, so a consequence (`no solution found`, `build failed`) yields to a reason (`permission
denied`) that stands shortly before it, and both yield to what stops everything (a full disk, a verdict).
"""

from collections.abc import Sequence

from ci_guard.diagnose.causes import Cause
from ci_guard.model.category import Category

REACH = 8000  # characters that a consequence may stand behind its reason
ONE_MESSAGE = 150  # characters between the parts of one message
NEAR_PACKAGE = 3000  # characters around the cause in which packages are named

_RANKS = {
    Category.DISK_FULL: 3,
    Category.OUT_OF_MEMORY: 3,
    Category.ANTIVIRUS_BLOCK: 3,
    Category.ANTIVIRUS_LOCK: 2,
    Category.FILE_IN_USE: 2,
    Category.PERMISSION: 2,
    Category.PATH_TOO_LONG: 2,
    Category.INTEGRITY: 2,
    Category.NETWORK: 2,
    Category.AUTHENTICATION: 2,
    Category.UNKNOWN: 0,
}
_CONSEQUENCE = 1


def rank(cause: Cause) -> int:
    """0: says nothing; 1: mostly follows from something else; 2: a reason; 3: stops everything."""
    if cause.signature.one_more:
        return _RANKS[Category.ANTIVIRUS_LOCK]  # a vanished file: no verdict
    return _RANKS.get(cause.category, _CONSEQUENCE)


def choose(causes: Sequence[Cause]) -> Cause | None:
    """The cause, among causes in the order of the text that do not overlap."""
    chosen: Cause | None = None
    for cause in reversed(causes):
        if chosen is None or (rank(cause) > rank(chosen) and _within_reach(cause, chosen)):
            chosen = cause
    return chosen and _fullest(chosen, causes)


def _fullest(chosen: Cause, causes: Sequence[Cause]) -> Cause:
    """Where one message is read twice (its path here, the system's words behind), what says the most."""
    same = [
        cause
        for cause in causes
        if cause.category is chosen.category
        and cause.code == chosen.code
        and abs(chosen.start - cause.end) <= ONE_MESSAGE
    ]
    return max([chosen, *same], key=lambda cause: cause.weight)


def _within_reach(reason: Cause, chosen: Cause) -> bool:
    return rank(chosen) == 0 or chosen.start - reason.end <= REACH


def packages_beside(chosen: Cause, causes: Sequence[Cause]) -> tuple[str, ...]:
    """The packages named nearest to the cause: in the same message, else shortly before, else after it."""
    named = [cause for cause in causes if cause.package]
    same = [cause for cause in named if cause.start <= chosen.start and chosen.end <= cause.end]
    before = [cause for cause in named if 0 <= chosen.start - cause.start <= NEAR_PACKAGE]
    after = [cause for cause in named if 0 <= cause.start - chosen.end <= NEAR_PACKAGE]
    if same or before:
        nearest = (same or before)[-1]
    elif after:
        nearest = after[0]
    else:
        return ()
    return (nearest.package,) if nearest.package else ()
