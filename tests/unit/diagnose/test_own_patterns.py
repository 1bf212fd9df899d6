"""A pattern of a user's ends in time, whatever it is and whatever the output is; the others are not harmed.

What a policy check lets pass may still take minutes in a text that is made for it: the check counts ways from
one place, and a text has thousands.
"""

import random

import pytest

from ci_guard.config.patterns import fault
from ci_guard.dataclass import replace
from ci_guard.diagnose import patterns
from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.patterns import given_up, occurrences
from ci_guard.diagnose.reading import Reading, read
from ci_guard.model.category import Category
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import Knowledge, Signature

SOON = 0.01  # seconds, instead of two
SEED, TRIES = 12, 60
PIECES = ("a", "[ab]", ".", r"\w", "(?:a|b)", "(?:ab|a)", "a?")
QUANTIFIERS = ("", "+", "{1,50}", "{0,300}", "{1,99}?")
WORD = "kaput"
HOSTILE = (
    ("a" * 700 + WORD + "\n") * 200,
    ("ab" * 350 + WORD + "\n") * 200,
    ("a" * 3000 + WORD + "\n") * 100,
)
SLOW = ("a{0,300}a{0,300}a?b.kaput", "a{1,50}a{1,50}a{1,50}b.kaput")


def own(pattern: str, category: Category | None = Category.NETWORK) -> Signature:
    return Signature(
        id="own", category=category, namespace=Namespace.ERRNO, pattern=pattern, reference="", examples=()
    )


def accepted() -> list[str]:
    """Patterns that a policy may have."""
    chance = random.Random(SEED)
    made = [
        "".join(chance.choice(PIECES) + chance.choice(QUANTIFIERS) for _ in range(chance.randint(2, 4)))
        for _ in range(TRIES)
    ]
    return [whole for each in made if fault(whole := f"{each}[0-9]{WORD}") is None]


@pytest.mark.table
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:4])
def test_whatever_a_policy_may_have_ends(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST_SECONDS", SOON)
    reading = read(text)
    found = accepted()
    assert len(found) > TRIES / 4
    slow = [each for each in found if given_up(searched_for(each, reading))]
    assert slow  # else the texts are harmless, and this shows nothing


def searched_for(pattern: str, reading: Reading) -> Reading:
    """The reading after a search, which finds nothing: no text has a digit."""
    fresh = replace(reading, spent={})
    assert list(occurrences(own(pattern), fresh)) == []
    return fresh


@pytest.mark.parametrize("pattern", SLOW)
@pytest.mark.parametrize("nonfatal", [False, True])
def test_a_pattern_that_takes_too_long_is_told_and_harms_no_other(
    pattern: str, nonfatal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "MOST_SECONDS", SOON)
    assert fault(pattern) is None
    slow = replace(
        own(pattern), nonfatal=nonfatal, category=Category.UNKNOWN if nonfatal else Category.NETWORK
    )
    other = replace(own("the disk is full"), id="other", category=Category.DISK_FULL)
    knowledge = Knowledge(general=(slow, other), runtimes={}, tools=(), codes=())
    diagnosis = classify_text(HOSTILE[2].strip() + " the disk is full\n", knowledge=knowledge, exit_status=1)
    assert diagnosis.category is Category.DISK_FULL
    assert diagnosis.evidence == ("the pattern of `own` was given up after 0 s: make it more specific",)


def test_a_pattern_that_is_quick_finds_what_it_finds() -> None:
    knowledge = Knowledge(general=(own("the (?:line|network) is dead"),), runtimes={}, tools=(), codes=())
    diagnosis = classify_text("oh\nthe network is dead\n", knowledge=knowledge, exit_status=1)
    assert (diagnosis.category, diagnosis.evidence) == (Category.NETWORK, ())


def test_a_pattern_that_was_given_up_is_not_searched_for_again_in_the_same_text() -> None:
    signature, reading = own("the network is dead"), read("the network is dead")
    assert list(occurrences(signature, reading))
    reading.spent[signature.id] = patterns.MOST_SECONDS
    assert list(occurrences(signature, reading)) == []
