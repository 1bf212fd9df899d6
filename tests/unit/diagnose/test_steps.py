"""Steps in saved logs: where they begin, how they ended, what is kept of them."""

import gzip
import io
import itertools
import tracemalloc
from re import _parser  # type: ignore[attr-defined]

import pytest

from ci_guard.ci_server import announcements
from ci_guard.diagnose import blocks, log_sample
from ci_guard.diagnose.blocks import BLOCK, read_blocks
from ci_guard.diagnose.log_sample import HEAD, MIDDLE, TAIL, LogSample
from ci_guard.diagnose.steps import _SHORTEST_MARK, LogStep, Marks, steps_of, text_of
from ci_guard.errors import GuardError
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import StepMark

KNOWLEDGE = load_knowledge()
ALL = (*announcements.MARKS, *KNOWLEDGE.marks)
MARKS = Marks(ALL)


@pytest.mark.parametrize("mark", ALL, ids=lambda mark: mark.id)
def test_a_mark_finds_its_examples_only(mark: StepMark) -> None:
    assert mark.reference.startswith("https://")
    assert mark.examples
    assert mark.counterexamples
    for example in mark.examples:
        found = MARKS.read(example.encode())
        assert found is not None
        assert found[0].id == mark.id
        assert list(MARKS.places(f"x\n{example}\n".encode())) == [2]
    for example in mark.counterexamples:
        found = MARKS.read(example.encode())
        assert found is None or found[0].id != mark.id


@pytest.mark.parametrize("mark", ALL, ids=lambda mark: mark.id)
def test_no_mark_is_shorter_than_a_line_that_is_passed_over(mark: StepMark) -> None:
    assert _parser.parse(mark.pattern).getwidth()[0] >= _SHORTEST_MARK


def test_what_unpacks_without_end_is_refused_after_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BOMB_SIZE", 2 * BLOCK)
    sizes: list[int] = []
    bomb = read_blocks(io.BytesIO(gzip.compress(bytes(20 * BLOCK))))
    with pytest.raises(GuardError, match="unpacks to far more than any log holds"):
        sizes.extend(map(len, bomb))
    assert BLOCK <= sum(sizes) <= 3 * BLOCK
    log = gzip.compress(b"".join(b"%d is a line\n" % number for number in range(BLOCK // 3)))
    assert sum(map(len, read_blocks(io.BytesIO(log)))) > 2 * BLOCK  # a log may be as long as it likes


def steps(log: str | bytes) -> list[LogStep]:
    data = log.encode() if isinstance(log, str) else log
    return list(steps_of(read_blocks(io.BytesIO(data)), MARKS))


def told(log: str) -> list[tuple[str | None, int | None, int]]:
    return [(step.command, step.status, step.line) for step in steps(log)]


def test_commands_of_a_jenkins_bat_step() -> None:
    log = "[Pipeline] bat\n\nC:\\ws>uv sync\nResolved\nerror: no\n\nC:\\ws>echo done\ndone\n"
    assert told(log) == [("bat", None, 1), ("uv sync", None, 3), ("echo done", None, 7)]


def test_a_status_ends_a_step_and_what_follows_is_another() -> None:
    stamp = "2026-01-02T03:04:05.1234567Z "
    log = "".join(
        f"{stamp}{line}\n"
        for line in (
            "##[group]Run uv sync",
            "##[endgroup]",
            "error: it failed",
            "##[error]Process completed with exit code 2.",
            "Post job cleanup.",
        )
    )
    assert told(log) == [("uv sync", 2, 1), (None, None, 5)]


def test_the_status_of_a_job_ends_no_step() -> None:
    assert told("+ uv sync\nerror\n+ rm -rf x\nERROR: script returned exit code 2\n") == [
        ("uv sync", None, 1),
        ("rm -rf x", None, 3),
    ]


def test_attempts_under_ci_guard_are_told_apart_and_its_own_lines_are_no_output() -> None:
    log = (
        "+ ci-guard -- uv sync\nfirst\n"
        "ci-guard: attempt 1 of 6 failed after 1.0 s: antivirus_lock (win32 5); next attempt in 2.0 s\n"
        "ci-guard: attempt 2 of 6 starts after 2.0 s (backoff)\nsecond\n"
        "ci-guard: recovered at attempt 2 of 6\nthird\n"
    )
    found = steps(log)
    assert [(step.command, step.attempt, step.recovered) for step in found] == [
        ("ci-guard -- uv sync", 1, None),
        ("ci-guard -- uv sync", None, 2),
        ("ci-guard -- uv sync", None, None),
    ]
    texts = [text_of(step.kept.segments()) for step in found]
    assert texts == [
        ("+ ci-guard -- uv sync\nfirst", [1, 2]),
        ("second", [5]),
        ("third", [7]),
    ]


def test_marks_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 7)
    monkeypatch.setattr(blocks, "LONGEST_LINE", 1000)
    assert told("one\n+ uv sync\nno\n+ npm ci\nyes\n") == [
        (None, None, 1),
        ("uv sync", None, 2),
        ("npm ci", None, 4),
    ]


def test_little_is_kept_of_much_and_what_tells_of_a_failure_is() -> None:
    noise = b"nothing to see here, line after line\n" * 2000
    holder = LogSample()
    number = 1
    needle = b"Caused by: Access is denied. (os error 5)\n"
    for block in itertools.chain([noise] * 100, [needle], [noise] * 100):
        holder.add(number, block)
        number += block.count(b"\n")
    segments = holder.segments()
    assert sum(len(segment.data) for segment in segments) < HEAD + MIDDLE + TAIL + 4 * log_sample._PIECE
    text, numbers = text_of(segments)
    assert numbers == sorted(set(numbers))
    assert numbers[text.split("\n").index(needle.decode().strip())] == 200_001
    assert numbers[-1] == 400_001


@pytest.mark.parametrize("needle", [b"Caused by: Access is denied.\n", b""])
def test_a_step_tells_of_a_failure_wherever_in_it_that_stands(needle: bytes) -> None:
    noise = b"nothing to see here, line after line\n" * 40_000
    holder = LogSample()
    holder.add(1, noise + needle + noise)
    assert holder.tells_of_failure() is bool(needle)


@pytest.mark.parametrize("ending", ["\n", ""])
def test_a_mark_counts_as_the_last_line_of_a_log_too(ending: str) -> None:
    (step,) = steps(f"+ uv sync\nno\n##[error]Process completed with exit code 2.{ending}")
    assert (step.command, step.status) == ("uv sync", 2)


def test_a_log_full_of_errors_is_kept_in_bounds() -> None:
    holder = LogSample()
    for _ in range(100):
        holder.add(1, b"error: denied\n" * 20_000)
    assert (
        sum(len(segment.data) for segment in holder.segments()) < HEAD + MIDDLE + TAIL + 4 * log_sample._PIECE
    )


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_blocks_hold_whole_lines_of_any_log(ending: bytes) -> None:
    log = b"".join(b"line %d\n" % number for number in range(300_000)) + b"last" + ending
    found = list(read_blocks(io.BytesIO(log)))
    assert len(found) > 2
    assert all(block.endswith(b"\n") for block in found[:-1])
    assert b"".join(found) == log
    assert b"".join(read_blocks(io.BytesIO(gzip.compress(log[:1000]) + gzip.compress(log[1000:])))) == log


def test_utf_16_becomes_utf_8() -> None:
    log = "Zugriff verweigert (os error 5)\r\n" * 100_000
    assert b"".join(read_blocks(io.BytesIO(log.encode("utf-16")))).decode() == log
    assert b"".join(read_blocks(io.BytesIO(log.encode("utf-16-le")))).decode() == log


def test_a_line_without_end_is_cut() -> None:
    found = list(read_blocks(io.BytesIO(b"a" * 10 * BLOCK)))
    assert max(map(len, found)) <= 2 * BLOCK
    assert sum(map(len, found)) == 10 * BLOCK


BOMBS = {
    "one endless line": b"x" * BLOCK,
    "line breaks": b"\n" * BLOCK,
    "carriage returns": b"\r" * BLOCK,
    "NULs": bytes(BLOCK),
    "UTF-16": ("\ufeff" + "\u20ac" * (BLOCK // 2 - 1)).encode("utf-16-le"),
}


@pytest.mark.parametrize("block", BOMBS.values(), ids=BOMBS)
def test_a_small_file_that_unpacks_to_much_takes_little_memory(block: bytes) -> None:
    times = 48
    member = gzip.compress(block)
    packed = member * times
    assert len(packed) < BLOCK < len(block) * times / 8
    tracemalloc.start()
    try:
        size = sum(map(len, read_blocks(io.BytesIO(packed))))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size >= len(block) * (times - 1)
    assert peak < 16 * BLOCK


@pytest.mark.parametrize("harm", ["cut", "changed"])
def test_what_can_be_read_of_damaged_gzip_is_read(harm: str) -> None:
    log = b"".join(b"line %d\n" % number for number in range(400_000))
    packed = gzip.compress(log)
    packed = packed[: len(packed) * 3 // 4]
    if harm == "changed":
        packed += b"\xff" * 1000
    found: list[bytes] = []
    with pytest.raises(GuardError, match="gzip"):
        found.extend(read_blocks(io.BytesIO(packed)))
    assert log.startswith(b"".join(found)[:-10_000])
    assert len(b"".join(found)) > len(log) // 2
