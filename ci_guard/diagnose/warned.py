"""What only warnings tell of a failure, and what a tool admits in passing."""

from collections.abc import Sequence

from ci_guard.diagnose.blamed import BLAMES
from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.candidates import without_overlaps
from ci_guard.diagnose.last_words import says_error
from ci_guard.diagnose.merge import joined
from ci_guard.diagnose.rank import SYMPTOM, rank, select_candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.category import Category

_DONE = expression(r"\s*(?:All )?(?:[Dd]one|[Ff]inished|[Cc]ompleted?)[.!]?\s*")
_WHATEVER_ELSE = frozenset({Category.DISK_FULL, Category.OUT_OF_MEMORY, Category.ANTIVIRUS_BLOCK})
_STOPS = _WHATEVER_ELSE | {Category.AUTHENTICATION}
_REFUSED = frozenset({Category.ANTIVIRUS_LOCK, Category.PERMISSION, Category.FILE_IN_USE})
_FOLLOWS = (Category.RESOLUTION, Category.AUTHENTICATION)  # who is not let in sees no such package


def warned(
    reading: Reading, found: Sequence[Candidate], chosen: Candidate | None, *, failed: bool
) -> Candidate | None:
    """A warning is the cause where nothing else explains a failure.

    Where the log only breaks off, it says what was wrong, not that it is still so: no lock.
    """
    if chosen is not None and rank(chosen) > SYMPTOM and chosen.category is not Category.RESOLUTION:
        return chosen
    warnings = [cause for cause in found if cause.nonfatal and not only_names(cause)]
    warning = select_candidate(joined(without_overlaps(warnings), reading))
    if warning is None or rank(warning) <= SYMPTOM or (warning.category in _REFUSED and not failed):
        return chosen
    certain = warning.category in _WHATEVER_ELSE or warning.signature.id in BLAMES
    follows = chosen is not None and (chosen.category, warning.category) == _FOLLOWS
    return warning if chosen is None or certain or follows else chosen


def ends_so(reading: Reading, found: Sequence[Candidate]) -> bool:
    """Whether the log breaks off in a warning of what lets nothing go on, such as a full disk."""
    if not reading.starts:
        return False
    last = reading.starts[-1]
    return any(cause.nonfatal and cause.end > last and cause.category in _STOPS for cause in found)


def lived_through(causes: Sequence[Candidate], reading: Reading) -> bool:
    """Whether all that is wrong is what a tool admits in passing, and its last word is that it is done."""
    said = [cause for cause in causes if not only_names(cause)]
    admitted = bool(said) and all(cause.signature.on_success for cause in said)
    last = next((line for line in reversed(reading.originals) if line.strip()), "")
    return admitted and _DONE.fullmatch(last) is not None and not says_error(reading)


def only_names(cause: Candidate) -> bool:
    """A signature of the category `unknown` only tells which package it is about, or who holds the file."""
    return cause.signature.category is Category.UNKNOWN and not cause.holders
