"""No output can keep the classifier busy: what regular expressions are given is bounded, and so are they.

Time is only compared with time on the same machine: with what the steps of a simple search take.
"""

import re
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from ci_guard.diagnose import patterns
from ci_guard.diagnose.candidate import Lookup
from ci_guard.diagnose.candidates import find_candidates, without_overlaps
from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.needs import words
from ci_guard.diagnose.patterns import AFTER, BEFORE, FIRST, LAST, compiled, needs_of
from ci_guard.diagnose.reading import read
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import Knowledge, Signature

pytestmark = [pytest.mark.table, pytest.mark.timed]

KNOWLEDGE = load_knowledge()
SIGNATURES = [
    *KNOWLEDGE.general,
    *(signature for runtime in KNOWLEDGE.runtimes.values() for signature in runtime),
    *(signature for tool in KNOWLEDGE.tools for signature in tool.signatures),
]
LONGEST_WORD = max(len(word) for signature in SIGNATURES for word in words(needs_of(signature)))
WINDOW = BEFORE + AFTER + LONGEST_WORD
LINE = 1_000_000  # hundreds of times what a pattern may see
LONGEST_EXTENT = 3000
HOSTILE = {
    "one letter": "a" * LINE,
    "one word": "error: " * (LINE // 7),
    "many words": "failed to rename file from `a` to `b`: denied (os error 5) " * (LINE // 60),
    "lines": "error: cannot open file 'a'\n" * (LINE // 28),
    "overwritten": "a" * (LINE // 2) + "\b" * (LINE // 2),
    "escapes": "\x1b[" * (LINE // 2),
    "returns": "a\r" * (LINE // 2),
    "brackets": "[" * LINE,
    "drawn": "│ " * (LINE // 2),
}


class Counted:
    """Stands for a compiled pattern: finds nothing, and counts what it is given to search."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def finditer(self, text: str, low: int, high: int) -> Iterator[re.Match[str]]:
        self.given.append(min(high, len(text)) - low)
        return iter(())

    def search(self, text: str, low: int, high: int) -> None:
        self.given.append(min(high, len(text)) - low)


class Looked(Counted):
    """Counts only what is looked for in one line."""

    def finditer(self, text: str, low: int, high: int) -> Iterator[re.Match[str]]:
        return iter(())


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_pattern_is_given_is_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = read(HOSTILE[name])
    for signature in SIGNATURES:
        counted = Counted()
        monkeypatch.setattr(patterns, "compiled", lambda _pattern, counted=counted: counted)
        list(patterns.occurrences(signature, reading))
        assert len(counted.given) <= (FIRST + LAST) * max(len(words(needs_of(signature))), 1), signature.id
        assert max(counted.given, default=0) <= WINDOW, signature.id


REFUSAL = "(os error 5) "
REFUSALS = [each for each in SIGNATURES if compiled(each.pattern).search(REFUSAL)]


def test_a_line_is_searched_for_warnings_once_and_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Looked()
    real = patterns.compiled
    nonfatal = {signature.pattern for signature in SIGNATURES if signature.nonfatal}
    monkeypatch.setattr(
        patterns, "compiled", lambda pattern: counted if pattern in nonfatal else real(pattern)
    )
    signatures = [signature for signature in SIGNATURES if signature.nonfatal or signature in REFUSALS]
    line = f"npm warn {REFUSAL}" * 300
    find_candidates(read(line), signatures, Lookup(KNOWLEDGE.codes, KNOWLEDGE.places, None))
    assert 0 < len(counted.given) <= len(nonfatal)
    assert max(counted.given) <= LONGEST_EXTENT


def cost(work: Callable[[], object]) -> float:
    """Processor seconds: the least of a few tries."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
        if best > 1:
            break
    return best


STEPS = 1_000_000
UNIT = cost(lambda: re.search("(?:a|b)c", "a" * STEPS)) / STEPS  # seconds for one step of a search
MOST = 15e6  # steps within one window: less than twice its square


def attacks(signature: Signature) -> Iterator[str]:
    """Windows full of beginnings of what the pattern wants: every cut of its examples, repeated."""
    for example in signature.examples:
        text = read(example).text
        for cut in sorted({len(text) * part // 8 for part in range(1, 9)}):
            start = text[:cut]
            if not start.strip():
                continue
            yield (start * (WINDOW // len(start) + 1))[:WINDOW]
            yield (start + start[-1] * WINDOW)[:WINDOW]
            tail = start[len(start) // 2 :]
            yield (start + tail * (WINDOW // max(len(tail), 1) + 1))[:WINDOW]


def _all_in(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return list(pattern.finditer(text))


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.id)
def test_a_pattern_is_quick_within_a_window(signature: Signature) -> None:
    pattern = compiled(signature.pattern)
    for text in attacks(signature):
        spent = cost(partial(_all_in, pattern, text))
        assert spent < MOST * UNIT, (spent, text[:200])


def empty_knowledge(*signatures: Signature) -> Knowledge:
    return Knowledge(general=signatures, runtimes={}, tools=(), codes=KNOWLEDGE.codes)


@pytest.mark.parametrize("pattern", ["x+y", "(?i)ERROR.*z", "[a-z]+:[a-z]+!", "a{1,500}b", ".+z"])
def test_a_pattern_of_the_user_sees_no_more_than_a_window(pattern: str) -> None:
    own = Signature(
        id="own", category=None, namespace=Namespace.ERRNO, pattern=pattern, reference="", examples=()
    )
    short, long = ("a" * size for size in (30_000, 900_000))
    knowledge = empty_knowledge(own)
    assert classify_text(short, knowledge=knowledge) == classify_text(long, knowledge=knowledge)
    of_short = cost(lambda: list(patterns.occurrences(own, read(short))))
    of_long = cost(lambda: list(patterns.occurrences(own, read(long))))
    assert of_long < 60 * of_short + 0.5  # the text is 30 times as long


def test_matches_that_overlap_are_sorted_out_in_passing() -> None:
    lookup = Lookup(KNOWLEDGE.codes, KNOWLEDGE.places, None)
    costs = []
    for count in (200, 800):
        found = find_candidates(read(REFUSAL * count), REFUSALS, lookup)
        costs.append((len(found), cost(partial(without_overlaps, found))))
    (few, of_few), (many, of_many) = costs
    assert of_many < 4 * of_few * max(many / few, 1) + 0.2
