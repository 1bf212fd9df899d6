import random
import re

import pytest

from ci_guard.config.patterns import fault


@pytest.mark.parametrize(
    "pattern",
    [
        r"\[WinError (?P<code>\d+)\]",
        r"(?:\\[^\\]+)+",
        r"(?P<path>(?:[A-Z]:)?(?:/[^/\s]+)+)",
        r"(?:a+b)+",
        r"(?:\w++)+x",
        r"x(?>\w+)+",
        r"(a+)(b+)",
        r"(?:a+){2}",
        r"\(a+\)+",
        r"[(a+)]+",
        r"x(?:a?b)*",
        r"error: (?!fatal).+",
        r"error: .*file.*denied",
        r"a*b*c",
        r"x(?:a+|b+)c+",
        r"\d+\s+\d+",
        r"x(?=\w+)\w+",
        r"[a-z]++[a-z0-9]+",
    ],
)
def test_harmless_patterns_pass(pattern: str) -> None:
    assert fault(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "x(a*)*",
        "(?:a+)+$",
        "(?P<path>[^:]+)*:",
        r"x(\w+\s?)*y",
        "x(.*a)*",
        "(.+,)+",
        "((a+))+",
        "(?:(?:a+)|b)+",
        "x(a+|b)*",
        "(?:x+x+)+y",
        r"([a-z]+){2,}",
        r"(?i:a+)+",
    ],
)
def test_repetitions_of_repetitions_are_refused(pattern: str) -> None:
    wrong = fault(pattern)
    assert wrong is not None
    assert "repeats a repetition" in wrong[0]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|aa)+$",
        "a{1,50}" * 4 + "b",
        "a{1,50}" * 12 + "b",
        "(a{0,99}){0,99}b",
        "(?:a|a)*b",
        "(?:ab?|a)+c",
        "(?:x{1,30}){1,30}y",
        r".{0,300}.{0,300}.{0,300}z",
        r"(?:a?){60}b",
        r"(?:(?:ab|a)(?:b|)){1,40}c",
    ],
)
def test_what_can_match_in_too_many_ways_is_refused(pattern: str) -> None:
    assert fault(pattern) is not None


PIECES = ("a", "b", ".", r"\w", "[ab]", "[^b]", "(?:a|aa)", "(?:a|b)", "(?:ab|a)", "x")
QUANTIFIERS = ("", "*", "+", "?", "{1,9}", "{0,60}", "*?")


def test_whatever_is_accepted_ends() -> None:
    """A hang is ended, and told, by the limit of the whole test."""
    chance = random.Random(20)
    accepted = 0
    for _ in range(3000):
        words = [chance.choice(PIECES) + chance.choice(QUANTIFIERS) for _ in range(chance.randint(1, 4))]
        inner = "".join(words)
        pattern = f"(?:{inner}){chance.choice(QUANTIFIERS)}{chance.choice(('', '$', 'z'))}"
        if fault(pattern) is None:
            accepted += 1
            for text in ("a" * 150, "ab" * 75, "aab" * 50):
                re.search(pattern, text + "!")
    assert accepted > 300


@pytest.mark.parametrize(
    ("pattern", "fragment"),
    [
        ("[", "unterminated character set at character 1"),
        ("(?P<a>x)(?P<a>y)", "redefinition of group name"),
        ("a{5000000000}", "too large"),
        ("[[a]", "nested set"),
        ("", "matches the empty text"),
        ("a|b*", "matches the empty text"),
        ("^", "matches the empty text"),
    ],
)
def test_what_does_not_compile_or_says_nothing_is_refused(pattern: str, fragment: str) -> None:
    wrong = fault(pattern)
    assert wrong is not None
    assert fragment in wrong[0]


@pytest.mark.parametrize(
    "pattern",
    [
        "a*a*a*b",
        r"x\w+\d+",
        r"x.*\s+y",
        "x(?:a+)(?:a+)",
        "xa+b?a+",
        r"x(?:a+|b+)b+",
        r"x\w+\b\w*y",
        "(?i:xA+)a+",
    ],
)
def test_neighbours_that_take_the_same_are_refused(pattern: str) -> None:
    wrong = fault(pattern)
    assert wrong is not None
    assert "twice in a row" in wrong[0]
