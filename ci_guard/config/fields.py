"""Checkers of single values: text, number, duration, choice, regular expression.

Each kind of value reads a node (`read`), describes itself for people (`noun`) and for editors (`schema`),
so that the reader, the reference and the JSON Schema cannot disagree.
"""

from collections.abc import Iterable, Mapping

from ci_guard.annotation import TYPE_CHECKING, Generic, Protocol, TypeVar
from ci_guard.config.nodes import Node
from ci_guard.config.problems import Problems, nearest
from ci_guard.expression import IGNORECASE, expression

if TYPE_CHECKING:
    from typing import NoReturn

Schema = dict[str, object]
T_co = TypeVar("T_co", covariant=True)
W = TypeVar("W", bound=str)

_WORDS_OF_TRUTH = ("y", "yes", "on", "true")
_WORDS_OF_FALSEHOOD = ("n", "no", "off", "false")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
LONGEST_SHOWN = 80  # characters of a wrong value that a message repeats
LONGEST_AMOUNT = 9  # digits: hours of a hundred thousand years, and no number that Python takes for endless
_AMOUNT = rf"(\d{{1,{LONGEST_AMOUNT}}}(?:\.\d{{1,{LONGEST_AMOUNT}}})?)"
_DURATION = expression(rf"(?=\d)(?:{_AMOUNT}h)?(?:{_AMOUNT}m(?!s))?(?:{_AMOUNT}s)?(?:{_AMOUNT}ms)?")
_SPOKEN_DURATION = expression(rf"(\d{{1,{LONGEST_AMOUNT}}})\s*(ms|mill|s|m|h)[a-z]*\.?", IGNORECASE)
_GROUP = expression(r"\((?!\?)")
_LEADING_ZEROS = expression(r"0*(\d+)")
_ANY_TEXT = r"[^\x00\ud800-\udfff]+"  # what every system and every report can hold


class Validator(Protocol[T_co]):
    """A kind of value."""

    @property
    def noun(self) -> str:
        """What is expected, as in "a whole number from 1 to 100"."""

    def read(self, node: Node, problems: Problems) -> T_co:
        """Check a value; record what is wrong with it and raise `Rejected`."""

    def schema(self) -> Schema:
        """The JSON Schema of the values."""


def describe(node: Node) -> str:
    """What stands there, for messages."""
    if isinstance(node.value, Mapping):
        return "a mapping"
    if isinstance(node.value, tuple):
        return "a list"
    written = node.written
    if len(written) > LONGEST_SHOWN:
        written = f"{written[:LONGEST_SHOWN]}…"
    if node.quoted:
        return f'`"{written}"`'
    return f"`{written}`" if written else "nothing"


def refuse(
    node: Node, kind: Validator[object], problems: Problems, suggestion: str | None = None
) -> "NoReturn":
    """Refuse a value that is not of the kind."""
    problems.refuse(node.place, f"expected {kind.noun}, found {describe(node)}", suggestion)


class Text:
    """A text; a number or a word with two meanings has to be in quotes."""

    def __init__(self, noun: str = "a text", *, pattern: str = _ANY_TEXT) -> None:
        self.noun = noun
        self._pattern = pattern
        self._expression = expression(pattern) if pattern != _ANY_TEXT else None

    def read(self, node: Node, problems: Problems) -> str:
        if node.surprise:
            problems.refuse(
                node.place, f"`{node.written}` is {node.surprise}", f'put it in quotes: `"{node.written}"`'
            )
        if isinstance(node.value, bool | int | float):
            refuse(node, self, problems, f'put it in quotes: `"{node.written}"`')
        if not isinstance(node.value, str) or not self._fits(node.value):
            refuse(node, self, problems)
        return node.value

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{self._pattern})$"}

    def _fits(self, text: str) -> bool:
        if self._expression is not None:
            return bool(self._expression.fullmatch(text))
        return bool(text) and "\0" not in text and (text.isascii() or text.isprintable() or _is_whole(text))


def _is_whole(text: str) -> bool:
    """Whether no half of a pair of UTF-16 stands in it, as `"\\ud800"` makes one."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


class Flag:
    """true or false, written so."""

    noun = "`true` or `false`"

    def read(self, node: Node, problems: Problems) -> bool:
        if isinstance(node.value, bool):
            return node.value
        word = node.written.lower()
        if word in _WORDS_OF_TRUTH or word in _WORDS_OF_FALSEHOOD:
            refuse(node, self, problems, f"write `{'true' if word in _WORDS_OF_TRUTH else 'false'}`")
        refuse(node, self, problems)

    def schema(self) -> Schema:
        return {"type": "boolean"}


class FlagOr:
    """true, false, or one word."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.noun: str = f"`true`, `false` or `{word}`"

    def read(self, node: Node, problems: Problems) -> bool | str:
        if node.value == self._word:
            return self._word
        if isinstance(node.value, bool):
            return node.value
        word = node.written.lower()
        if word in _WORDS_OF_TRUTH or word in _WORDS_OF_FALSEHOOD:
            refuse(node, self, problems, f"write `{'true' if word in _WORDS_OF_TRUTH else 'false'}`")
        refuse(node, self, problems, nearest(word, (self._word, "true", "false")))

    def schema(self) -> Schema:
        return {"enum": [True, False, self._word]}


class Switch:
    """A yes or no from the environment, where there are no types: 1, true, yes, on and their opposites."""

    noun = "`1` or `0`"

    def read(self, node: Node, problems: Problems) -> bool:
        word = node.written.lower()
        if word in ("1", *_WORDS_OF_TRUTH):
            return True
        if word in ("0", *_WORDS_OF_FALSEHOOD):
            return False
        refuse(node, self, problems, "write `1` to switch it on")

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Whole:
    """A whole number within bounds."""

    def __init__(self, low: int, high: int) -> None:
        self.noun: str = f"a whole number from {low} to {high}"
        self._low, self._high = low, high

    def read(self, node: Node, problems: Problems) -> int:
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            digits = _LEADING_ZEROS.fullmatch(node.written)
            refuse(node, self, problems, f"write `{digits[1]}`" if digits else None)
        if not self._low <= node.value <= self._high:
            refuse(node, self, problems)
        return node.value

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self._low, "maximum": self._high}


class Number:
    """A number within bounds."""

    def __init__(self, low: float, high: float | None = None) -> None:
        self.noun: str = (
            f"a number from {low:g} to {high:g}" if high is not None else f"a number from {low:g} on"
        )
        self._low, self._high = low, high

    def read(self, node: Node, problems: Problems) -> float:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            refuse(node, self, problems)
        if node.value < self._low or (self._high is not None and node.value > self._high):
            refuse(node, self, problems)
        return float(node.value)

    def schema(self) -> Schema:
        bounds: Schema = {"type": "number", "minimum": self._low}
        return bounds if self._high is None else bounds | {"maximum": self._high}


def _seconds(text: str) -> float | None:
    """What a duration says; None if it is none. The usual one is read without an expression."""
    amount, unit = (text[:-2], text[-2:]) if text.endswith("ms") else (text[:-1], text[-1:])
    if unit in _SECONDS and amount.isascii() and amount.isdecimal() and len(amount) <= LONGEST_AMOUNT:
        return float(amount) * _SECONDS[unit]
    match = _DURATION.fullmatch(text)
    pairs = zip(match.groups(), _SECONDS.values(), strict=True) if match else ()
    return sum(float(amount) * unit for amount, unit in pairs if amount) if match else None


class Duration:
    """A time span such as `250ms`, `2s`, `1m30s`, `15m`, `1h`; a number without a unit says nothing."""

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero
        self.noun = "a duration such as `250ms`, `2s`, `1m30s`, `15m`" + ("" if zero else ", more than zero")

    def read(self, node: Node, problems: Problems) -> float:
        seconds: float | None = None
        if node.written == "0" and self._zero:
            seconds = 0.0  # of nothing the unit does not matter
        elif isinstance(node.value, str):
            seconds = _seconds(node.value)
        if seconds is None or seconds < 0 or (seconds == 0 and not self._zero):
            refuse(node, self, problems, self._suggestion(node))
        return seconds

    def schema(self) -> Schema:
        # that there must be more than zero is said by the reader: a pattern for it would be long
        pattern = "^" + _GROUP.sub("(?:", _DURATION.pattern) + "$"
        text: Schema = {"type": "string", "pattern": pattern}
        return {"anyOf": [{"const": 0}, text]} if self._zero else text

    def _suggestion(self, node: Node) -> str | None:
        if ":" in node.written:
            first, _, rest = node.written.partition(":")
            return (
                f"write `{first}m{rest}s`" if rest.isdigit() else "write hours, minutes, seconds as `1h2m3s`"
            )
        if isinstance(node.value, int | float) and not isinstance(node.value, bool) and node.value > 0:
            return f"add a unit: `{node.written}s` for seconds, `{node.written}m` for minutes"
        spoken = _SPOKEN_DURATION.fullmatch(node.written)
        if spoken:
            unit = spoken[2].lower().replace("mill", "ms")
            return f"write `{int(spoken[1])}{unit}`" if int(spoken[1]) or self._zero else None
        return None


class Choice(Generic[W]):
    """One of a few words, such as the members of an enum; some may be known and refused with a reason."""

    def __init__(self, noun: str, words: Iterable[W], refused: Mapping[str, str] | None = None) -> None:
        self._words = {str(word): word for word in words if word not in (refused or {})}
        self._refused = refused or {}
        self.noun = noun

    def read(self, node: Node, problems: Problems) -> W:
        # `off` has two meanings in YAML, but only one where `off` is a word of the choice.
        if isinstance(node.value, str) and node.value in self._words:
            return self._words[node.value]
        if node.written in self._refused:
            problems.refuse(node.place, f"`{node.written}` is not possible: {self._refused[node.written]}")
        listed = ", ".join(f"`{word}`" for word in self._words)
        refuse(node, self, problems, nearest(node.written, self._words) or f"one of {listed}")

    def schema(self) -> Schema:
        return {"enum": list(self._words)}
