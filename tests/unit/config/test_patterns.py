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
