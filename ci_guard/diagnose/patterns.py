"""Looks for a signature's pattern in bounded time.

A word that must be there is looked for first; only around its occurrences, and around a bounded number of
them, the regular expression runs. A space in a pattern also matches line breaks: tools and terminals wrap.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from ci_guard.diagnose.needs import MEMBERS, REPEATS, are_met, branches, needs, words
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.knowledge import Needs, Signature
from ci_guard.time_limit import MOST_SECONDS, TimeIsUp, within

BEFORE = 1500  # characters before an occurrence of the word that the pattern may need
AFTER = 1500
FIRST = 24  # occurrences that are looked at from the beginning
LAST = 72  # and from the end, where the cause mostly stands
_ANYTHING = r"[\s\S]"  # a line break, too
_BREAK, _ONE_BREAK = r"[ \n]{1,2}", r"[ \n]"
_FLAGS = re.MULTILINE
_PIECE = expression(
    rf"\\.|(?P<members>{MEMBERS})|(?P<blank> )(?P<quantifier>(?={REPEATS}))?",
    re.DOTALL,
)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, with its spaces matching line breaks too."""
    return re.compile(_with_breaks(pattern), _FLAGS)


def needs_of(signature: Signature) -> Needs:
    """What the signature's pattern needs: the build has worked it out for those that it knew."""
    return needs(signature.pattern) if signature.needs is None else signature.needs


def spans_lines(signature: Signature) -> bool:
    """Whether a match may go over several lines."""
    return _ANYTHING in signature.pattern


def may_occur(signature: Signature, reading: Reading) -> bool:
    """Whether the text has what the pattern needs: where it has not, no expression has to be compiled."""
    needed = needs_of(signature)
    return not needed or are_met(needed, reading.holds)


def possible(signature: Signature, reading: Reading) -> str:
    """The pattern, without the alternatives that lack a word in the text: they need not be compiled."""
    needed = needs_of(signature)
    held = [are_met((alternative,), reading.holds) for alternative in needed]
    if all(held):
        return signature.pattern
    pairs = zip(branches(signature.pattern), held, strict=True)
    return "|".join(branch for branch, is_held in pairs if is_held)


def occurrences(signature: Signature, reading: Reading) -> Iterator[re.Match[str]]:
    """Matches of the pattern: the first ones and the last ones in the text."""
    text = reading.text
    seen: set[tuple[int, int]] = set()
    if not may_occur(signature, reading):
        return
    held = tuple(each for each in needs_of(signature) if are_met((each,), reading.holds))
    present = tuple(word for word in words(held) if reading.holds(word))
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
    if signature.needs is not None:
        return search(compiled(possible(signature, reading)))
    pattern = compiled(signature.pattern)
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
    return _PIECE.sub(_broken, pattern)


def _broken(piece: re.Match[str]) -> str:
    if piece["blank"]:
        return _ONE_BREAK if piece["quantifier"] is not None else _BREAK
    return piece[0].replace(" ", r" \n") if piece["members"] else piece[0]
