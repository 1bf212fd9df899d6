"""A log made ready for matching: colours, progress, prefixes of CI servers and drawn trees are off.

Blank lines are dropped and every line keeps its number, so that a place in the text leads back to the
original line. Wrapped lines stay apart: a space in a pattern also matches a line break (`patterns`).
Where a terminal cut words in two, `tight` reads the full lines as one.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

from ci_guard.dataclass import dataclass, field, replace
from ci_guard.diagnose.error_record import PLUS, joined, sentences
from ci_guard.diagnose.mojibake import Mangled, mistakes_in, put_right
from ci_guard.expression import expression

# U+2190 stands for the escape character in logs that went through a Windows console
_CONTROL = expression(
    r"(?:\x1b|\u2190(?=\[[0-9;]*[mK]))"
    r"(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)|[@-Z\\^_])"
)
_PREFIX = expression(
    r"""\ufeff?(?:
        \[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?
        (?:[ ]\d\d[OE][+ ]?)?(?=\s)                     # GitHub, GitLab, Azure, Jenkins' time stamps
      | \d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?=\s)[ ]?        # Jenkins' time stamps, short
      | \[\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\](?:[FEi]?:)?(?=\s|$|\[)  # TeamCity
      | (?:build|error|simple|command)\t\d\d-[A-Z][a-z]{2}-\d{4}[ ]\d\d:\d\d:\d\d\t?  # Bamboo
      | \#\d{1,4}(?:[ ]\d{1,6}\.\d{1,3})?(?=\s)          # BuildKit
      | \d{1,6}\.\d{2,3}(?=\s|$)                         # docker build, shortened
      | \#\#\[error\]                                   # GitHub, Azure
      | \[(?:ERROR|error)\](?=\s|$)                      # Maven, sbt
      | [ ]?\d{1,2}:\d\d\.\d\d(?=\s)                        # mach
      | \[(?!warn|success\])[a-z][^\]\n]{0,60}\](?=\s)  # Jenkins: a parallel branch
      | \[(?!Err|Win|Warn|Debug|Trace|\w{1,60}(?:Exception|Error)\])[A-Z][a-z][^\]\n]{0,60}\](?=\s)
      | [a-z][\w.]{0,40}-\d{1,3}[ ]{1,20}\|(?=\s)         # docker compose
      | >(?=\s)
    )[ ]?""",
    re.VERBOSE,
)
_TREE = expression(
    r"(?:[\u2502\u2503\s]|\|(?!->))*(?:[\u251c\u2570\u2514\u256d\u250c][\u2500\u2501]*[\u25b6\u25ba>]?|\|->|`->|\u00d7|x(?=\s+[A-Z]))?\s*"
)
_USUAL_WIDTHS = frozenset(width - cut for width in (80, 100, 120, 132, 160, 200) for cut in (0, 1))
_WIDE = expression(
    r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]"
)
_CODE = expression(r"\(os error -?\d{1,10}\)|\[(?:WinError|Errno|Error) \d{1,5}\]|\b0x[0-9A-Fa-f]{8}\b")
_LONGEST_CODE = 24  # characters
_ERROR = expression(  # how lines begin that begin a message
    r"\[?(?:ERROR|Error|error|FATAL|Fatal|fatal)\b|[\w.]{0,80}(?:Error|Exception)\b|Caused by\b"
    r"|\w{2,12} ERR!|npm error\b"
    r"|ERR_[A-Z]|E[A-Z]{3,12}\b|➤ YN\d|go: |[A-Z][\w.]{0,20} : (?:fatal )?error\b"
    r"|[^\n:]{1,300}(?:\(\d+(?:,\d+)*\)|:\d+(?::\d+)?) ?: (?:fatal )?error\b"
)
_MESSAGE = expression(rf"(?:WARN(?:ING)?|[Ww]arning)\b|{_ERROR.pattern}")
_HEADS = frozenset("\u00d7x")
_PREFIXES = 4  # at the most, one inside the other
_WIDTHS = range(60, 251)  # columns of terminals that cut lines; none is longer than the terminal then
_LONGEST_MESSAGE = 60  # lines that a terminal made of one
_GRAM = 3  # characters
_FEW_GRAMS = 3000  # the words of a text that has no more are searched as fast as its grams are asked
_BESIDE = 8  # lines around a cut one that are read with it
_DRAWN = frozenset("\u2502\u2503|\u251c\u2570\u2514\u256d\u250c`\u00d7x")


@dataclass(frozen=True, slots=True)
class Reading:
    """The cleaned text, with the way back to the log."""

    text: str
    starts: list[int] = field(repr=False)  # offset of each line
    numbers: list[int] = field(repr=False)  # of each line, in the original log, from 1
    indents: list[int] = field(repr=False)  # columns before each line
    originals: list[str] = field(repr=False)
    vocabulary: str = field(repr=False)  # every word of the text once: far shorter, so quickly searched
    grams: frozenset[str] = field(default=frozenset(), repr=False)  # all runs of three characters in it
    width: int = 0  # columns of the longest line: of the terminal, if one cut the lines
    full: int = 0  # lines of that width
    held: dict[str, bool] = field(default_factory=dict, repr=False)  # words, once asked for
    places: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False)  # of words, once looked for
    spent: dict[str, float] = field(default_factory=dict, repr=False)  # seconds, by the patterns of users

    def holds(self, word: str) -> bool:
        """Whether a word of three characters or more stands anywhere in the text, blanks excepted."""
        held = self.held.get(word)
        if held is None:
            held = self.held[word] = self._grams_of(word) and word in self.vocabulary
        return held

    def _grams_of(self, word: str) -> bool:
        """Whether all of them are in the text: the words of a long log are slow to search."""
        grams = self.grams
        if len(grams) < _FEW_GRAMS:
            return True
        return all(word[at : at + _GRAM] in grams for at in range(len(word) - _GRAM + 1))

    def index(self, offset: int) -> int:
        """Which of the lines holds the offset."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def extent(self, line: int, most: int = 3000) -> tuple[int, int]:
        """Where a line begins and ends in the text; `most` characters of it."""
        start = self.starts[line]
        end = self.starts[line + 1] - 1 if line + 1 < len(self.starts) else len(self.text)
        return start, min(end, start + most)

    def head(self, line: int) -> int:
        """The line in which a message began that a terminal cut into several."""
        for _ in range(_LONGEST_MESSAGE):
            if not line or not self._goes_on(line - 1) or _MESSAGE.match(self.text, self.starts[line]):
                break
            line -= 1
        return line

    def _goes_on(self, line: int) -> bool:
        """Whether a line was cut by a terminal: one that only happens to be the longest tells of none."""
        return self._is_cut(line) and (self.width in _USUAL_WIDTHS or self.full > 1)

    def _goes_below(self, line: int) -> bool:
        return self._is_cut(line) and not _MESSAGE.match(self.text, self.starts[line + 1])

    def _is_cut(self, line: int) -> bool:
        # a space at the end of a full line is gone
        return self.width in _WIDTHS and _columns(self.originals[self.numbers[line] - 1]) >= self.width - 1

    def _cuts_code(self, line: int) -> bool:
        """Whether the end of the line cuts an error number in two; PowerShell's lines differ in length."""
        end = self.starts[line + 1] - 1
        before = self.text[max(end - _LONGEST_CODE, self.starts[line]) : end]
        joined = before + self.text[end + 1 : end + 1 + _LONGEST_CODE]
        return any(found.start() < len(before) < found.end() for found in _CODE.finditer(joined))

    def number(self, offset: int) -> int:
        """The line of the original log that holds the offset, from 1."""
        return self.numbers[self.index(offset)] if self.numbers else 0

    def original(self, offset: int) -> str:
        """That line, without colours."""
        return self.originals[self.numbers[self.index(offset)] - 1] if self.numbers else ""

    def since(self, line: int) -> "Reading":
        """From a line on to the end."""
        pieces = [self.text[at:to] for at, to in pairwise((*self.starts[line:], len(self.text)))]
        rest = _reading(pieces, self.numbers[line:], self.indents[line:], self.originals)
        return replace(rest, spent=self.spent)

    def tight(self) -> "Reading | None":
        """The places where a terminal may have cut words in two, read as one; None if it cut nothing."""
        last = len(self.numbers) - 1
        full = {at for at in range(last) if self._goes_below(at) or self._cuts_code(at)}
        kept = sorted(
            {near for at in full for near in range(max(at - _BESIDE, 0), min(at + _BESIDE, last) + 1)}
        )
        pieces = [self.text[slice(*self.extent(at))] + ("" if at in full else "\n") for at in kept]
        numbers = [self.numbers[at] for at in kept]
        if not full:
            return None
        tight = _reading(pieces, numbers, [self.indents[at] for at in kept], self.originals)
        return replace(tight, spent=self.spent)


def _reading(pieces: list[str], numbers: list[int], indents: list[int], originals: list[str]) -> Reading:
    text = "".join(pieces)
    starts = [0, *accumulate(map(len, pieces))][: len(pieces)]
    vocabulary = "\n".join(set(text.split()))
    grams = frozenset(vocabulary[at : at + _GRAM] for at in range(len(vocabulary) - _GRAM + 1))
    columns = len if text.isascii() else _columns
    lengths = [columns(originals[number - 1]) for number in numbers]
    width = max(lengths, default=0)
    full = sum(length >= width - 1 for length in lengths) if width in _WIDTHS else 0
    return Reading(text, starts, numbers, indents, originals, vocabulary, grams, width, full)


def _columns(line: str) -> int:
    """How many columns of a terminal the line takes: Chinese, Japanese and Korean characters take two."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def read(text: str, variants: Callable[[], Sequence[Mangled]] = tuple) -> Reading:
    """Clean a log. `variants`: asked for the ways in which the system's own words go wrong."""
    if "\x1b" in text or "\u2190[" in text:
        text = _CONTROL.sub("", text)
    originals = [_last_state(line) for line in text.split("\n")]
    pieces: list[str] = []
    numbers: list[int] = []
    indents: list[int] = []
    known: dict[str, tuple[str, int]] = {}  # what lines without end have in common is their few words
    for number, line in enumerate(originals, 1):
        if line not in known:
            known[line] = _bare(line)
        bare, indent = known[line]
        if bare:
            pieces.append(bare + "\n")
            numbers.append(number)
            indents.append(indent)
    if PLUS in text:
        _join_records(pieces, numbers, indents)
    reading = _reading(pieces, numbers, indents, originals)
    mistakes = mistakes_in(reading.vocabulary, variants)
    if not mistakes:
        return reading
    return _reading([put_right(piece, mistakes) for piece in pieces], numbers, indents, originals)


def _join_records(pieces: list[str], numbers: list[int], indents: list[int]) -> None:
    """Makes each sentence that PowerShell broke one line, which stands where the sentence begins."""
    bare = [piece[:-1] for piece in pieces]
    for head, end in reversed(list(sentences(bare))):
        pieces[head:end] = [joined(bare[head:end]) + "\n"]
        del numbers[head + 1 : end], indents[head + 1 : end]


def _last_state(line: str) -> str:
    """What a terminal would show in the end of a line that was written over."""
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    if "\b" in line:
        shown: list[str] = []
        for character in line:
            if character != "\b":
                shown.append(character)
            elif shown:
                shown.pop()
        line = "".join(shown)
    return line.rstrip()


def _bare(line: str) -> tuple[str, int]:
    """The line without prefixes and drawings, and how far it was indented behind the prefixes."""
    start = 0
    for _ in range(_PREFIXES):
        found = _PREFIX.match(line, start)
        if not found or found.end() == start:
            break
        start = found.end()
    first = line[start : start + 1]
    if not first:
        return "", 0
    if first.isspace() or first in _DRAWN:
        found = _TREE.match(line, start)
        end = found.end() if found else start
        # the head of a drawn tree begins a message of its own, however far it is indented
        return line[end:], 0 if _HEADS & set(line[start:end]) else end - start
    return line[start:], 0
