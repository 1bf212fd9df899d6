"""Several readings of one message made one: who decides what it means, and what the others lend."""

from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.model.category import Category

# what a wrapper calls a failure inside it, whatever that is
_SAYS_NOTHING = (None, Category.UNKNOWN, Category.BUILD_FAILURE, Category.NETWORK, Category.RESOLUTION)


def merged(chosen: Candidate, other: Candidate) -> Candidate:
    """Two readings of the same words: the one that knows the case decides, the other lends what it lacks."""
    knows, lends = (other, chosen) if decides(other, chosen) else (chosen, other)
    return replace(lent(knows, lends), start=chosen.start, end=chosen.end)


def lent(knows: Candidate, lends: Candidate) -> Candidate:
    """With the number, the file and the operation of another reading, where its own are not known.

    Who is told to hold the file decides what a lock is, whichever reading tells it.
    """
    whose = knows if knows.path is not None else lends
    told = knows.category is Category.ANTIVIRUS_LOCK and not knows.holders and bool(lends.holders)
    return replace(
        knows,
        category=lends.category if told else knows.category,
        code=knows.code or lends.code,
        path=whose.path,
        target=whose.target,
        operation=knows.operation or lends.operation,
        package=knows.package or lends.package,
        holders=knows.holders or lends.holders,
    )


def joined(causes: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """Without words that any program may use in a line of which a signature knows what it means."""
    kept: list[Candidate] = []
    for cause in causes:
        line = reading.index(max(cause.end - 1, cause.start))
        knowing = [
            other
            for other in causes
            if not other.signature.generic
            and not other.signature.symptom
            and other.signature.category not in _SAYS_NOTHING
            and reading.index(other.start) <= line <= reading.index(max(other.end - 1, other.start))
        ]
        if not (cause.signature.generic and knowing):
            kept.append(cause if cause.signature.generic else _with_generic(cause, causes, reading))
    return kept


def _with_generic(cause: Candidate, causes: Sequence[Candidate], reading: Reading) -> Candidate:
    line = reading.index(max(cause.end - 1, cause.start))
    for other in causes:
        if other.signature.generic and reading.index(other.start) == line:
            cause = lent(cause, other)
    return cause


def decides(other: Candidate, chosen: Candidate) -> bool:
    """Whether a signature with a meaning of its own overrules one that only reads a number."""
    return (
        other.signature.category not in _SAYS_NOTHING
        and not (other.signature.symptom or other.signature.generic)
        and chosen.signature.category is None
        and chosen.category is not Category.ANTIVIRUS_BLOCK
    )
