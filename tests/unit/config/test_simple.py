"""The small reader beside PyYAML: where it gives an answer, PyYAML gives the same."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ci_guard.config.document import read_file
from ci_guard.config.nodes import Node
from ci_guard.config.simple import DEEPEST, LONGEST, read_simple
from ci_guard.config.source import read_text
from ci_guard.errors import PolicyError
from ci_guard.policy.starter import starter

SEED, TEXTS = 12, 1200  # fixed: a red run means a change
WORDS = (
    *(
        "1",
        "07",
        "1.5",
        "-3",
        "2s",
        "1m30s",
        "yes",
        "on",
        "null",
        "~",
        "true",
        "a b",
        "a-b",
        "-x",
        "1:30",
        "x:y",
    ),
    *(
        "uv sync *",
        "os error 5",
        "a#b",
        "a #b",
        "a: b",
        "a:",
        "*x",
        "&x",
        "!x",
        "|",
        ">",
        "%x",
        "@x",
        "`x`",
        "-",
    ),
    *(
        "'it'",
        "'it''s'",
        '"q"',
        '"a\\n"',
        '"#"',
        "'a: b'",
        "'",
        '"',
        "",
        " ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "?",
        "? x",
    ),
    *("[a, b]", "[a, [1]]", "[]", "[a,]", "[a b, 'c, d']", "{a: 1}", "{a: 1, b: [x]}", "{}", "{a}", "{a:1}"),
    *(
        "{on: 1}",
        "{a: 1, a: 2}",
        "[a] # why",
        "{a: 'x'}#",
        "[a: 1]",
        "<<",
        "=",
        "2020-01-01",
        "0x1f",
        ".5",
        "1_0",
    ),
    *(
        "C:\\x",
        "reports/{step}.json",
        "é",
        "\u2028",
        "\t",
        "\ufeff",
        "caf\xe9 ok",
        "--- a",
        "...",
        "a\tb",
        "~x",
    ),
)
KEYS = (
    "a",
    "b",
    "version",
    "on",
    "y",
    "32",
    "a b",
    "'q'",
    '"q"',
    "a.b",
    "_a",
    "a-b",
    "é",
    "-",
    "<<",
    "[a]",
    "",
)
ODD = "\n\r\t :#-'\"[]{},&*!|>%@\\?~x0é\u2028"


def document(chance: random.Random, indent: int = 0, depth: int = 0) -> str:
    """A text that is mostly one of ours, and sometimes nearly one."""
    lines = []
    listed = chance.random() < 0.3
    for _ in range(chance.randint(1, 3)):
        space = " " * (indent + (chance.random() < 0.04))
        begin = (
            "- " + " " * (chance.random() < 0.1)
            if listed
            else f"{chance.choice(KEYS[: chance.choice((4, 17))])}:"
        )
        if listed and chance.random() < 0.4:
            begin += f"{chance.choice(KEYS[:4])}:"
            inner = indent + 2
        else:
            inner = indent + chance.choice((0, 2, 2, 4))
        if chance.random() < 0.35 and depth < 3:
            lines += [space + begin + chance.choice(("", "", " # why")), document(chance, inner, depth + 1)]
        else:
            lines.append(f"{space}{begin} {chance.choice(WORDS[: chance.choice((16, len(WORDS)))])}")
        if chance.random() < 0.15:
            lines.append(chance.choice(("", "# a comment", "   # deep", "  ")))
    return chance.choice(("\n", "\n", "\n", "\r\n")).join(lines)


def spoilt(chance: random.Random) -> str:
    """One with a few characters changed."""
    characters = list(document(chance))
    for _ in range(chance.randint(0, 2)):
        characters.insert(chance.randint(0, len(characters)), chance.choice(ODD))
    return "".join(characters) + chance.choice(("", "\n"))


def by_pyyaml(text: str) -> Node | None:
    try:
        return read_text(text, "f.yml")
    except PolicyError:
        return None


def test_where_it_gives_an_answer_pyyaml_gives_the_same() -> None:
    chance = random.Random(SEED)
    read = 0
    for _ in range(TEXTS):
        text = spoilt(chance)
        node = read_simple(text, "f.yml")
        if node is not None:
            assert node == by_pyyaml(text), text
            read += 1
    assert read > TEXTS / 10


USUAL = """\
# what our agents need
version: 1
attempts: 6   # the first one included
recovery_time: 15m
backoff: {initial: 2s, factor: 2, maximum: 60s, jitter: 0.1}
retry_on: [antivirus_lock, network]
verify: always
environment:
  UV_LINK_MODE: copy
  OLD:
reports:
  junit: reports/TEST-{step}.xml
  json: "reports/{step}.json"
redact: ['tok_[a-z]+', "x"]
commands:
- match: "uv tool install *"
  attempts: 10
-   match: 'pip *'
    tweaks:
      mode: off
      deny:
      - a b
      -  c
"""


@pytest.mark.parametrize(
    "spoil", [str, lambda text: text.replace("\n", "\r\n"), lambda text: text + "\n # end"]
)
def test_a_usual_policy_is_read_without_pyyaml(spoil: Callable[[str], str]) -> None:
    text = spoil(USUAL)
    node = read_simple(text, "f.yml")
    assert node is not None
    assert node == by_pyyaml(text)


def test_the_starter_file_is_read_without_pyyaml() -> None:
    assert read_simple(starter(), "f.yml") == by_pyyaml(starter()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a",
        "a: 1\na: 2\n",
        "on: 1\n",
        "a: |\n  x\n",
        "a: x\n  y\n",
        "a: &x 1\n",
        "- - a\n",
        " a: 1\n",
        "---\na: 1\n",
        "a: " + "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2),
        "".join(f"{' ' * n}a:\n" for n in range(DEEPEST + 2)),
        "a: " + "x" * LONGEST,
    ],
)
def test_what_is_left_to_pyyaml(text: str) -> None:
    assert read_simple(text, "f.yml") is None


def test_a_mistake_is_told_as_by_pyyaml(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text("version: 1\nversion: 1\n")
    with pytest.raises(PolicyError, match=r"p:2:1: repeated key `version`, first written on line 1"):
        read_file(str(path), "p")


if __name__ == "__main__":  # many more: `python -m unit.config.test_simple COUNT`
    luck = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    for _ in range(int(sys.argv[1])):
        tried = spoilt(luck)
        if (answer := read_simple(tried, "f.yml")) is not None and answer != by_pyyaml(tried):
            print(repr(tried))
