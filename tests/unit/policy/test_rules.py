"""Rules of `commands:`: which one counts, and which none reaches."""

from pathlib import Path

import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.policy.match import CommandMatcher, covers
from ci_guard.policy.rules import rule_for, unreachable


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("uv *", "uv sync *", True),
        ("uv sync *", "uv sync", True),
        ("uv sync", "uv sync *", False),
        ("uv * --frozen", "uv sync *", False),
        ("*", "pip *", True),
        ("uv pip *", "uv *", False),
        ("UV.exe *", "uv sync", True),
        ("uv sync --frozen", "uv sync", False),
        ("uv ?", "uv *", False),
        ("uv *", "uv [ab]", False),  # true, but of such patterns nothing is claimed
    ],
)
def test_what_one_glob_covers(wide: str, narrow: str, expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_what_is_covered_is_fitted() -> None:
    globs = ("*", "uv *", "uv sync *", "uv sync", "uv * *", "* sync *", "uv pip install *", "pip *", "uv*")
    commands = (
        "uv", "uv sync", "uv sync --frozen", "uv pip install x", "pip install x", "uvx ruff",
        "poetry sync -q",
    )  # fmt: skip
    claims = 0
    for wide in globs:
        for narrow in globs:
            if not covers(wide, narrow):
                continue
            claims += wide != narrow
            for command in commands:
                matcher = CommandMatcher(command.split(), parse_command)
                assert matcher.fits(wide) or not matcher.fits(narrow), (wide, narrow, command)
    assert claims > 10


TEXT = """\
version: 1
commands:
  - match: "uv *"
    attempts: 3
  - match: "uv sync *"
    attempts: 9
  - match: "pip *"
    attempts: 2
"""


def test_a_rule_below_a_wider_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "p.yml"
    file.write_text(TEXT, encoding="utf-8")
    (warning,) = unreachable(str(file), "p.yml")
    assert str(warning) == (
        "p.yml:5:12: `uv sync *` is never reached: `uv *` on line 3 matches all that it matches; "
        "the first match wins, so move it above that line"
    )
    assert rule_for(str(file), "p.yml", ("uv", "sync"), parse_command) == ("uv *", 3)
    assert rule_for(str(file), "p.yml", ("npm", "ci"), parse_command) is None
