"""The table read without click says what click says, wherever it does not leave that to click."""

import random

import pytest

from ci_guard.cli.guard import invocation_of
from ci_guard.cli.guard_parser import read_front
from ci_guard.cli.options import read
from ci_guard.errors import UsageError
from ci_guard.policy.table import options

VALUES = ("", "3", "15m", "a b", "-x", "--", "a=b", "junit=x.xml", "é", "--name", "network,unknown")
ODD = ("-h", "--nam", "word", "--name", "-", "--quiet=1", "--no-such", "-v", "--version")
LINES = 4000


def lines() -> list[list[str]]:
    chance = random.Random(12)
    made = []
    for _ in range(LINES):
        words: list[str] = []
        for _ in range(chance.randint(0, 4)):
            option = chance.choice(options())
            value = chance.choice(VALUES)
            if option.metavar is None:
                words.append(option.flag)
            elif chance.random() < 0.5:
                words.append(f"{option.flag}={value}")
            else:
                words += [option.flag, value]
        if chance.random() < 0.2:
            words.insert(chance.randint(0, len(words)), chance.choice(ODD))
        made.append([word for word in words if word != "--"])
    return made


def test_both_readers_agree_on_generated_command_lines() -> None:
    read_here = 0
    for words in lines():
        given = read(words)
        if given is None:
            continue
        read_here += 1
        other = read_front(words, ["--", "x"])
        assert isinstance(other, dict), words
        assert invocation_of(given, ["x"], {}) == invocation_of(other, ["x"], {}), words
    assert read_here > LINES / 2


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"]])
def test_what_asks_for_an_answer_is_left_to_click(words: list[str]) -> None:
    assert read(words) is None


@pytest.mark.parametrize("words", [["word"], ["--nam", "x"], ["--name"], ["--quiet=1"], ["--policy"]])
def test_mistakes_are_left_to_click(words: list[str]) -> None:
    assert read(words) is None
    with pytest.raises(UsageError):
        read_front(words, ["--", "x"])
