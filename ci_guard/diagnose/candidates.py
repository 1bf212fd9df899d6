"""Finds what a log offers as causes: places where a signature matches, with code, path and operation."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate, Lookup
from ci_guard.diagnose.codes import system_of
from ci_guard.diagnose.mentions import Mentions
from ci_guard.diagnose.merge import merged
from ci_guard.diagnose.patterns import occurrences
from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.survived import Warnings
from ci_guard.diagnose.understand import understand
from ci_guard.model.category import Category
from ci_guard.model.knowledge import Signature

_SAMPLE = 4000  # characters at either end of the log, where nothing near the match tells its system
_MOST_EXCERPT = 500  # characters


def find_candidates(reading: Reading, signatures: Sequence[Signature], lookup: Lookup) -> list[Candidate]:
    """All matches, in the order of the text; `nonfatal` are those in warnings of a tool."""
    whole = system_of(reading.text[:_SAMPLE] + reading.text[-_SAMPLE:], lookup.system)
    marks = [signature for signature in signatures if signature.nonfatal]
    warnings = Warnings(reading, [mark for mark in marks if mark.category is Category.UNKNOWN])
    quoted = Warnings(reading, [mark for mark in marks if mark.category is not Category.UNKNOWN])
    mentions = Mentions(reading, signatures)
    found: list[Candidate] = []
    for signature in signatures:
        if signature.nonfatal or signature.mention or signature.success or signature.tries_again:
            continue
        for match in occurrences(signature, reading):
            if mentions.hold(*match.span()):
                continue
            cause = understand(signature, match, reading, lookup, whole)
            if cause is not None and not quoted.hold(cause):
                found.append(replace(cause, nonfatal=True) if warnings.hold(cause) else cause)
    return sorted(found, key=lambda cause: (cause.start, cause.end))


def without_overlaps(causes: Iterable[Candidate]) -> list[Candidate]:
    """Of causes that read the same text, the one that says the most, with what the others know besides.

    In the order of the text.
    """
    taken: list[Candidate] = []
    starts: list[int] = []
    for cause in sorted(causes, key=lambda cause: cause.weight, reverse=True):
        at = bisect_right(starts, cause.start)
        if at and taken[at - 1].end > cause.start:
            taken[at - 1] = merged(taken[at - 1], cause)
        elif at < len(taken) and starts[at] < cause.end:
            taken[at] = merged(taken[at], cause)
        else:
            taken.insert(at, cause)
            starts.insert(at, cause.start)
    return taken


def excerpt(reading: Reading, cause: Candidate) -> tuple[int, str]:
    """The line of the original log that carries the cause, and its text."""
    at = max(cause.end - 1, cause.start)
    return reading.number(at), reading.original(at).strip()[:_MOST_EXCERPT]
