"""What a process prints that outlives a step is no command to GitHub's runner, however it is cut."""

import random
import re
from itertools import pairwise

import pytest

from ci_guard.ci_server.late_output import LateOutput

TEXTS = (
    b"::set-env name=A::b\n",
    b"  \t::error::x\n",
    b"a\n::error::x\r::warning::y\r\n::debug::z\n",
    b"\xc2\xa0::add-mask::x\n",
    b"\xe2\x80\x83\xef\xbb\xbf::group::\n",
    b"##[set-env name=A]b\n",
    b"in a line ##[error]x ##vso[task.complete]\n",
    b"###[error]\n####[group]\n",
    b":::set-env::\n::::\n",
)
HARMLESS = (
    b"a::b\n",
    b"# title\n## more\n",
    b"note: x\n",
    b"12:30:01\n",
    b"#",
    b"##abc",
    b": \n",
    b"",
    b"\xff",
)
SEED, CUTS = 12, 200


def is_command(line: bytes) -> bool:
    """As the runner sees it."""
    text = line.decode("utf-8", "replace").lstrip()
    text = text.lstrip("\ufeff").lstrip()
    return text.startswith("::") or bool(re.search(r"##\[", text))


def shown(pieces: list[bytes]) -> bytes:
    sieve = LateOutput()
    return b"".join([*(sieve.pass_on(piece) for piece in pieces), sieve.rest()])


def cut(text: bytes, chance: random.Random) -> list[bytes]:
    places = sorted({0, len(text), *(chance.randrange(len(text) + 1) for _ in range(chance.randrange(5)))})
    return [text[begin:end] for begin, end in pairwise(places)]


@pytest.mark.parametrize("text", TEXTS)
def test_no_command_is_left(text: bytes) -> None:
    assert any(map(is_command, re.split(rb"[\r\n]+", text)))
    chance = random.Random(SEED)
    for pieces in [[text], [bytes([byte]) for byte in text], *(cut(text, chance) for _ in range(CUTS))]:
        result = shown(pieces)
        assert not any(map(is_command, re.split(rb"[\r\n]+", result))), pieces
        assert result.replace(b" ", b"") == text.replace(b" ", b"")


@pytest.mark.parametrize("text", HARMLESS)
def test_all_else_is_as_it_was(text: bytes) -> None:
    chance = random.Random(SEED)
    for pieces in [[text], *(cut(text, chance) for _ in range(CUTS))]:
        assert shown(pieces) == text
