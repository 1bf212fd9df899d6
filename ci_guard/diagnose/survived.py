"""What a tool lived through: warnings, and what failed before a line that says that all is well."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol, TypeVar

from ci_guard.diagnose.patterns import may_occur, occurrences, searched, spans_lines
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.knowledge import Signature

_LONGEST_WARNING = 40  # lines
_LONGEST_STACK = 200  # lines
_OWN_MESSAGE = expression(r"(?:error|ERROR|fatal|FATAL): ")  # is no part of what it is indented under
_TRACEBACK = expression(r"Traceback \(most recent call last\):")
# what Python prints and goes on: of sys.unraisablehook, of atexit (3 and 2), of logging
_UNRAISABLE = expression(
    r"Exception ignored (?:in|on|while)\b|Error in (?:atexit\._run_exitfuncs|sys\.exitfunc):"
    r"|--- Logging error ---"
)
_WHATEVER_BEFORE = r"^[^\n]{0,"  # of words that warn though others begin the line
_CUT = "..."  # where somebody, or a log of limited length, leaves out the middle
_CHAINED = expression(r"(?:During handling of|The above exception was)\b")
_FRAME = expression(r"at [\w.$<>]+")
_LOGGED = expression(r"[\w.$]{3,120}(?:Exception|Error)\b(?:: |$)")  # uncaught, it says `Exception in thread`
_SIDE = expression(r"[^\n\u2502]{0,40}\u2502(?: |$)")  # of a drawn box
_TOP = expression(r"[^\n\u2502]{0,40}[\u2577\u256d]")  # of one
SHARED = "general"  # signatures of no tool: what they say well is well for all


class Place(Protocol):
    """A stretch of the text."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


Found = TypeVar("Found", bound=Place)


class Warnings:
    """Where a log warns of something that the tool lives through."""

    def __init__(self, reading: Reading, signatures: Sequence[Signature]) -> None:
        self._reading = reading
        present = [signature for signature in signatures if may_occur(signature, reading)]
        self._present = present
        self._first: dict[int, int | None] = {}  # by line: where its first warning begins
        self._spans = [
            match.span()
            for signature in present
            if spans_lines(signature)
            for match in occurrences(signature, reading)
        ]  # of warnings that tell in a later line that they are some

    def hold(self, cause: Place) -> bool:
        """Whether a warning begins before the cause in its line, or in one that this one is indented under.

        A signature that reads the warning itself, from its first word on, is meant to.
        """
        reading = self._reading
        if any(start < cause.start and cause.end <= end for start, end in self._spans):
            return True
        line = last = reading.index(max(cause.end - 1, cause.start))
        first = reading.index(cause.start)
        if is_unraisable(reading, last) or self._is_logged(first, cause):
            return True
        heads = {first, reading.head(first), reading.head(last), _heading(reading, first)}
        if any(self._begins(near, cause) for near in heads):
            return True
        for _ in range(_LONGEST_WARNING):
            if self._begins(line, cause):
                return True
            if _OWN_MESSAGE.match(reading.text, reading.starts[line]):
                return False
            above = line - 1
            while (
                above >= max(0, last - _LONGEST_WARNING) and reading.indents[above] >= reading.indents[line]
            ):
                above -= 1
            if above < max(0, last - _LONGEST_WARNING):
                return False
            line = above
        return False

    def _is_logged(self, line: int, cause: Place) -> bool:
        """Whether it is an exception of Java or .NET, with its call stack, below a warning of a logger."""
        reading = self._reading
        if not 0 < line < len(reading.starts) - 1:
            return False
        stacked = _FRAME.match(reading.text, reading.starts[line + 1])
        logged = _LOGGED.match(reading.text, reading.starts[line])
        return stacked is not None and logged is not None and self._begins(line - 1, cause)

    def _begins(self, line: int, cause: Place) -> bool:
        if line not in self._first:
            start, end = self._reading.extent(line)
            text = self._reading.text

            def first(pattern: re.Pattern[str]) -> tuple[re.Match[str], ...]:
                match = pattern.search(text, start, end)
                return (match,) if match else ()

            found = (
                match.start() - each.pattern.startswith(_WHATEVER_BEFORE)
                for each in self._present
                for match in searched(each, self._reading, first)
            )
            self._first[line] = min(found, default=None)
        at = self._first[line]
        return at is not None and at < cause.start


def _heading(reading: Reading, line: int) -> int:
    """The first line of the drawn box that holds a line: it tells the level of the others; else the line."""
    at = reading.numbers[line] - 1
    lowest = max(at - _LONGEST_WARNING, 0)
    while at > lowest and _SIDE.match(reading.originals[at]):
        at -= 1
    if not _TOP.match(reading.originals[at]):
        return line
    return min(bisect_right(reading.numbers, at + 1), line)


def is_unraisable(reading: Reading, line: int) -> bool:
    """Whether a line is of a call stack of Python's that its interpreter prints and goes on."""
    text, starts = reading.text, reading.starts
    for above in range(line - 1, max(line - _LONGEST_STACK, -1), -1):
        at = starts[above]
        if _UNRAISABLE.match(text, at):
            return True
        outside = not reading.indents[above] and not _TRACEBACK.match(text, at)
        outside = outside and not text.startswith(_CUT, at)
        if outside and not (_CHAINED.match(text, starts[above + 1]) or _CHAINED.match(text, at)):
            return False
    return False


def last_success(reading: Reading, signatures: Sequence[Signature]) -> int:
    """Where the last line ends that says that all is well; 0 if there is none."""
    return successes(reading, signatures).get(SHARED, 0)


def successes(reading: Reading, signatures: Sequence[Signature]) -> dict[str, int]:
    """Where the last line ends that says so, by who says it: a tool speaks for itself alone."""
    found: dict[str, int] = {}
    for each in signatures:
        if each.success and (ends := [match.end() for match in occurrences(each, reading)]):
            family = each.id.partition(".")[0]
            found[family] = max(found.get(family, 0), *ends)
    return found


def last_retry(reading: Reading, signatures: Sequence[Signature]) -> int:
    """Where the last line ends by which a tool says that it tries again by itself; 0 if there is none."""
    found = (
        reading.extent(reading.index(match.end() - 1))[1]
        for each in signatures
        if each.tries_again
        for match in occurrences(each, reading)
    )
    return max(found, default=0)


def breaks_off(reading: Reading, signatures: Sequence[Signature]) -> bool:
    """Whether the log ends where a tool is about to try again."""
    again = last_retry(reading, signatures)
    return again > 0 and not reading.text[again:].strip()


def not_survived(causes: Sequence[Found], well: int) -> list[Found]:
    """The causes that stand behind the last good news; all of them where something failed after it."""
    later = [cause for cause in causes if cause.start >= well]
    return list(causes) if later and well else later
