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
    known = {line for cause in causes if _knows(cause) for line in _lines(cause, reading)}
    generic: dict[int, list[Candidate]] = {}
    for cause in causes:
        if cause.signature.generic:
            generic.setdefault(reading.index(cause.start), []).append(cause)
    kept: list[Candidate] = []
    for cause in causes:
        line = _lines(cause, reading)[-1]
        if not cause.signature.generic:
            for other in generic.get(line, ()):
                cause = lent(cause, other)  # noqa: PLW2901 - it becomes what it has been lent
        elif line in known:
            continue
        kept.append(cause)
    return kept


def _knows(cause: Candidate) -> bool:
    signature = cause.signature
    return not signature.generic and not signature.symptom and signature.category not in _SAYS_NOTHING


def _lines(cause: Candidate, reading: Reading) -> range:
    return range(reading.index(cause.start), reading.index(max(cause.end - 1, cause.start)) + 1)


def decides(other: Candidate, chosen: Candidate) -> bool:
    """Whether a signature with a meaning of its own overrules one that only reads a number."""
    return (
        other.signature.category not in _SAYS_NOTHING
        and not (other.signature.symptom or other.signature.generic)
        and chosen.signature.category is None
        and chosen.category is not Category.ANTIVIRUS_BLOCK
    )
