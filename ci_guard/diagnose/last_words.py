"""Which part of a log is looked at where no signature explains a failure: its last error lines."""

from itertools import islice

from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression

_FAILURE = expression(
    r"^(?:(?![Ww]arn)[\w.-]{1,40} ?: )?(?:npm (?:ERR!|error)|\[?(?:ERROR|FATAL|Error|Fatal|error|fatal)\b"
    r"|FAILED\b|FAILURE\b|Traceback\b|panic:|\*\* \(|[\w.:]{3,80}(?:Error|Exception)\b(?:: | \[))"
    r"|\(\d{1,6}(?:,\d{1,6}){0,3}\) ?: (?:fatal )?error\b|^not ok \d"
    r"|\b(?:exit(?:ed with)? (?:code|status):? [1-9]|failed with|non-zero exit)"
)
CI_ERROR = "##[error]"  # of GitHub and Azure; a prefix to everybody else
_MARK = expression(r"##\[error\]|\[(?:ERROR|error)\]")  # prefixes, which a reading has taken off
_MOST = 8  # error lines
_TAIL = 5000  # lines in which they are looked for
_REACH = 8000  # characters before the last of them


def tells_of_failure(reading: Reading, line: int) -> bool:
    """Whether a line says that something failed."""
    start, end = reading.extent(line)
    return (
        _FAILURE.search(reading.text[start:end]) is not None
        or _MARK.search(reading.originals[reading.numbers[line] - 1]) is not None
    )


def last_errors(reading: Reading) -> int | None:
    """Where in the text the last error lines begin; None if nothing tells of a failure."""
    end = len(reading.numbers)
    tail = range(end - 1, max(end - _TAIL, 0) - 1, -1)
    lines = (line for line in tail if tells_of_failure(reading, line))
    found = [reading.starts[line] for line in islice(lines, _MOST)]
    return next((start for start in reversed(found) if found[0] - start <= _REACH), None)
