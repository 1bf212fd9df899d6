"""How a log ends where no signature tells why it failed: badly, well, or with nothing to tell."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from ci_guard.diagnose.blocks import GZIP
from ci_guard.diagnose.last_words import ends_badly, failing_lines
from ci_guard.diagnose.reading import Reading, read
from ci_guard.diagnose.survived import last_success
from ci_guard.diagnose.text import wide_encoding
from ci_guard.model.explanation import Ending, LogLine
from ci_guard.model.knowledge import Signature

MOST_LINES = 4  # of the last errors that are shown
LONGEST_SHOWN = 300  # characters of a line
# how files begin that are no logs, with what people call them
_FORMATS = (
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"PK\x03\x04", "zip"),
    (b"\x89PNG", "png"),
    (b"%PDF", "pdf"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
)
_SAMPLE = 8192  # bytes
_MOST_NUL = 0.05  # share of NUL bytes, or of control characters, in what may still be text
_TEXT = bytes((7, 8, 9, 10, 12, 13, 26, 27, *range(32, 256)))  # what logs hold; 26 ends files of DOS


def ending_of(
    text: str, exit_status: int | None, general: Sequence[Signature], numbers: Sequence[int] = ()
) -> tuple[Ending, tuple[LogLine, ...]]:
    """How a text ends in which no signature was found that explains a failure, and its last error lines.

    `numbers`: of the text's lines in the log.
    """
    if not text.strip():
        return (Ending.EMPTY if not exit_status else Ending.FAILED), ()
    if exit_status == 0:
        return Ending.PASSED, ()
    reading = read(text)
    if exit_status is None and (well := last_success(reading, general)) and not ends_badly(reading, well):
        return Ending.PASSED, ()
    lines = _shown(reading, islice(failing_lines(reading), MOST_LINES), numbers)
    if exit_status and not lines:
        lines = _shown(reading, islice(_filled(reading), MOST_LINES), numbers)
    return (Ending.FAILED if exit_status or lines else Ending.NOTHING), lines


def _filled(reading: Reading) -> Iterator[int]:
    """The lines that say anything, from the last one on: of a failure that no line is known to tell of."""
    return (line for line in reversed(range(len(reading.numbers))) if _text_of(reading, line).strip())


def _text_of(reading: Reading, line: int) -> str:
    return reading.originals[reading.numbers[line] - 1]


def _shown(reading: Reading, lines: Iterable[int], numbers: Sequence[int]) -> tuple[LogLine, ...]:
    """Lines of the reading, told from the last one on, as the log has them."""
    found: deque[LogLine] = deque()
    for line in lines:
        number = reading.numbers[line]
        at = numbers[number - 1] if number <= len(numbers) else number
        found.appendleft(LogLine(at, _text_of(reading, line)[:LONGEST_SHOWN]))
    return tuple(found)


def foreign_format(start: bytes) -> str | None:
    """What a file is that is no text: by how it begins, or by its bytes. Of gzip the content counts."""
    for magic, name in _FORMATS:
        if start.startswith(magic):
            return name
    if start.startswith(GZIP) or wide_encoding(start) is not None:
        return None
    if start.count(0) > len(start) * _MOST_NUL or len(start.translate(None, _TEXT)) > len(start) * _MOST_NUL:
        return "binary"
    return None


class Peeked:
    """A stream whose beginning was looked at, read from there again."""

    def __init__(self, stream: BinaryIO) -> None:
        self.start: bytes = stream.read(_SAMPLE)
        self._again = self.start
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """As that of the stream."""
        data, self._again = self._again, b""
        return data or self._stream.read(size)
