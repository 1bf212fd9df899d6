"""Values that remember where they were written, and what a bare word of YAML means.

Knows nothing of files or of YAML's syntax: a setting from the environment or the command line becomes
the same kind of node, so that one set of checkers reads all of them. Only what YAML 1.1 and YAML 1.2
understand alike is understood here; for everything else the node says what is surprising about it.
"""

from collections.abc import Mapping

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression

_NULL = ("", "~", "null", "Null", "NULL")
_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_WHOLE = expression(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = expression(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_SURPRISES = (
    (expression(r"(?i:y|n|yes|no|on|off)"), "a boolean to YAML 1.1 and text to YAML 1.2"),
    (expression(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"), "a number in base 60 to YAML 1.1"),
    (expression(r"[-+]?0[0-9_]+"), "an octal number to YAML 1.1 and a decimal one to YAML 1.2"),
    (expression(r"[-+]?0[xob][0-9a-fA-F_]+"), "a number in another base than 10"),
    (expression(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "a number to YAML 1.1 and text to YAML 1.2"),
    (expression(r"[-+]?([0-9]+\.?|[0-9]*\.[0-9]+)[eE][-+]?[0-9]+"), "a number to YAML 1.2 only"),
    (expression(r"[-+]?(\.[0-9]+|[0-9]+\.)"), "a number to some readers of YAML and text to others"),
    (expression(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"), "not a usable number"),
    (expression(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?"), "a date to YAML 1.1 and text to YAML 1.2"),
    (expression(r"="), "a default value to YAML 1.1"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file, counted from 1; without a line: something that is no file, such as an option."""

    source: str
    line: int = 0
    column: int = 0

    @property
    def order(self) -> tuple[str, int, int]:
        """By file, in the order of the lines."""
        return self.source, self.line, self.column

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class Node:
    """One value with its place; a surprising word has its text as value and the reason in `surprise`."""

    place: Place
    value: "Value"
    written: str = ""  # the characters of a scalar
    quoted: bool = False
    surprise: str | None = None
    key: Place | None = None  # where the key of this value stands


Value = None | bool | int | float | str | tuple[Node, ...] | Mapping[str, Node]
Plain = None | bool | int | float | str | tuple["Plain", ...] | Mapping[str, "Plain"]


LONGEST_NUMBER = 60  # characters
_BEGINS_NUMBER = "+-.0123456789"
_WORDS = ("", "~", "null", "true", "false", "y", "n", "yes", "no", "on", "off", "=")


def _may_be_number(written: str) -> bool:
    """Whether some reader may take the word for a number or a date; what begins otherwise is none."""
    return written[:1] in _BEGINS_NUMBER


def bare(written: str, place: Place) -> Node:
    """The node of a word without quotes."""
    value: Value = written
    surprise: str | None = None
    if len(written) > LONGEST_NUMBER and written.strip("-+.0123456789eE_") == "":
        # CPython refuses to read numbers of thousands of digits: no setting is one
        return Node(place, written, f"{written[:LONGEST_NUMBER]}…")
    if not _may_be_number(written) and written.lower() not in _WORDS:
        return Node(place, written, written)  # most words; expressions are compiled for the others only
    if written.isascii() and written.isdecimal() and (written == "0" or written[0] != "0"):
        return Node(place, int(written), written)
    if written in _NULL:
        value = None
    elif written in _TRUE or written in _FALSE:
        value = written in _TRUE
    elif _WHOLE.fullmatch(written):
        value = int(written)
    elif _DECIMAL.fullmatch(written):
        value = float(written)
    else:
        surprise = next((why for pattern, why in _SURPRISES if pattern.fullmatch(written)), None)
    return Node(place, value, written, surprise=surprise)


def quoted(text: str, place: Place) -> Node:
    """The node of a text in quotes, or of a block of text."""
    return Node(place, text, text, quoted=True)


def word(text: str, place: Place) -> Node:
    """The node of a text from a place that knows only texts, such as an option."""
    return Node(place, text, text)


def plain(node: Node) -> Plain:
    """The value alone, for data that has been checked."""
    if isinstance(node.value, tuple):
        return tuple(plain(item) for item in node.value)
    if isinstance(node.value, Mapping):
        return {name: plain(value) for name, value in node.value.items()}
    return node.value


def node_of(value: object, place: Place) -> Node:
    """The node of a plain value that came from elsewhere than a file; the inverse of `plain`."""
    if isinstance(value, Mapping):
        return Node(place, {str(name): node_of(item, place) for name, item in value.items()})
    if isinstance(value, tuple | list):
        return Node(place, tuple(node_of(item, place) for item in value))
    if value is None or isinstance(value, bool | int | float):
        return Node(place, value, "null" if value is None else str(value).lower())
    return quoted(str(value), place)
