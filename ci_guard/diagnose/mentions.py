"""Words of a failure that are only spoken of: in quoted source, in what a test expects, in an echoed command.

They are looked for around what looks like a cause, not in the whole log.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from ci_guard.diagnose.patterns import may_occur, searched, spans_lines
from ci_guard.diagnose.reading import Reading
from ci_guard.model.knowledge import Signature

_BEFORE, _AFTER = 4500, 1500  # characters around a cause in which such a pattern is looked for


class Mentions:
    """Where a log only speaks of failures."""

    def __init__(self, reading: Reading, signatures: Sequence[Signature]) -> None:
        self._reading = reading
        present = [each for each in signatures if each.mention and may_occur(each, reading)]
        self._spanning = [each for each in present if spans_lines(each)]
        self._within = [each for each in present if not spans_lines(each)]
        self._lines: dict[int, list[tuple[int, int]]] = {}

    def hold(self, start: int, end: int) -> bool:
        """Whether a match lies within such words: one that begins with them is meant to read them."""
        return any(low < start and end <= high for low, high in self._around(start))

    def hold_line(self, number: int) -> bool:
        """Whether the line with this number in the log begins with such words."""
        reading = self._reading
        start = reading.starts[bisect_left(reading.numbers, number)]
        return self.hold(start + 1, start + 1)

    def _around(self, offset: int) -> Iterable[tuple[int, int]]:
        line = self._reading.index(offset)
        if line not in self._lines:
            start, end = self._reading.extent(line)
            low = self._reading.starts[self._reading.index(max(start - _BEFORE, 0))]
            self._lines[line] = [
                *self._found(self._within, start, end),
                *self._found(self._spanning, low, min(end + _AFTER, len(self._reading.text))),
            ]
        return self._lines[line]

    def _found(self, signatures: Sequence[Signature], low: int, high: int) -> Iterable[tuple[int, int]]:
        def search(pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
            return pattern.finditer(self._reading.text, low, high)

        return [match.span() for each in signatures for match in searched(each, self._reading, search)]
