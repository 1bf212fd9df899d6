"""Which lines of a log tell of a failure, whoever wrote them; and the last ones of them.

Where no signature explains a failure, its last error lines are looked at, from the end of the log on.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.survived import is_unraisable
from ci_guard.expression import expression

_ERROR = (  # a message that begins as one of an error
    r"^(?:(?![Ww]arn)[\w.-]{1,40} ?: )?(?:npm (?:ERR!|error)|\[?(?:ERROR|FATAL|Error|Fatal|error|fatal)\b"
    r"|FAIL(?:ED|URE)?\b|Traceback\b|Aborted\b|panic:|\*\* \()"
    # how Git, PowerShell and others translate it; \uff1a is a colon
    r"|^(?:Schwerwiegend|F(?:ehler|EHLER)|[Ff]atale?|[Ee]rreur|ERREUR|[Ee]rrore?|[Ee]rro"
    r"|(?:\w{5,15} )?(?:\u043e|\u041e)шибка|致命错误|错误|致命錯誤|錯誤|エラー|(?:치명적 )?오류"
    r"|[Bb]łąd(?: krytyczny)?|[Hh]ata|[Öö]desdigert|[Ll]ỗi|[Kk]esalahan|[Пп]омилка|ГРЕШКА) ?[:\uff1a](?! ?\d)"
    r"|^[\w./\\@+-]{1,200}:\d{1,6}(?::\d{1,5})?: (?:(?:fatal )?error|ERROR|Error|FATAL)\b"  # in a file
    r"|\(\d{1,6}(?:,\d{1,6}){0,3}\) ?: (?:fatal )?error\b|^not ok \d|^curl: \(\d|^! |\.\.\. FAIL$"
    r"|^[\u2a2f\u2716\u2717\u2718\u274c\U0001f4a5]\ufe0f? "  # a cross, as tools draw one
    r"|^E {2,4}[\w.]{3,80}(?:Error|Exception)\b"  # pytest, below the line that raised it
    r"|^\[(?:[\d:.,TZ +-]{5,32}[ |])?(?:ERR|FTL|E|F)(?: \d[\d:.,TZ +-]{5,32})?\]"  # loggers
    r"|^\[[CEF] (?:\d{4}-\d\d-\d\d )?\d\d:\d\d"
    r"|^[EF]\d{4} \d\d:\d\d:\d\d\.\d|\blevel=[\"']?(?:error|fatal|panic)\b"
    r"|^[A-Z][a-z]{2,12}-[A-Z]\w{2,40} : "  # a cmdlet of Windows PowerShell
    r"|[\"'](?:level|severity|levelname|@l)[\"']: ?[\"']?(?:[Ee]rror|ERROR|[Ff]atal|FATAL|50|60)\b"
    # what CI servers say below a step
    r"|^Build step '[^'\n]{1,100}' marked build as failure|^(?:Command|Process) exited with code [1-9]"
    r"|\bfailed with (?:[1-9]\d{0,5} )?error(?:s|\(s\))?(?= |$)"  # MSBuild at a terminal
)
# what may be caught, or lived through
_EXCEPTION = r"^[Ff]ailed to |^(?:(?![Ww]arn)[\w.-]{1,40} ?: )?[\w.:]{3,80}(?:Error|Exception)\b(?:: | \[)"
# of what said before why it failed
_STATUS = r"\b(?:exit(?:ed with)? (?:code|status):? [1-9]|failed with|errored after|non-zero exit)"
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
# R's head of a warning
_WARNS_BELOW = expression(r"(?:\d{1,3}: |Warning )?[Ii]n [^\n]{1,300} :$", re.MULTILINE)
_MOST = 8  # error lines
_TAIL = 2000  # lines in which they are looked for
_REACH = 8000  # characters before the last of them
_BEFORE = 15  # lines before the last error lines, or the end, in which a failure is told without the word
# a sentence that tells of a failure in plain words, whoever writes it
_PLAIN = expression(
    r"\b(?i:not?|cannot|(?:ca|could|do|does|did|is|are|was|were|has|have|wo)n't|unable|fail(?:ed|s|ure|ures|ing)?"
    r"|denied|refus(?:ed|es|ing)|reject(?:ed|s|ing)|invalid|missing|corrupt(?:ed|ion)?|broken"
    r"|un(?:expected|known|supported|recognized)|errors?|problems?|trouble|conflict(?:s|ing)?|already|exists?"
    r"|another|waiting for|locked|frozen|must|needs?|needed|require[sd]?|timed out|timeout|interrupted"
    r"|abort(?:ed|ing)?|detected|incompatible|obsolete|collision"
    r"|(?:is|are) currently|(?:someone|somebody) else"
    r"|undefined|illegal|reserved|disabled|malformed|out of date|nothing provides|only supports?)\b"
    r"|\bE[A-Z]{3,12}\b"
    r"|^\[!\]"  # CocoaPods
)
# lines that try, ask or go on, and those of a trace
_PROGRESS = expression(r"^(?i:--|\.{2,3}|at |checking|looking|trying|testing|skip|ignor|warn|note:|\+ )")


def tells_of_failure(reading: Reading, line: int) -> bool:
    """Whether a line says that something failed."""
    if _MARK.search(reading.originals[reading.numbers[line] - 1]):
        return True
    said = _FAILURE.search(reading.text, *reading.extent(line)) is not None
    return said and not is_unraisable(reading, line)


def says_error(reading: Reading) -> bool:
    """Whether anything in the text is an error message: an exception may be caught, a status only follows."""
    said = (reading.index(found.start()) for found in _MESSAGE.finditer(reading.text))
    if any(CI_ERROR in line for line in reading.originals) or not all(
        is_unraisable(reading, line) for line in said
    ):
        return True
    if not reading.starts or _LAST_WORD.match(reading.text, reading.starts[-1]) is None:
        return False
    return len(reading.starts) < 2 or _WARNS_BELOW.match(reading.text, reading.starts[-2]) is None


def ends_badly(reading: Reading, offset: int) -> bool:
    """Whether the text fails behind the offset, where all was well so far."""
    return _END.search(reading.text, offset) is not None


def failing_lines(reading: Reading, first: int = 0, last: int | None = None) -> Iterator[int]:
    """The lines that say so, from the `last` one back to the `first`."""
    backwards = range(len(reading.numbers) - 1 if last is None else last, first - 1, -1)
    return (line for line in backwards if tells_of_failure(reading, line))


def last_errors(reading: Reading) -> Sequence[int]:
    """The lines from the last error lines on; none if the end of the text tells of no failure."""
    last = next(failing_lines(reading, max(len(reading.numbers) - _TAIL, 0)), None)
    if last is None:
        return ()
    first = reading.index(max(reading.starts[last] - _REACH, 0))
    *_, earliest = islice(failing_lines(reading, first, last), _MOST)
    return range(earliest, len(reading.numbers))


def plain_failures(reading: Reading) -> Sequence[int]:
    """The last lines that tell in plain words that something went wrong, without a word that marks errors.

    They stand near the end, or before the last error lines, which often only follow from them.
    """
    errors = last_errors(reading)
    first = max((errors[0] if errors else len(reading.numbers)) - _BEFORE, 0)
    return [line for line in range(first, len(reading.numbers)) if _tells_plainly(reading, line)]


def _tells_plainly(reading: Reading, line: int) -> bool:
    start, end = reading.extent(line)
    return (
        _PLAIN.search(reading.text, start, end) is not None
        and not is_unraisable(reading, line)
        and _PROGRESS.match(reading.text[start:end]) is None
    )
