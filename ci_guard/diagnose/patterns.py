"""Looks for a signature's pattern in bounded time.

A word that must be there is looked for first; only around its occurrences, and around a bounded number of
them, the regular expression runs. A space in a pattern also matches line breaks: tools and terminals wrap.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.knowledge import Needs, Signature
from ci_guard.time_limit import MOST_SECONDS, TimeIsUp, within

BEFORE = 1500  # characters before an occurrence of the word that the pattern may need
AFTER = 1500
FIRST = 24  # occurrences that are looked at from the beginning
LAST = 72  # and from the end, where the cause mostly stands
SHORTEST = 3  # characters of a word that is worth looking for
_ANYTHING = r"[\s\S]"  # a line break, too
_BREAK = r"[ \n]{1,2}"
_FLAGS = re.MULTILINE
_QUANTIFIER = expression(r"(?:[*+?]|\{\d*,?\d*\})[+?]?")
_GROUP_HEAD = expression(r"\((?:\?(?:P<\w+>|:|>|(?P<look>[=!]|<[=!])|(?P<flags>[aiLmsux-]+)[:)]))?")
# no word of the pattern: what a group has matched before, and a character by its number
_NO_WORD = expression(r"\(\?P=\w+\)|\\u[0-9A-Fa-f]{4}")
_CLASS = expression(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, with its spaces matching line breaks too."""
    return re.compile(_with_breaks(pattern), _FLAGS)


@cache
def needs(pattern: str) -> Needs:
    """What a text must have that the pattern matches; empty if there is nothing to tell."""
    return () if "(?i" in pattern else _needs(_NO_WORD.sub(".", pattern))


def words(needed: Needs) -> tuple[str, ...]:
    """Words one of which is in every such text: the longest of each alternative; empty if there are none."""
    return tuple(dict.fromkeys(word for alternative in needed for word in _best(alternative)))


def needs_of(signature: Signature) -> Needs:
    """What the signature's pattern needs: the build has worked it out for those that it knew."""
    return needs(signature.pattern) if signature.needs is None else signature.needs


def spans_lines(signature: Signature) -> bool:
    """Whether a match may go over several lines."""
    return _ANYTHING in signature.pattern


def may_occur(signature: Signature, reading: Reading) -> bool:
    """Whether the text has what the pattern needs: where it has not, no expression has to be compiled."""
    needed = needs_of(signature)
    return not needed or _has(reading, needed)


def occurrences(signature: Signature, reading: Reading) -> Iterator[re.Match[str]]:
    """Matches of the pattern: the first ones and the last ones in the text."""
    text = reading.text
    seen: set[tuple[int, int]] = set()
    if not may_occur(signature, reading):
        return
    present = tuple(word for word in words(needs_of(signature)) if reading.holds(word))
    windows = tuple(_windows(reading, present))

    def search(pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        for low, high in windows:
            yield from pattern.finditer(text, low, high)

    for match in searched(signature, reading, search):
        if match.span() not in seen:
            seen.add(match.span())
            yield match


def searched(
    signature: Signature, reading: Reading, search: Callable[[re.Pattern[str]], Iterable[re.Match[str]]]
) -> Iterable[re.Match[str]]:
    """What a search with the signature's pattern finds.

    A pattern that the build did not know is the user's: it has `MOST_SECONDS` for one text, and finds nothing
    more in it after that.
    """
    pattern = compiled(signature.pattern)
    if signature.needs is not None:
        return search(pattern)
    left = MOST_SECONDS - reading.spent.get(signature.id, 0.0)
    if left <= 0:
        return ()
    begun = time.process_time()
    try:
        found = within(left, lambda: tuple(search(pattern)))
    except TimeIsUp:
        reading.spent[signature.id] = MOST_SECONDS
        return ()
    reading.spent[signature.id] = MOST_SECONDS - left + time.process_time() - begun
    return found


def given_up(reading: Reading) -> tuple[str, ...]:
    """A sentence for each pattern that took too long."""
    return tuple(
        f"the pattern of `{name}` was given up after {MOST_SECONDS:.0f} s: make it more specific"
        for name, spent in reading.spent.items()
        if spent >= MOST_SECONDS
    )


def _windows(reading: Reading, wanted: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    text = reading.text
    if not wanted:
        yield 0, min(len(text), BEFORE + AFTER)
        yield max(len(text) - BEFORE - AFTER, 0), len(text)
        return
    for word in wanted:
        if word not in reading.places:
            reading.places[word] = tuple(sorted(_places(text, word)))
        for at in reading.places[word]:
            yield max(at - BEFORE, 0), at + len(word) + AFTER


def _places(text: str, word: str) -> set[int]:
    found: set[int] = set()
    at = text.find(word)
    while at >= 0 and len(found) < FIRST:
        found.add(at)
        at = text.find(word, at + AFTER // 2)
    at = text.rfind(word)
    while at >= 0 and at not in found and len(found) < FIRST + LAST:
        found.add(at)
        at = text.rfind(word, 0, max(at - BEFORE // 2, 0))
    return found


def _with_breaks(pattern: str) -> str:
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            pieces.append(pattern[at : at + 2])
            at += 2
        elif pattern[at] == "[" and (group := _CLASS.match(pattern, at)):
            pieces.append(group[0].replace(" ", r" \n"))
            at = group.end()
        elif pattern[at] == " ":
            pieces.append(_BREAK if not _QUANTIFIER.match(pattern, at + 1) else r"[ \n]")
            at += 1
        else:
            pieces.append(pattern[at])
            at += 1
    return "".join(pieces)


def _has(reading: Reading, needed: Needs) -> bool:
    for alternative in needed:  # loops: of hundreds of signatures, each is asked for each text
        for each in alternative:
            if not (reading.holds(each) if isinstance(each, str) else _has(reading, each)):
                break
        else:
            return True
    return False


def _needs(pattern: str) -> Needs:
    alternatives = tuple(_needed(branch) for branch in _branches(pattern))
    return alternatives if all(alternatives) else ()


def _branches(pattern: str) -> list[str]:
    """The alternatives on the outermost level."""
    branches: list[str] = []
    depth = start = at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 2
            continue
        if pattern[at] == "[" and (group := _CLASS.match(pattern, at)):
            at = group.end()
            continue
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        if pattern[at] == "|" and not depth:
            branches.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*branches, pattern[start:]]


def _needed(branch: str) -> tuple[str | Needs, ...]:
    """The runs of plain characters that the branch cannot do without, and what its groups need."""
    found: list[str | Needs] = []
    run = ""
    for piece, plain, needed in _pieces(branch):
        if plain and needed:
            run += piece
            continue
        if len(run) >= SHORTEST:
            found.append(run)
        run = ""
        if needed and piece.startswith("("):
            inside = _needs(_GROUP_HEAD.sub("", piece, count=1)[:-1])
            if inside:
                found.append(inside)
    return (*found, run) if len(run) >= SHORTEST else tuple(found)


def _best(alternative: Sequence[str | Needs]) -> tuple[str, ...]:
    """The longest word, or the words of a group."""
    candidates = [(each,) if isinstance(each, str) else words(each) for each in alternative]
    return max(candidates, key=lambda found: (min(map(len, found)), -len(found)))


def _pieces(branch: str) -> Iterator[tuple[str, bool, bool]]:
    """The atoms of a branch: text, whether it is a plain character, whether it has to be there."""
    at = 0
    while at < len(branch):
        atom, plain = _atom(branch, at)
        at += len(atom)
        quantifier = _QUANTIFIER.match(branch, at)
        if quantifier:
            at = quantifier.end()
            optional = quantifier[0][0] in "*?" or quantifier[0].startswith(("{0", "{,"))
            yield atom[-1:] if plain else atom, plain, not optional
            yield "", False, False  # the next character need not follow at once
        else:
            yield atom[-1:] if plain else atom, plain, True


def _atom(branch: str, at: int) -> tuple[str, bool]:
    character = branch[at]
    if character == "\\":
        escaped = branch[at : at + 2]
        return escaped, not escaped[-1].isalnum() and not escaped[-1].isspace()
    if character == "[" and (group := _CLASS.match(branch, at)):
        return group[0], False
    if character == "(":
        return _whole_group(branch, at), False
    return character, character not in ".^$ "


def _whole_group(branch: str, at: int) -> str:
    depth = 0
    end = at
    while end < len(branch):
        if branch[end] == "\\":
            end += 2
            continue
        if branch[end] == "[" and (group := _CLASS.match(branch, end)):
            end = group.end()
            continue
        depth += {"(": 1, ")": -1}.get(branch[end], 0)
        end += 1
        if not depth:
            break
    text = branch[at:end]
    head = _GROUP_HEAD.match(text)
    if head and (head["look"] or head["flags"]):
        return "[" + text[1:]  # not to be looked into: it need not match, or not literally
    return text
