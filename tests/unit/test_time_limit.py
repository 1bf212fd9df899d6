"""A search that would go on for hours ends, in every Python, and leaves no trace."""

import contextlib
import re
import signal
import sys
import threading
from collections.abc import Callable

import pytest

from ci_guard.time_limit import SIGNAL, TimeIsUp, within

SOON = 0.05  # seconds
ENDLESS: dict[str, Callable[[], object]] = {
    "nested": lambda: re.search("(?:a+)+b", "a" * 5000),
    "alternatives": lambda: re.fullmatch("(?:a|aa)+b", "a" * 5000),
    "bounded": lambda: re.findall("a{0,500}a{0,500}a{0,500}a?b", "a" * 50_000),
    "replaced": lambda: re.sub("(?:a{0,9}){0,9}b", "", "a" * 500_000),
    "split": lambda: re.split("(?:a?){40}b", "a" * 50_000),
    "lazy": lambda: re.search("(?:a+?)+?b", "a" * 5000),
    "classes": lambda: re.search(r"(?:\w+\s?)*!", "a" * 5000),
    "a loop of Python": lambda: sum(1 for _ in iter(int, 1)),
}


@pytest.mark.skipif(
    sys.platform == "win32" and sys.maxsize < 2**32, reason="a Python of 32 bits has no limit on Windows"
)
@pytest.mark.parametrize("name", ENDLESS)
def test_it_ends(name: str) -> None:
    before = signal.getsignal(SIGNAL)
    with pytest.raises(TimeIsUp):
        within(SOON, ENDLESS[name])
    assert signal.getsignal(SIGNAL) is before


def test_what_ends_in_time_is_as_without() -> None:
    before = signal.getsignal(SIGNAL)
    assert within(60.0, lambda: re.findall("a+", "aa b a")) == ["aa", "a"]
    with pytest.raises(ZeroDivisionError):
        within(60.0, lambda: 1 / 0)
    assert signal.getsignal(SIGNAL) is before


def test_a_limit_that_was_not_reached_ends_nothing_later() -> None:
    for _ in range(200):
        with contextlib.suppress(TimeIsUp):
            within(0.001, lambda: None)
    assert sum(range(300_000)) == 44_999_850_000


def test_another_thread_has_none() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(within(0.001, lambda: sum(range(300_000)))))
    thread.start()
    thread.join()
    assert found == [44_999_850_000]
