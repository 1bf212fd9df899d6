"""Which file a message is about, where its signature does not say: in its line, above or below."""

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

from ci_guard.diagnose.grammar import PathToken, leads_to, paths_in
from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.shell_command import command_in
from ci_guard.expression import expression

_NUMBER = (
    r"(?:\w{0,12} ?[Ee]rror:? ?-?\d{1,10}|errno[ =]+\d{1,5}|code: \d{1,5}|0x\w{8}|-\d{10}/0x\w{8}"
    r"|win32 error \d{1,5})"
)
_LEADING = expression(  # what stands between the words and the path that they lead to
    rf"^[\s:.,;'\"`()\[\]=@\u3002>\u2192-]{{0,8}}(?:\(?{_NUMBER}\)?[\s:.,'\"@-]{{0,6}})?"
    r"(?:(?:(?:on|at|in|for|@) )?(?:the )?(?:path|file|folder|directory|\w{3,16} -)?[\s:='\"]{0,4})?$"
)
_FRAME = expression(r"^(?:at [\w.$<]|File \"|in [\w.]+ \()|^\s*\d+: (?:0x|\w+::)")
_SOURCE = expression(
    r"['\"]?(?:\(\d+(?:[,-]\d+)*\)|:\d+(?::\d+)?(?=[:\s]|$))|['\"]?,?\s(?:line|Zeile|ligne) \d"
)
_PROJECT = expression(
    r"\.(?:\w{0,3}proj|sln|slnx|targets|props|iss|nsi|gradle|yml|yaml|log|cmake)$", re.IGNORECASE
)
_LOG = expression(r"\b[Ll]ogs?\b")
_OPTION = expression(r"^[\"']? (?:-{1,2}[A-Za-z]|/[A-Za-z]{1,12}\b(?!/))")
_ABOUT = expression(
    r"\b(?:[Ee]rror|ERROR|[Ff]ail|FAIL|[Cc]annot|[Cc]an't|[Cc]ould not|[Uu]nable|[Dd]elet|[Rr]emov"
    r"|[Mm]ov(?:e|ing)|[Rr]enam|[Cc]opy|[Ss]ign|[Oo]pen|[Ww]rit|[Rr]eplac|[Uu]pdat|[Ii]nstall|[Cc]reat"
    r"|[Ee]xtract|[Aa]dd(?:ing)? (?:resource|icon|manifest|version)"
    r"|[Pp]atch|[Ee]mbed|[Ss]tamp|[Uu]nlink|[Uu]nmount|[Dd]etach|[Ee]ject"
    r"|path|[Aa]dditional info|[Ff]ile ?(?:name)?:)|^\w{3,40}\("
)
_LABEL = expression(r"(?i)^(?:from|to|source|target|destination|src|dst|dest|old|new)(?: \w{2,9})? ?[:=]")
_DONE = expression(  # what is done was not refused
    r"^\W{0,4}(?:Deleted|Removed|Successfully)\b|^[1-9]\d{0,6} (?:[Ff]ile|Datei|fichier|archivo)\("
)
_SENTENCE = expression(
    r"\" |' |\u201d |: | -> |^[a-z]{2,12} [\"'`\u201c]"
    r"|^(?:[a-z]{2,12} ){1,4}[\w.~-]{0,60}[\\/]|, [A-Za-z]:[\\/]"
    r"|\s[\u00ab\u201c\u201e\u300c]"
)
_SEPARATOR = expression(r"[\\/]")
_PATHLIKE = expression(r"[\\/.:~$%\d_]")  # in a name of a file, but in no word of a sentence
_RECORD = 5  # lines from the sentence of a PowerShell error to its category
_LONGEST_RECORD = 800  # characters
_CATEGORY = expression(r"(?<=CategoryInfo) {1,14}: \w{4,30}: \([^\n]{1,400}?(?=:\w{3,40}\) \[)")
_ABOVE, _BELOW = 3, 2  # lines that are looked at
_VERBS = expression(
    r"\b(?:(?P<rename>renam|MoveFile|mov(?:e|ing)\b|replac)|(?P<remove>delet|remov|unlink|rmdir|\brd |clean)"
    r"|(?P<copy>cop(?:y|ied|ying))|(?P<sign>sign(?:ing)?\b)|(?P<hardlink>hard ?link)"
    r"|(?P<symlink>sym(?:bolic )?link)|(?P<write>writ|sav(?:e|ing)\b)"
    r"|(?P<exec>spawn|execute process|CreateProcess|start process)|(?P<create>creat|mkdir|makedirs|extract)"
    r"|(?P<open>open))",
    re.IGNORECASE,
)
_COMMON = frozenset(
    {"file", "files", "output", "object", "directory", "folder", "archive", "executable", "temporary", "it"}
    | {"the", "a", "an", "to", "into", "of", "new", "target", "destination", "this", "that"}
)
_ITS_FILE = expression(r": (?P<name>[^\s:'\"`\\/]{1,120}\.\w{1,8}): $")
_MERE_NAME = (  # without a folder: by an ending that no host and no class has
    r"(?P<name>[\w.+-]{1,120}\.(?:exe|dll|pdb|obj|lib|ilk|pyd|node|jar|war|class|zip|7z|gz|msi|msix|cab|nupkg|whl"
    r"|vsix|apk|log|tmp|lock|db|sqlite|json|xml|ya?ml|txt|dat|bin|iso|sys|ps1|bat|cmd|py|js|ts|res|manifest))"
)
_NAME_BEHIND = expression(rf"[.:]{{0,2}} ?[:(]? ?{_MERE_NAME}\)?[.!]?$", re.MULTILINE)
_NAME_BEFORE = expression(
    r"\b(?i:open|writ|creat|delet|remov|unlink|renam|mov|cop|replac|overwrit|sign|sav|updat|extract)\w{0,4}"
    rf"(?: (?:the|old|existing|output|file)){{0,2}} {_MERE_NAME}(?:: | \(| -{{1,2}} |, )$"
)
_MERE_SOURCE = expression(  # a name without a folder, from which a file was to be moved to the path behind
    r"(?:[Rr]enam|[Mm]ov)\w{0,8}[^\n\"'`]{0,40}[\"'`\u2018\u201c](?P<name>[^\s\"'`\\/:]{2,120})[\"'`\u2019\u201d]\)?"
    r",?(?: (?:->|=>|Just|to|into|as))? \(?[\"'`\u2018\u201c]$"
)
_MERE_PAIR = expression(  # two of them, in a sentence that ends with why
    r"(?:[Rr]enam|[Mm]ov|[Cc]op)\w{0,4}(?: [^\n]{0,80}?)?[ '\"`]"
    r"(?P<name>[^\s'\"`\\/:]{1,160}\.\w{1,20}~?)['\"`]? "
    r"(?:to|->|=>|into|as) ['\"`]?(?P<target>[^\s'\"`\\/:]{1,160}\.\w{1,20})['\"`]?(?: ?[:(,-]| failed)"
)
_LONGEST_SENTENCE = 400  # characters before the words that refuse, in which the verb stands


class Named(NamedTuple):
    """The file, and where it was to go if the message names that too."""

    path: str | None = None
    target: str | None = None
    nearby: bool = False  # in another line
    operation: str | None = None  # of the command in that line


def files_named(reading: Reading, start: int, end: int) -> Named:
    """The file that a message is about whose words stand at `start` to `end` of the text."""
    first, last = reading.index(start), reading.index(max(end - 1, start))
    low = reading.extent(first)[0]
    high = reading.extent(last)[1]
    here = _telling(reading, paths_in(reading.text, low, high), low, high)
    if here and (name := _behind_the_program(reading.text, here[0], low, start)):
        return Named(name)
    behind = [token for token in here if token.start >= end]
    before = [token for token in here if token.start < start]
    within = [token for token in here if start <= token.start < end]
    if behind and _LEADING.match(reading.text[end : behind[0].start]):
        return _pair(reading, behind, 0)
    for tokens, forwards in ((within, True), (before, False), (behind, True)):
        if tokens:
            return _pair(reading, tokens, 0 if forwards else len(tokens) - 1)
    if (two := _MERE_PAIR.search(reading.text, low, end)) is not None:
        return Named(two["name"], two["target"])
    mere = _NAME_BEHIND.match(reading.text, end, high) or _NAME_BEFORE.search(reading.text, low, start)
    return Named(mere["name"]) if mere else _beside(reading, first, last)


def _behind_the_program(text: str, first: PathToken, low: int, start: int) -> str | None:
    """The name in `C:\\mingw64\\bin\\ar.exe: libcore.a: Permission denied`, not about who says it."""
    found = _ITS_FILE.match(text, first.end, start) if first.start == low else None
    return found["name"] if found and first.written.lower().endswith(".exe") else None


def own_path(reading: Reading, written: str, start: int, end: int) -> Named:
    """The path that a pattern has found; where that has taken words for a path, the paths in those words."""
    if not _SENTENCE.search(written):
        return Named(written)
    tokens = _telling(reading, paths_in(reading.text, start, end), start, end)
    return _pair(reading, tokens, len(tokens) - 1) if tokens else Named(written)


def is_word(text: str, start: int, end: int) -> bool:
    """Whether a pattern took words of its sentence for a path: they stand bare, and any file is called so."""
    bare = text[start - 1 : start].isspace()
    words = text[start:end].lower().split()
    return bare and bool(words) and _COMMON.issuperset(words)


def is_phrase(text: str, start: int, end: int) -> bool:
    """Whether a pattern took several words for a path, none of which looks like a part of one."""
    words = text[start:end].split()
    return text[start - 1 : start].isspace() and len(words) > 1 and not _PATHLIKE.search(text, start, end)


def in_full(reading: Reading, name: str, at: int) -> str:
    """The path with this name shortly before: .NET prints the name alone, behind PowerShell's path."""
    if name.startswith("$") and (shown := _in_record(reading, at)):
        name = shown  # PowerShell shows the command with its variables
    head, elided, tail = name.partition("...")
    if elided and tail and not name.endswith("..."):
        return _unabridged(reading, head, tail, at)
    if _SEPARATOR.search(name):
        return name
    line = reading.index(at)
    low = reading.extent(max(line - _RECORD, 0))[0]
    record = _CATEGORY.search(reading.text, at, at + _LONGEST_RECORD)
    told = list(paths_in(reading.text, low, at))
    if record is not None:
        told += paths_in(reading.text, record.start(), record.end())
    for token in told:
        parts = _SEPARATOR.split(token.written)
        if len(parts) > 1 and parts[-1].lower() == name.lower():
            return token.written
    return name


def _in_record(reading: Reading, at: int) -> str | None:
    """The path in the category of the error record of Windows PowerShell that begins there."""
    record = _CATEGORY.search(reading.text, at, at + _LONGEST_RECORD)
    tokens = paths_in(reading.text, record.start(), record.end()) if record else ()
    return next((token.written for token in tokens), None)


def _unabridged(reading: Reading, head: str, tail: str, at: int) -> str:
    """The last path before with this head and tail: PowerShell and npm leave out the middle of long ones."""
    low = reading.extent(max(reading.index(at) - 2 * _RECORD, 0))[0]
    for token in reversed(list(paths_in(reading.text, low, at))):
        if token.written.startswith(head) and token.written.endswith(tail) and "..." not in token.written:
            return token.written
    return f"{head}...{tail}"


def operation_named(reading: Reading, start: int, end: int, *, above: bool = False) -> str | None:
    """What was tried, by the last verb before the words that refuse it, or in the line `above`."""
    line = reading.index(start)
    low = reading.extent(max(line - 1, 0) if above else line)[0]
    found = list(_VERBS.finditer(reading.text, max(low, start - _LONGEST_SENTENCE), end))
    return found[-1].lastgroup if found else None


def _telling(
    reading: Reading, tokens: Iterable[PathToken], low: int, high: int, *, programs: bool = True
) -> list[PathToken]:
    text = reading.text
    if _FRAME.match(text[low:high]):
        return []
    kept: list[PathToken] = []
    started: list[PathToken] = []
    for token in tokens:
        behind = text[token.end : min(token.end + 24, high)]
        if _SOURCE.match(text, token.end) or (
            _PROJECT.search(token.written) and text[token.end : token.end + 1] in "]:("
        ):
            continue
        (started if _OPTION.match(behind) else kept).append(token)
    return kept or (started if programs else [])


def _pair(reading: Reading, tokens: list[PathToken], chosen: int) -> Named:
    text = reading.text
    begin = tokens[chosen].start
    if not chosen and (source := _MERE_SOURCE.search(text, max(begin - _LONGEST_SENTENCE, 0), begin)):
        return Named(source["name"], tokens[chosen].written)
    if chosen and leads_to(text, tokens[chosen - 1], tokens[chosen]):
        return Named(tokens[chosen - 1].written, tokens[chosen].written)
    if chosen + 1 < len(tokens) and leads_to(text, tokens[chosen], tokens[chosen + 1]):
        return Named(tokens[chosen].written, tokens[chosen + 1].written)
    return Named(tokens[chosen].written)


def _beside(reading: Reading, first: int, last: int) -> Named:
    """In the line of the command or the path above, or in the line below that says what it was about."""
    last_above = max(first - _ABOVE, 0)
    above = list(takewhile(lambda line: not _is_done(reading, line), range(first - 1, last_above - 1, -1)))
    below = range(last + 1, min(last + 1 + _BELOW, len(reading.starts)))
    for line in (*above[:1], *below, *above[1:]):
        low, high = reading.extent(line, 1200)
        words = reading.text[low:high]
        if command := command_in(words):
            return Named(command.path, command.target, nearby=True, operation=command.operation)
        tokens = _telling(reading, paths_in(reading.text, low, high), low, high, programs=False)
        tokens = [token for token in tokens if not _is_log(reading.text, low, token)]
        if not tokens or _DONE.search(words):
            continue
        labelled = _LABEL.match(words) is not None
        alone = len(tokens) == 1 and (labelled or len(words.strip()) - len(tokens[0].written) < 6)
        if alone or _ABOUT.search(words):
            if alone and line < first and (moved := _moved_above(reading, line, tokens[0])):
                return moved
            return _pair(reading, tokens, 0 if alone else len(tokens) - 1)._replace(nearby=True)
    return Named()


def _moved_above(reading: Reading, line: int, target: PathToken) -> Named | None:
    """Where the two files of a move stand in lines of their own, one below the other; None if they do not."""
    low = reading.extent(max(line - 2, 0))[0]
    above = _telling(reading, paths_in(reading.text, low, target.start), low, target.start)
    if not above or not leads_to(reading.text, above[-1], target):
        return None
    return Named(above[-1].written, target.written, nearby=True)


def _is_done(reading: Reading, line: int) -> bool:
    return _DONE.search(reading.text[slice(*reading.extent(line))]) is not None


def _is_log(text: str, low: int, token: PathToken) -> bool:
    """Whether it is only said where more can be read: nobody was refused that file."""
    return token.written.endswith(".log") and _LOG.search(text, low, token.start) is not None
