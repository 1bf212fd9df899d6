"""Waiting in tests: for an event, never for the clock. What bounds a wait is a hang, not a slow machine."""

import time
from collections.abc import Callable
from typing import TypeVar

# seconds; less than a test may take (`timeout` in pyproject.toml), so that the test itself says what hung
HANG = 240
LOOK = 0.01  # seconds between two looks

Found = TypeVar("Found")


def until(condition: Callable[[], Found], limit: float = HANG) -> Found:
    """Wait until the condition gives something true, and return it; AssertionError after `limit` seconds."""
    end = time.monotonic() + limit
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {limit} s in vain"
        time.sleep(LOOK)
    return found
