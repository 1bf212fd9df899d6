"""Locks that a tool survived are heard of, and what it says for our sake stays out of the console."""

import random

import pytest

from ci_guard.diagnose.near_misses import LINE_LIMIT, Listener
from ci_guard.model.knowledge import Telling

CHATTER = "WARN Retrying "
RETRY = Telling(
    pattern=r"^WARN Retrying to persist (?P<path>.+?): ",
    environment={"RUST_LOG": "x"},
    chatter=(CHATTER,),
    reference="https://example.org",
)
OWN = Telling(pattern=r"again: (?P<path>\S+)", environment={}, reference="https://example.org")
A, B = (f"WARN Retrying to persist {name}: refused (os error 5)\n".encode() for name in ("a.exe", "b.exe"))
COLOURED = b"\x1b[33mWARN\x1b[0m Retrying to persist a.exe: refused (os error 5)\n"
TEXTS = [
    (A, b"", {"a.exe": 1}),
    (b"Resolved 3\n" + A + B + A + b"Installed 3\n", b"Resolved 3\nInstalled 3\n", {"a.exe": 2, "b.exe": 1}),
    (COLOURED + COLOURED + b"done", b"done", {"a.exe": 2}),
    (b"WARN something else\nWARN Retry\n", b"WARN something else\nWARN Retry\n", {}),
    (b"he said " + A, b"he said " + A, {}),
    (b"W", b"W", {}),
    (b"WARN Retr", b"WARN Retr", {}),
    (b"\x1b[3", b"\x1b[3", {}),
    (A[:-1], b"", {}),  # it broke off: nobody knows what of
    (b"\r 10%\r 20%\n" + A, b"\r 10%\r 20%\n", {"a.exe": 1}),
    (A.replace(b"\n", b"\r\n") + b"x\r\n", b"x\r\n", {"a.exe": 1}),
    (b"\xff\x00\n" + A + b"\n\n", b"\xff\x00\n\n\n", {"a.exe": 1}),
    (b"again: c.exe\n", b"again: c.exe\n", {"c.exe": 1}),
    (b"x" * 3 * LINE_LIMIT + b"\n" + A, b"x" * 3 * LINE_LIMIT + b"\n", {"a.exe": 1}),
    (A[:-1] + b"y" * 3 * LINE_LIMIT + b"\nz\n", b"z\n", {"a.exe": 1}),
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 5000, 100_000])
@pytest.mark.parametrize(("text", "shown", "heard"), TEXTS)
def test_however_the_bytes_come(text: bytes, shown: bytes, heard: dict[str, int], size: int) -> None:
    listener = Listener((RETRY, OWN), (CHATTER,))
    passed = b"".join(listener.pass_on(text[start : start + size]) for start in range(0, len(text), size))
    assert passed + listener.rest() == shown
    assert {each.file: each.tries for each in listener.near_misses} == heard


@pytest.mark.parametrize("seed", range(30))
def test_without_chatter_every_byte_passes_at_once(seed: int) -> None:
    chance = random.Random(seed)
    text = bytes(chance.choice(b"WARN Retrying\x1b[3m\n\r: ") for _ in range(500))
    listener = Listener((RETRY, OWN))
    assert b"".join(listener.pass_on(text[at : at + 1]) for at in range(len(text))) == text
    assert listener.rest() == b""


def test_only_what_may_become_chatter_waits_for_its_end() -> None:
    listener = Listener((RETRY,), (CHATTER,))
    assert listener.pass_on(b"Password: ") == b"Password: "
    assert listener.pass_on(b"\nWAR") == b"\n"
    assert listener.pass_on(b"!") == b"WAR!"


def test_the_times_are_those_of_the_first_and_of_the_last_refusal() -> None:
    now = iter([10.0, 12.5, 15.0])
    listener = Listener((RETRY,), (CHATTER,), lambda: next(now))
    listener.pass_on(A + A + A)
    (missed,) = listener.near_misses
    assert (missed.started, missed.seconds, missed.tries) == (10.0, 5.0, 3)
