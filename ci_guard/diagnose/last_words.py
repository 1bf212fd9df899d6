"""Which lines of a log tell of a failure, whoever wrote them; and the last ones of them.

Where no signature explains a failure, its last error lines are looked at, from the end of the log on.
"""

import re
from collections.abc import Iterator
from itertools import islice

from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.survived import is_unraisable
from ci_guard.expression import expression

_ERROR = (  # a message that begins as one of an error
    r"^(?:(?![Ww]arn)[\w.-]{1,40} ?: )?(?:npm (?:ERR!|error)|\[?(?:ERROR|FATAL|Error|Fatal|error|fatal)\b"
    r"|FAILED\b|FAILURE\b|Traceback\b|Aborted\b|panic:|\*\* \()"
    r"|\(\d{1,6}(?:,\d{1,6}){0,3}\) ?: (?:fatal )?error\b|^not ok \d|^curl: \(\d"
    r"|^[\u2a2f\u2716\u2717\u2718\u274c\U0001f4a5]\ufe0f? "  # a cross, as tools draw one
    r"|^E {2,4}[\w.]{3,80}(?:Error|Exception)\b"  # pytest, below the line that raised it
    r"|^\[(?:[\d:.,TZ +-]{5,32}[ |])?(?:ERR|FTL|E|F)(?: \d[\d:.,TZ +-]{5,32})?\]"  # loggers
    r"|^[EF]\d{4} \d\d:\d\d:\d\d\.\d|\blevel=[\"']?(?:error|fatal|panic)\b"
    r"|[\"'](?:level|severity|levelname|@l)[\"']: ?[\"']?(?:[Ee]rror|ERROR|[Ff]atal|FATAL|50|60)\b"
    r"|\bfailed with (?:[1-9]\d{0,5} )?error(?:s|\(s\))?(?= |$)"  # MSBuild at a terminal
)
_EXCEPTION = r"^(?:(?![Ww]arn)[\w.-]{1,40} ?: )?[\w.:]{3,80}(?:Error|Exception)\b(?:: | \[)"  # may be caught
# of what said before why it failed
_STATUS = r"\b(?:exit(?:ed with)? (?:code|status):? [1-9]|failed with|non-zero exit)"
_GAVE_UP = r"[Gg]iving up|[Gg]ave up|[Aa]bort|still failed|EXCEEDED"
_UNABLE = r"^\W{0,4}(?:Failed|Could not|Couldn't|Unable to|Cannot|Can't)\b"  # a sentence of its own
_FAILURE = expression(f"{_ERROR}|{_UNABLE}|{_EXCEPTION}|{_STATUS}", re.MULTILINE)
_MESSAGE = expression(_ERROR, re.MULTILINE)
_END = expression(f"{_ERROR}|{_STATUS}|{_GAVE_UP}", re.MULTILINE)
CI_ERROR = "##[error]"  # of GitHub and Azure; a prefix to everybody else
_MARK = expression(r"##\[error\]|\[(?:ERROR|error)\]")  # prefixes, which a reading has taken off
_LAST_WORD = expression(  # how a last line begins that reports a failure
    r"(?!(?:[Ww]arn(?:ing)?|WARN(?:ING)?|[WwN]):)(?:[\w.-]{1,40}: )?"
    r"(?:[Ff]ailed (?:to|with)|[Cc]ould not|[Cc]annot|[Uu]nable to)\b"
)
_MOST = 8  # error lines
_TAIL = 2000  # lines in which they are looked for
_REACH = 8000  # characters before the last of them


def tells_of_failure(reading: Reading, line: int) -> bool:
    """Whether a line says that something failed."""
    if _MARK.search(reading.originals[reading.numbers[line] - 1]):
        return True
    said = _FAILURE.search(reading.text, *reading.extent(line)) is not None
    return said and not is_unraisable(reading, line)


def says_error(reading: Reading) -> bool:
    """Whether anything in the text is an error message: an exception may be caught, a status only follows."""
    if _MESSAGE.search(reading.text) or any(CI_ERROR in line for line in reading.originals):
        return True
    return bool(reading.starts) and _LAST_WORD.match(reading.text, reading.starts[-1]) is not None


def ends_badly(reading: Reading, offset: int) -> bool:
    """Whether the text fails behind the offset, where all was well so far."""
    return _END.search(reading.text, offset) is not None


def failing_lines(reading: Reading, first: int = 0, last: int | None = None) -> Iterator[int]:
    """The lines that say so, from the `last` one back to the `first`."""
    backwards = range(len(reading.numbers) - 1 if last is None else last, first - 1, -1)
    return (line for line in backwards if tells_of_failure(reading, line))


def last_errors(reading: Reading) -> int | None:
    """The line in which the last error lines begin; None if the end of the text tells of no failure."""
    last = next(failing_lines(reading, max(len(reading.numbers) - _TAIL, 0)), None)
    if last is None:
        return None
    first = reading.index(max(reading.starts[last] - _REACH, 0))
    *_, earliest = islice(failing_lines(reading, first, last), _MOST)
    return earliest
