"""Tests hold on a busy machine: they wait for events, and what bounds a wait tells a hang."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.events import HANG

TESTS = Path(__file__).parents[1]
ELSEWHERE = ("programs", "controller", "__pycache__")  # what plays a part has its own pace
FILES = [path for path in TESTS.rglob("*.py") if not {*ELSEWHERE} & {*path.parts}]
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
    numbers = dict(named(text))
    found = []
    for call, line in calls(text):
        if isinstance(call.func, ast.Attribute) and call.func.attr in BOUNDED:
            given = [each.value for each in call.keywords if each.arg == "timeout"]
            bounds = [numbers.get(ast.unparse(each), number(each)) for each in given]
            found += [line for each in bounds if each is not None and each < HANG]
    return found


def named(text: str) -> Iterator[tuple[str, float]]:
    """The numbers that a module gives a name."""
    for node in ast.parse(text).body:
        value = number(node.value) if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and value is not None:
            yield ast.unparse(node.targets[0]), value


def number(node: ast.expr) -> float | None:
    return (
        float(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else None
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_nothing_waits_by_the_clock(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name == "conftest.py" or path.name.startswith("test_"):
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
        ("SECONDS = 30\nguard.communicate(timeout=SECONDS)", False, True),
        ("SECONDS = 300\nguard.communicate(timeout=SECONDS)", False, False),
        ("Stop(timeout=5.0)", False, False),
    ],
)
def test_what_is_found(line: str, slept: bool, short: bool) -> None:
    assert (bool(sleeps(line)), bool(short_bounds(line))) == (slept, short)
