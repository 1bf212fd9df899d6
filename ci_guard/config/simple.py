"""Reads what most policies are written in, a small part of YAML, without PyYAML and its two dozen files.

Block mappings and lists, words and texts in quotes on one line, `[...]` and `{...}` on one line, comments.
For everything else, and for every mistake, there is no answer here, and PyYAML reads the text
(`config.document`). A test compares both on thousands of texts: where this has an answer, it is PyYAML's.
"""

from ci_guard.config.nodes import Node, Place, bare, quoted
from ci_guard.dataclass import dataclass, replace

LONGEST = 16 * 1024  # characters: a text of that size holds far fewer values than are allowed
DEEPEST = 10  # levels of nesting
LONGEST_KEY = 100
_MARKERS = ("---", "...", "%")
_DASH = "- "
_QUOTES = "'\""
_BEGINS_WORD = "_./~+$^("  # beside letters and digits
_IN_BRACKETS = " _-./~+*%=$@()<>\\"  # what a word between brackets may have beside them
_IN_KEY = "_-."


class _UnusualText(Exception):
    """Nothing for this reader."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int  # counted from 1, as columns are
    column: int  # of the first character that is no space
    text: str  # from there on


def read_simple(text: str, source: str) -> Node | None:
    """The value of the text, with the places that PyYAML would tell; None if this is not for this reader."""
    if len(text) > LONGEST:
        return None
    try:
        return _Reader(source, _lines(text)).whole()
    except _UnusualText:
        return None


def _lines(text: str) -> list[_Line]:
    found = []
    for number, ended in enumerate(text.split("\n"), 1):
        line = ended.removesuffix("\r")
        if not line.isprintable() or line.startswith(_MARKERS):
            raise _UnusualText
        rest = line.lstrip(" ")
        if rest and rest[0] != "#":
            found.append(_Line(number, len(line) - len(rest) + 1, rest.rstrip(" ")))
    return found


def _key(text: str) -> int | None:
    """How long the key is that the line begins with; None if it begins with none."""
    length = text.find(":")
    name = text[: max(length, 0)]
    if not name or length > LONGEST_KEY or text[length + 1 : length + 2] not in ("", " "):
        return None
    plain = all(char.isalnum() or char in _IN_KEY for char in name) and (name[0].isalpha() or name[0] == "_")
    return length if plain else None


def _word(written: str, place: Place, *, key: bool = False) -> Node:
    """A word without quotes; as a key it must mean a text."""
    node = bare(written, place)
    if key and (node.surprise or not isinstance(node.value, str)):
        raise _UnusualText
    return node


class _Reader:
    """Goes through the lines once."""

    def __init__(self, source: str, lines: list[_Line]) -> None:
        self._source = source
        self._lines = lines
        self._at = 0

    def whole(self) -> Node:
        if not self._lines or self._line.column != 1:
            raise _UnusualText
        node = self._block(0)
        if not self._ended:
            raise _UnusualText
        return node

    @property
    def _ended(self) -> bool:
        return self._at == len(self._lines)

    @property
    def _line(self) -> _Line:
        return self._lines[self._at]

    def _block(self, depth: int) -> Node:
        """The mapping or list that begins on this line."""
        if depth > DEEPEST:
            raise _UnusualText
        column = self._line.column
        return self._list(column, depth) if self._is_item(column) else self._mapping(column, depth)

    def _is_item(self, column: int) -> bool:
        return not self._ended and self._line.column == column and self._line.text.startswith(_DASH)

    def _mapping(self, column: int, depth: int) -> Node:
        place = Place(self._source, self._line.number, column)
        entries: dict[str, Node] = {}
        while not self._ended and self._line.column == column and not self._is_item(column):
            line = self._line
            length = _key(line.text)
            if length is None or line.text[:length] in entries:
                raise _UnusualText
            key = Place(self._source, line.number, column)
            name = _word(line.text[:length], key, key=True).written
            entries[name] = replace(self._entry(line, length + 1, depth), key=key)
        self._refuse_deeper(column)
        return Node(place, entries)

    def _entry(self, line: _Line, after: int, depth: int) -> Node:
        """What stands behind the colon, from `after` on, or below it."""
        rest = line.text[after:].lstrip(" ")
        if rest and rest[0] != "#":
            return self._inline(line, len(line.text) - len(rest))
        self._at += 1
        if not self._ended and self._line.column > line.column:
            return self._block(depth + 1)
        if self._is_item(line.column):
            return self._list(line.column, depth + 1)
        return bare("", Place(self._source, line.number, line.column + after))

    def _list(self, column: int, depth: int) -> Node:
        place = Place(self._source, self._line.number, column)
        items = []
        while self._is_item(column):
            line = self._line
            rest = line.text[len(_DASH) :].lstrip(" ")
            at = len(line.text) - len(rest)
            if _key(rest) is None:
                items.append(self._inline(line, at))
            else:  # the mapping of an item begins behind its dash
                self._lines[self._at] = _Line(line.number, line.column + at, rest)
                items.append(self._block(depth + 1))
        self._refuse_deeper(column)
        return Node(place, tuple(items))

    def _inline(self, line: _Line, at: int) -> Node:
        """A value that ends on its line."""
        scanner = _Scanner(line, at, self._source)
        node = scanner.value(0) if line.text[at] in "[{" + _QUOTES else scanner.word()
        scanner.expect_end()
        self._at += 1
        self._refuse_deeper(line.column)
        return node

    def _refuse_deeper(self, column: int) -> None:
        if not self._ended and self._line.column > column:
            raise _UnusualText


class _Scanner:
    """Goes through the characters of one value."""

    def __init__(self, line: _Line, at: int, source: str) -> None:
        self._line = line
        self._text = line.text
        self._at = at
        self._source = source

    @property
    def _place(self) -> Place:
        return Place(self._source, self._line.number, self._line.column + self._at)

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def value(self, depth: int) -> Node:
        """A text in quotes, or what stands in brackets."""
        if depth > DEEPEST:
            raise _UnusualText
        if self._next and self._next in _QUOTES:
            return self._quoted()
        if self._next == "[":
            return self._brackets(depth)
        return self._braces(depth) if self._next == "{" else self._word_in_brackets()

    def word(self) -> Node:
        """A word that ends with the line or before a comment."""
        place, written = self._place, self._text[self._at :].partition(" #")[0].rstrip(" ")
        if ": " in written or written.endswith(":") or not _may_begin(written):
            raise _UnusualText
        self._at += len(written)
        return _word(written, place)

    def expect_end(self) -> None:
        """Nothing but a comment may follow."""
        rest = self._text[self._at :]
        if rest and (rest[0] != " " or not rest.lstrip(" ").startswith("#")):
            raise _UnusualText

    def _quoted(self) -> Node:
        place, quote = self._place, self._next
        end = self._text.find(quote, self._at + 1)
        written = self._text[self._at + 1 : max(end, 0)]
        if end < 0 or self._text[end + 1 : end + 2] == quote or (quote == '"' and "\\" in written):
            raise _UnusualText
        self._at = end + 1
        return quoted(written, place)

    def _word_in_brackets(self, *, key: bool = False) -> Node:
        place, begin = self._place, self._at
        while self._next and (self._next.isalnum() or self._next in _IN_BRACKETS):
            self._at += 1
        written = self._text[begin : self._at].rstrip(" ")
        if not _may_begin(written):
            raise _UnusualText
        return _word(written, place, key=key)

    def _brackets(self, depth: int) -> Node:
        place = self._place
        items: list[Node] = []
        self._step()
        while self._next != "]":
            items.append(self.value(depth + 1))
            self._separate("]")
        self._at += 1
        return Node(place, tuple(items))

    def _braces(self, depth: int) -> Node:
        place = self._place
        entries: dict[str, Node] = {}
        self._step()
        while self._next != "}":
            key = self._place
            name = self._word_in_brackets(key=True).written
            if name in entries or self._text[self._at : self._at + 2] != ": ":
                raise _UnusualText
            self._step()
            entries[name] = replace(self.value(depth + 1), key=key)
            self._separate("}")
        self._at += 1
        return Node(place, entries)

    def _separate(self, closing: str) -> None:
        """Go on to the next item, or to the bracket that closes."""
        self._skip_spaces()
        if self._next == ",":
            self._step()
            if self._next == closing:
                raise _UnusualText
        elif self._next != closing:
            raise _UnusualText

    def _step(self) -> None:
        """Go behind this character and the spaces that follow."""
        self._at += 1
        self._skip_spaces()

    def _skip_spaces(self) -> None:
        while self._next == " ":
            self._at += 1


def _may_begin(written: str) -> bool:
    first, second = written[:1], written[1:2]
    return first.isalnum() or (first != "" and first in _BEGINS_WORD) or (first == "-" and second.isalnum())
