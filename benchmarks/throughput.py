"""Output on its way through: how fast beside `cat | tee`, and how much memory whatever the output is."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from benchmarks.measure import LOST, Figure, Program, Scale, added, peak, rounds_of, run

MIB = 1024  # of short lines
MEMORY_MIB = 512
RETURNS = 1_000_000
LEAST_SPEED = 0.9  # of `cat | tee`
MOST_MEMORY = 40  # MiB
LINE = "Downloading wheel 0123456789 of a package whose name is as long as many are: done\\n"
LINES = f"(b'{LINE}' * 799)[:65536]"
# the program, its block of output, how many blocks, and the descriptors that they go to in turn
SAY = """import os, sys
block, blocks, streams = eval(sys.argv[1]), int(sys.argv[2]), eval(sys.argv[3])
for number in range(blocks):
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(streams[number % len(streams)], rest):]"""
BLOCKS_IN_MIB = 16
ONE_STREAM = '"$@" | cat | tee /dev/null'
TWO_STREAMS = '{ "$@" 2>&1 1>&3 3>&- | cat | tee /dev/null >&2 3>&-; } 3>&1 | cat | tee /dev/null'
HOSTILE = {
    "short lines": LINES,
    "one endless line": "b'x' * 65536",
    "binary": "os.urandom(65536)",
}


def figures(program: Program, scale: Scale) -> Iterator[Figure]:
    """The time without the start as a ratio to `cat | tee`; the peak of memory."""
    for name, streams, pipeline in (("", "(1,)", ONE_STREAM), (", both streams", "(1, 2)", TWO_STREAMS)):
        yield from _speed(f"{scale.of(MIB)} MiB of short lines{name}", streams, pipeline, program, scale)
    blocks = scale.of(MEMORY_MIB) * BLOCKS_IN_MIB
    cases = {f"{blocks // BLOCKS_IN_MIB} MiB, {name}": _say(block, blocks) for name, block in HOSTILE.items()}
    returns = scale.of(RETURNS)
    cases[f"{returns} carriage returns"] = _say(f"b'\\r 12 %' * {returns}", 1)
    floor = peak((sys.executable, "-I", "-c", "pass"))
    for case, command in cases.items():
        most = peak(program.command("--", *command))
        yield Figure(
            subject="peak of memory",
            case=case,
            value=most,
            unit="MiB",
            ratio=most / floor,
            most_value=MOST_MEMORY,
        )


def _say(block: str, blocks: int, streams: str = "(1,)") -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", SAY, block, str(blocks), streams)


def _speed(case: str, streams: str, pipeline: str, program: Program, scale: Scale) -> Iterator[Figure]:
    full, empty = (_say(LINES, blocks, streams) for blocks in (scale.of(MIB) * BLOCKS_IN_MIB, 0))
    ways: dict[str, Callable[[tuple[str, ...]], Sequence[str]]] = {
        "bare": lambda words: words,
        "cat | tee": lambda words: ("sh", "-c", pipeline, "sh", *words),
        "ci-guard": lambda words: program.command("--", *words),
    }
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as sink:
        assert sink.stdin is not None
        out = sink.stdin.fileno()
        times = rounds_of(
            {
                f"{way} {size}": partial(run, made(words), out=out)
                for way, made in ways.items()
                for size, words in (("full", full), ("empty", empty))
            },
            scale.rounds,
        )
        sink.stdin.close()
    without_start = {way: added(times[f"{way} full"], times[f"{way} empty"]) for way in ways}
    floor = without_start["cat | tee"]
    for way, seconds in without_start.items():
        if seconds is None or floor is None:
            yield Figure(subject=f"throughput: {case}", case=way, skipped=LOST)
            continue
        yield Figure(
            subject=f"throughput: {case}",
            case=way,
            value=seconds * 1000,
            unit="ms",
            ratio=seconds / floor,
            most_ratio=1 / LEAST_SPEED if way == "ci-guard" else None,
        )
