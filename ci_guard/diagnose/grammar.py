"""What a path looks like in a message: one grammar for every tool.

A path stands in quotes of any form, or bare: with a drive, on a server, from a root, or relative with a
separator. A bare one ends where no path goes on: at a colon, a comma, a bracket, or a word that no path has.
"""

from collections.abc import Iterator

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression

LONGEST = 600  # characters of a written path
_OPENING = "\"'`\u201c\u201e\u00ab\u00bb\u2018\u300c"
_CLOSING = "\"'`\u201c\u201d\u00bb\u00ab\u2019\u300d"
_QUOTES = _OPENING + _CLOSING
_LIFTED = r"(?:(?:\\{1,4}|/{2,3})[?.](?:\\{1,2}|/))"
_HIDDEN = (
    r"(?<=[\\/])(?:<[\w .-]{1,30}>|\*{3})(?=[\\/])"  # a name that somebody, or the CI server, has masked
)
_NAME = r"(?:(?!=(?:[A-Za-z]:)?[\\/])[\w.@+~$%{}=-])"  # `from=C:\a` names a path behind a word
# O'Brien and d'Anne: lines that were cut are joined, so that a quote at an end may stand before a word, too
_APOSTROPHE = r"(?<=\b[A-Za-z])['\u2019](?=[A-Z])"
_IN_BARE = rf"[^\n:{_QUOTES}<>|*?(),;]"
_TOKEN = expression(
    rf"(?<![\w{_CLOSING}])[{_OPENING}](?P<quoted>(?:[^{_QUOTES}\n]|{_APOSTROPHE}){{2,{LONGEST}}})[{_CLOSING}]"
    rf"|(?<![\w.])(?P<drive>{_LIFTED}?[A-Za-z]:(?:\\|/(?!/))"
    rf"(?:\(x86\)|{_HIDDEN}|(?! [A-Za-z]:[\\/]){_IN_BARE}){{0,{LONGEST}}})"
    rf"|(?<![\w\\/.])(?P<server>\\\\{{1,3}}{_NAME}{{1,60}}\\{{1,2}}{_IN_BARE}{{1,{LONGEST}}})"
    rf"|(?<![\w\\/:.@$%~-])(?P<plain>(?:~|\.{{1,2}})?[\\/]?{_NAME}{{1,120}}"
    rf"(?:[\\/]{{1,2}}{_NAME}{{1,120}}){{0,40}}[\\/]?)"
)
_SEPARATOR = expression(r"[\\/]")
_ROOTED = expression(rf"{_LIFTED}?[A-Za-z]:[\\/]|\\\\|/[\w.~@-]+/|\.{{1,2}}[\\/]|~[\\/]")
_ESCAPES = expression(r"(?:\\[rnt])+$")
_ENDING = expression(r"[^\\/\s.][^\\/\s]{0,120}\.[A-Za-z]\w{0,7}$|[\\/]\.\w{2,20}$")
_NO_PATH = expression(
    r"^(?:[a-z][a-z+.-]{1,12}:)?//|^[A-Z]?\d+[\\/]\d|^[a-z]+/[a-z.+-]+;|\$\(|^-|^@|^~~|^[\w.~-]+\\[rnt]$|^HK(?:LM|CU|CR|U|CC|EY_\w+):?\\"
)
_WORDS_BETWEEN = frozenset(
    {"to", "into", "from", "and", "or", "at", "in", "on", "because", "is", "was", "for", "with", "due"}
    | {"while", "after", "before", "failed", "cannot", "could", "using", "does", "has", "did", "already"}
    | {"will", "be", "not", "of", "by", "as", "nach", "zu", "en", "vers", "a", "por", "->", "=>", "-", "."}
)
_SPACED = expression(r"(?i)([\\/]documents) and (settings\b)")  # the home folders of old Windows
_TRAILING = " .,;:)]}>-"
_SAID = expression(r"^\w[^.]{1,300}[.\u3002]$|^(?:\w+ ){3}")  # a sentence, and no part of a folder's name
_CONNECTION = expression(
    rf"[{_CLOSING}]?\)?(?:,?\s?(?:->|=>|Just|to|into|nach|vers|in|and)"
    rf"(?: (?:file|directory|dir|folder|path|output file|(?:\w{{1,12}} )?cache))?:?\s{{1,4}}|, ?|[\s]+)"
    rf"\(?[{_OPENING}]?$"
)


@dataclass(frozen=True, slots=True)
class PathToken:
    """A path as it stands in a text."""

    start: int
    end: int
    written: str


def paths_in(text: str, start: int, end: int) -> Iterator[PathToken]:
    """The paths of a piece of text, in their order."""
    for found in _TOKEN.finditer(text, start, end):
        kind = found.lastgroup or ""
        written = found[kind]
        low, high = found.start(kind), found.end()
        if kind == "plain" and not _SEPARATOR.search(written):
            continue  # a mere word, as most are
        if kind != "quoted":
            alone = not text[start:low].strip() and not text[high:end].strip()
            written = _bare(written, alone=alone)
            high = low + len(written)
        if written and is_path(written, quoted=kind == "quoted"):
            yield PathToken(low, high, written)


def is_path(written: str, *, quoted: bool) -> bool:
    """Whether the words are a path: rooted, or relative with a separator; a mere name only in quotes."""
    if _NO_PATH.search(written) or "://" in written or written.count(": "):
        return False
    if _ROOTED.match(written):
        return True
    if " " in written:
        written = _ESCAPES.sub("", written)  # of a sentence that JavaScript shows
    if "\\" in written:
        if "\\" not in written[:-1] and (not quoted or " " in written):
            return False  # of a sentence in JSON: `process.\"`
        return not written.startswith("\\") and "\\n" not in written[:2]
    if "/" in written:
        return " " not in written and (quoted or bool(_ENDING.search(written)) or written.count("/") > 2)
    return quoted and " " not in written.strip() and bool(_ENDING.search(written))


def _bare(written: str, *, alone: bool) -> str:
    """As much of it as is one path: words after a blank belong to it only where they lead on."""
    if alone:
        head, dash, tail = written.rpartition(" - ")
        told = dash and not _SEPARATOR.search(tail) and (_ENDING.search(head) or _SAID.search(tail))
        return _stripped(head if told else written)  # cmd.exe: the file, a dash, and what is wrong with it
    words = [word.replace("\0", " ") for word in _SPACED.sub("\\1\0and\0\\2", written).split(" ")]
    kept = 1
    for number, word in enumerate(words[1:], 1):
        if word.lower() in _WORDS_BETWEEN:
            break
        if _goes_on(word.rstrip(_TRAILING), " ".join(words[:kept]).rstrip(_TRAILING)):
            kept = number + 1
    return _stripped(" ".join(words[:kept]))


def _stripped(written: str) -> str:
    """Without what ends a sentence; a brace that the path itself has opened stays."""
    return written.rstrip(_TRAILING if "{" not in written else _TRAILING.replace("}", ""))


def _goes_on(word: str, before: str) -> bool:
    """Whether a word behind a blank is a part of the path: it leads deeper, or it brings the ending."""
    if _SEPARATOR.search(word):
        return not _ROOTED.match(word) and not word.startswith("/")
    return bool(_ENDING.search(word)) and not _ENDING.search(before)


def leads_to(text: str, source: PathToken, target: PathToken) -> bool:
    """Whether a message names both: where the file comes from and where it was to go."""
    between = text[source.end : target.start]
    return len(between) < 40 and _CONNECTION.match(between) is not None
