"""In how many ways a regular expression can match one text from one place: what its worst time grows with.

A backtracking engine tries them all before it says no. A repetition whose characters cannot begin what
follows ends at one place only; others multiply. Knows nothing of what is looked for. See Davis and others,
"The Impact of Regular Expression Denial of Service (ReDoS) in Practice" (ESEC/FSE 2018).
"""

import re
from collections.abc import Sequence
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

LONGEST_RUN = 300  # what an unbounded repetition counts as, characters
MOST = 10**30  # counting ends there
SAMPLE = frozenset((*range(128), 0xE9, 0x4E2D, 0x2028))
ANY = SAMPLE
_WIDTHLESS = (sre.AT, sre.ASSERT, sre.ASSERT_NOT)
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)

Item = tuple[Any, Any]


def ways(pattern: str) -> int:
    """The most ways to match, at most `MOST`. Raises re.error for what is no regular expression."""
    parsed = _parser.parse(pattern)
    ignores_case = bool(parsed.state.flags & re.IGNORECASE)
    return _Counter(ignores_case).sequence(list(parsed), frozenset())


class _Counter:
    def __init__(self, ignores_case: bool) -> None:
        self._ignores_case = ignores_case

    def sequence(self, items: Sequence[Item], after: frozenset[int]) -> int:
        """Ways of the items one after the other; `after`: what may come behind them."""
        product = 1
        for index, item in enumerate(items):
            follows = self._first_of(items[index + 1 :], after)
            product = min(MOST, product * self._ways(item, follows))
        return product

    def _ways(self, item: Item, follows: frozenset[int]) -> int:
        kind, value = item
        if kind in _REPEATS:
            return self._repeat(value, follows)
        if kind is sre.POSSESSIVE_REPEAT or kind is sre.ATOMIC_GROUP:
            return 1
        if kind is sre.SUBPATTERN:
            return self.sequence(list(value[-1]), follows)
        if kind is sre.BRANCH:
            return self._branch([list(branch) for branch in value[1]], follows)
        if kind in (sre.ASSERT, sre.ASSERT_NOT):
            return self.sequence(list(value[1]), frozenset())
        if kind is sre.GROUPREF_EXISTS:
            return sum(self.sequence(list(each), follows) for each in value[1:] if each is not None)
        return 1

    def _repeat(self, value: tuple[int, Any, Any], follows: frozenset[int]) -> int:
        least, most, body = value[0], value[1], list(value[2])
        most = LONGEST_RUN if most is sre.MAXREPEAT else int(most)
        if most <= 1:
            inner = self.sequence(body, follows)
            return inner + (1 if least == 0 and self._first_of(body, frozenset()) & follows else 0)
        first = self._first_of(body, frozenset())
        inner = self.sequence(body, follows | first)  # what comes behind may be the body once more
        nullable = self._is_nullable(body)
        if inner > 1 or nullable:
            base = inner + (1 if nullable else 0)
            return MOST if most * base.bit_length() > MOST.bit_length() else min(MOST, base**most)
        return most - least + 1 if first & follows else 1

    def _branch(self, branches: Sequence[Sequence[Item]], follows: frozenset[int]) -> int:
        """Branches that exclude each other by their first characters do not add up."""
        counts = [self.sequence(branch, follows) for branch in branches]
        groups: list[list[int]] = []
        for index, branch in enumerate(branches):
            for group in groups:
                if any(not self._excludes(branch, branches[other], follows) for other in group):
                    group.append(index)
                    break
            else:
                groups.append([index])
        return min(MOST, max((sum(counts[index] for index in group) for group in groups), default=1))

    def _excludes(self, one: Sequence[Item], other: Sequence[Item], follows: frozenset[int]) -> bool:
        firsts, seconds = self._single_sets(one), self._single_sets(other)
        if any(not (first & second) for first, second in zip(firsts, seconds, strict=False)):
            return True
        return not (self._first_of(one, follows) & self._first_of(other, follows))

    def _single_sets(self, items: Sequence[Item]) -> list[frozenset[int]]:
        """The sets of the leading items that are one character each."""
        sets: list[frozenset[int]] = []
        for kind, value in items:
            if kind in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
                sets.append(self._set((kind, value)))
            elif kind is sre.SUBPATTERN:
                inner = self._single_sets(list(value[-1]))
                sets += inner
                if len(inner) < len(value[-1]):
                    break
            elif kind not in _WIDTHLESS:
                break
        return sets

    def _first_of(self, items: Sequence[Item], after: frozenset[int]) -> frozenset[int]:
        """With which characters the items may begin, or what is behind them if they may be empty."""
        found: frozenset[int] = frozenset()
        for item in items:
            found |= self._first(item)
            if not self._is_nullable([item]):
                return found
        return found | after

    def _first(self, item: Item) -> frozenset[int]:
        kind, value = item
        if kind in _REPEATS or kind is sre.POSSESSIVE_REPEAT:
            return self._first_of(list(value[2]), frozenset())
        if kind is sre.SUBPATTERN:
            return self._first_of(list(value[-1]), frozenset())
        if kind is sre.ATOMIC_GROUP:
            return self._first_of(list(value), frozenset())
        if kind is sre.BRANCH:
            return frozenset().union(*(self._first_of(list(branch), frozenset()) for branch in value[1]))
        if kind in _WIDTHLESS:
            return frozenset()
        return self._set(item)

    def _is_nullable(self, items: Sequence[Item]) -> bool:
        return all(self._may_be_empty(kind, value) for kind, value in items)

    def _may_be_empty(self, kind: Any, value: Any) -> bool:
        if kind in _REPEATS or kind is sre.POSSESSIVE_REPEAT:
            return value[0] == 0 or self._is_nullable(list(value[2]))
        if kind is sre.SUBPATTERN:
            return self._is_nullable(list(value[-1]))
        if kind is sre.ATOMIC_GROUP:
            return self._is_nullable(list(value))
        if kind is sre.BRANCH:
            return any(self._is_nullable(list(branch)) for branch in value[1])
        return kind in _WIDTHLESS or kind in (sre.GROUPREF, sre.GROUPREF_EXISTS)

    def _set(self, item: Item) -> frozenset[int]:
        kind, value = item
        if kind is sre.LITERAL:
            return self._cased(frozenset({value}))
        if kind is sre.NOT_LITERAL:
            return ANY - {value}
        if kind is sre.IN:
            return self._cased(_members(tuple(value)))
        return ANY  # any character, a back-reference

    def _cased(self, found: frozenset[int]) -> frozenset[int]:
        if not self._ignores_case:
            return found
        return found | {
            ord(form) for code in found for form in (chr(code).lower(), chr(code).upper()) if len(form) == 1
        }


@cache
def _members(items: tuple[Item, ...]) -> frozenset[int]:
    """The characters of a class, of the sample and those that it names."""
    found: set[int] = set()
    negated = False
    for kind, value in items:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.add(value)
        elif kind is sre.RANGE:
            found |= {code for code in SAMPLE if value[0] <= code <= value[1]} | {value[0], value[1]}
        elif kind is sre.CATEGORY:
            found |= _category(value)
    return ANY - found if negated else frozenset(found)


@cache
def _category(name: Any) -> frozenset[int]:
    letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[str(name).rpartition("_")[2]]
    escape = letter.upper() if "_NOT_" in str(name) else letter
    return frozenset(code for code in SAMPLE if re.match(rf"\{escape}", chr(code)))
