"""Tests hold on a busy machine: they wait for events, and what bounds a wait tells a hang."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.events import HANG

TESTS = Path(__file__).parents[1]
FILES = [path for path in TESTS.rglob("*.py") if path.name == "conftest.py" or path.name.startswith("test_")]
WHY = "# by the clock: "  # and then why nothing else would do
BOUNDED = ("run", "check_output", "check_call", "call", "communicate", "wait", "join")


def calls(text: str) -> Iterator[tuple[ast.Call, str]]:
    """Each call, with its first line."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield node, lines[node.lineno - 1]


def sleeps(text: str) -> list[str]:
    """The lines that wait by the clock, and do not say why."""
    return [
        line
        for call, line in calls(text)
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "time.sleep" and WHY not in line
    ]


def short_bounds(text: str) -> list[str]:
    """The lines that end a process, or a wait for one, sooner than a busy machine may take."""
    found = []
    for call, line in calls(text):
        if isinstance(call.func, ast.Attribute) and call.func.attr in BOUNDED:
            given = [each.value for each in call.keywords if each.arg == "timeout"]
            found += [line for each in given if isinstance(each, ast.Constant) and _is_short(each.value)]
    return found


def _is_short(value: object) -> bool:
    return isinstance(value, int | float) and value < HANG


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_nothing_waits_by_the_clock(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert sleeps(text) == []
    assert short_bounds(text) == []


@pytest.mark.parametrize(
    ("line", "slept", "short"),
    [
        ("time.sleep(0.1)", True, False),
        ("time.sleep(0.1)  # by the clock: it is the kernel's", False, False),
        ("clock.sleep(0.1)", False, False),
        ("subprocess.run(command, timeout=60)", False, True),
        ("subprocess.run(command, timeout=HANG)", False, False),
        ("guard.communicate(timeout=30.0)", False, True),
        ("Stop(timeout=5.0)", False, False),
    ],
)
def test_what_is_found(line: str, slept: bool, short: bool) -> None:
    assert (bool(sleeps(line)), bool(short_bounds(line))) == (slept, short)
