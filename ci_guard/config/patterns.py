"""Checks regular expressions: that they compile, say something, and cannot run for ever.

Knows nothing of what they are looked for in.
"""

import re
import warnings
from functools import cache

from ci_guard.expression import expression

_TOKEN = expression(
    r"(?P<atom>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:P?<[^>=!]*>|[:>=!]|<[=!]|[aiLmsux-]*:))?|[)|]|.)"
    r"(?P<quantifier>(?:[*+?]|\{\d*,?\d*\})[+?]?)?",
    re.DOTALL,
)
_SAMPLE = (*map(chr, range(128)), "\u00e9", "\u4e2d", "\u2028")
_WIDTHLESS = ("^", "$", r"\b", r"\B", r"\A", r"\Z")


_QUANTIFIER = expression(r"[*+?}]")
_REPEATED_GROUP = expression(r"\)[*+{]")
QUANTIFIERS_TO_COUNT = 3
MOST_WAYS = 100_000  # from one place; some seconds for the longest line that a diagnosis looks at


class _Group:
    """What is known of a group that is still open."""

    def __init__(self, *, atomic: bool = False) -> None:
        self.atomic = atomic
        self.branches = [_Branch()]

    @property
    def greedy(self) -> bool:
        return not self.atomic and any(branch.loose for branch in self.branches)


class _Branch:
    """One alternative of a group: whether a repetition of it can be split in more than one way."""

    def __init__(self) -> None:
        self.repeated = False  # holds an unbounded repetition
        self.anything = False  # holds an unbounded repetition of any character
        self.fixed = False  # holds something that must be there, once

    @property
    def loose(self) -> bool:
        return self.anything or (self.repeated and not self.fixed)

    def add(self, atom: str, quantifier: str) -> None:
        if _unbounded(quantifier):
            self.repeated = True
            self.anything = self.anything or atom == "."
        elif not _optional(quantifier) and atom not in _WIDTHLESS:
            self.fixed = True


def fault(pattern: str) -> tuple[str, str | None] | None:
    """What is wrong with a regular expression and what to do about it; None if it can be used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
    except re.error as error:
        at = f" at character {error.pos + 1}" if error.pos is not None else ""
        return f"`{pattern}` is not a regular expression: {error.msg}{at}", None
    except (FutureWarning, DeprecationWarning, OverflowError, RecursionError) as error:
        return f"`{pattern}` is not a safe regular expression: {error}", None
    if compiled.match("") is not None:
        return f"`{pattern}` matches the empty text, so everywhere", "name a text that must be there"
    if _nested_repetition(pattern):
        return (
            f"`{pattern}` repeats a repetition: a long line can keep it busy for ever",
            "repeat only once, as `a+` instead of `(a+)+`",
        )
    if _overlapping_repetitions(pattern):
        return (
            f"`{pattern}` repeats the same characters twice in a row: a long line can be split too often",
            "write one repetition, as `a*b` instead of `a*a*b`, or a text that must stand between the two",
        )
    if _is_ambiguous(pattern):
        return (
            f"`{pattern}` can match one text in too many ways: a long line can keep it busy for ever",
            "let what follows a repetition begin with a character that the repetition cannot take",
        )
    return None


def _is_ambiguous(pattern: str) -> bool:
    if not _REPEATED_GROUP.search(pattern) and len(_QUANTIFIER.findall(pattern)) < QUANTIFIERS_TO_COUNT:
        return False
    from ci_guard.config.ambiguity import ways  # reads the pattern apart, which most need not

    return ways(pattern) > MOST_WAYS


def _overlapping_repetitions(pattern: str) -> bool:
    """Find `a*a*b`, `\\w+\\d+`, `.*\\s+`: what either of two neighbours may take."""
    groups: list[tuple[bool, frozenset[str], frozenset[str]]] = []  # look-around, taken before, by branches
    taken: frozenset[str] = frozenset()  # what the repetition that has just ended may take
    for token in _TOKEN.finditer(pattern):
        atom, quantifier = token["atom"], token["quantifier"] or ""
        if atom.startswith("("):
            look = atom.endswith(("=", "!"))
            groups.append((look, taken, frozenset()))
            taken = frozenset() if look else taken
        elif atom == "|" and groups:
            look, before, branches = groups.pop()
            groups.append((look, before, branches | taken))
            taken = frozenset() if look else before
        elif atom == "|":
            taken = frozenset()
        elif atom == ")" and groups:
            look, before, branches = groups.pop()
            taken = before if look else branches | taken | (before if _optional(quantifier) else frozenset())
        elif _unbounded(quantifier):
            accepted = _accepted(atom)
            if accepted & taken:
                return True
            taken = accepted | (taken if _optional(quantifier) else frozenset())
        elif not _optional(quantifier) and atom not in _WIDTHLESS:
            taken = frozenset()
    return False


@cache
def _accepted(atom: str) -> frozenset[str]:
    """Which characters of a sample an atom matches, in either case."""
    try:
        one = re.compile(atom, re.IGNORECASE)
    except re.error:  # a back-reference: not to be told
        return frozenset()
    return frozenset(character for character in _SAMPLE if one.fullmatch(character))


def _nested_repetition(pattern: str) -> bool:
    """Find `(a+)+`, `(a*b?)*`, `(.*a)*`: groups that an input can be split among in too many ways."""
    groups = [_Group()]
    for token in _TOKEN.finditer(pattern):
        atom, quantifier = token["atom"], token["quantifier"] or ""
        if atom.startswith("(") and len(atom) >= 1:
            groups.append(_Group(atomic=atom == "(?>"))
        elif atom == "|":
            groups[-1].branches.append(_Branch())
        elif atom == ")" and len(groups) > 1:
            group = groups.pop()
            if _unbounded(quantifier) and group.greedy:
                return True
            _absorb(groups[-1].branches[-1], group, quantifier)
        else:
            groups[-1].branches[-1].add(atom, quantifier)
    return False


def _absorb(outer: _Branch, group: _Group, quantifier: str) -> None:
    if _unbounded(quantifier):
        outer.repeated = True
    elif not _optional(quantifier) and all(branch.fixed for branch in group.branches):
        outer.fixed = True
    if group.greedy:
        outer.repeated = True
        outer.anything = outer.anything or any(branch.anything for branch in group.branches)


def _unbounded(quantifier: str) -> bool:
    if len(quantifier) > 1 and quantifier.endswith("+"):
        return False  # possessive: never gives back what it has taken
    return quantifier.startswith(("*", "+")) or (quantifier.startswith("{") and ",}" in quantifier)


def _optional(quantifier: str) -> bool:
    return quantifier.startswith(("?", "*", "{0", "{,"))
