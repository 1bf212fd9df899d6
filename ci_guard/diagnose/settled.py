"""Refusals that did not matter: the tool was done after them, or what failed then fails without them."""

from collections.abc import Sequence

from ci_guard.diagnose.candidate import REMOVALS, Candidate
from ci_guard.diagnose.paths import is_temporary
from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.survived import SHARED, successes
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.knowledge import Signature

_REMOVALS = REMOVALS | {"unlinkat", "removeall"}
_REFUSALS = frozenset({Category.ANTIVIRUS_LOCK, Category.FILE_IN_USE, Category.PERMISSION})
_STOPS = frozenset(  # the work, so that what was begun is taken back
    {Category.NETWORK, Category.INTEGRITY, Category.AUTHENTICATION}
    | {Category.DISK_FULL, Category.OUT_OF_MEMORY, Category.TIMEOUT}
)
_TAKES_BACK = expression(
    r"\b(?:[Rr]oll(?:ing|ed)?[ -]?[Bb]ack|[Cc]lean(?:ing|ed)?[ -]?[Uu]p|[Pp]artial(?:ly)? download\w{0,3})\b"
)
_NOT_DOWNLOADED = expression(
    r"\b[Dd]ownload(?:ing)?\b[^\n]{0,120} failed\b"
    r"|\b(?:[Ff]ailed to|[Cc]ould not|[Uu]nable to) (?:download|fetch)\b"
    r"|\b(?:[Cc]onnection|[Rr]equest|[Rr]ead) (?:timed out|(?:was )?(?:reset|refused|aborted|closed by))\b"
)
_NEAR = 2000  # characters before what is taken back


def not_settled(
    causes: Sequence[Candidate], reading: Reading, signatures: Sequence[Signature]
) -> list[Candidate]:
    """Without what a tool says before its own word that it is done: not what it may leave undone even so."""
    done = {who: end for who, end in successes(reading, signatures).items() if who != SHARED}
    settled = {
        reading.index(cause.start)
        for cause in causes
        if cause.start < done.get(cause.signature.id.partition(".")[0], 0) and not cause.signature.symptom
    }
    left = {reading.index(cause.start) for cause in causes if cause.signature.on_success}
    return [cause for cause in causes if reading.index(cause.start) not in settled - left]


def not_before_an_own_error(causes: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """Without refusals before an error in what was to be built, which another try would show again.

    And without those of what tidies up its temporary files after it.
    """
    own = [cause.start for cause in causes if cause.signature.primary]
    if not own:
        return list(causes)
    tidied = {reading.index(cause.start) for cause in causes if _tidies(cause) and cause.start > own[0]}
    return [
        cause
        for cause in causes
        if cause.category not in _REFUSALS
        or (cause.end > own[-1] and reading.index(cause.start) not in tidied)
    ]


def not_taken_back(causes: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """Without refusals of what takes back or tidies up after a failure that it follows from."""
    return [
        cause
        for cause in causes
        if cause.category not in _REFUSALS
        or not _TAKES_BACK.search(reading.text, _line_above(cause, reading), cause.end)
        or not _failed_before(cause, causes, reading)
    ]


def _line_above(cause: Candidate, reading: Reading) -> int:
    """Where the line above begins: the word may stand there."""
    return reading.extent(max(reading.index(cause.start) - 1, 0))[0]


def _failed_before(cause: Candidate, causes: Sequence[Candidate], reading: Reading) -> bool:
    low = max(cause.start - _NEAR, 0)
    return any(
        other.category in _STOPS and low <= other.start and other.end <= cause.start for other in causes
    ) or bool(_NOT_DOWNLOADED.search(reading.text, low, cause.start))


def _tidies(cause: Candidate) -> bool:
    return cause.operation in _REMOVALS and is_temporary(cause.path or "")
