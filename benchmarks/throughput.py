"""Compares a command run through `supervise` with the same command run plainly; prints ratios only.

usage: python benchmarks/throughput.py [MEBIBYTES] [REPETITIONS] (POSIX)
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from ci_guard.model.process import Launch
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.supervise import supervise

LINE = b"Downloading wheel 0123456789 of a package whose name is as long as many are: done\n"
SAY = """import os, sys
block = (sys.argv[1].encode() * 799)[:65536]
for _ in range(int(sys.argv[2]) * 16):
    os.write(1, block)"""
WARM_UP = 1


def median_seconds(action: Callable[[], object], repetitions: int) -> float:
    """Time an action; the first run does not count."""
    taken = []
    for _ in range(repetitions + WARM_UP):
        before = time.perf_counter()
        action()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken[WARM_UP:])


def supervised(*argv: str) -> None:
    """Run it through ci-guard's own supervision, output to our stdout."""
    with Interruptions() as interruptions:
        assert supervise(Launch(argv=argv, environment=os.environ), interruptions).passed


def through_cat(*argv: str) -> None:
    """Run it with a plain `cat` between it and our stdout."""
    with (
        subprocess.Popen(argv, stdout=subprocess.PIPE) as command,
        subprocess.Popen(["cat"], stdin=command.stdout) as cat,
    ):
        assert cat.wait() == command.wait() == 0


def main() -> None:
    size, repetitions = (int(text) for text in (*sys.argv[1:], "256", "7")[:2])
    say = (sys.executable, "-I", "-S", "-c", SAY, LINE.decode(), str(size))
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as sink:
        assert sink.stdin is not None
        mine = os.dup(1)
        os.dup2(sink.stdin.fileno(), 1)
        plain = median_seconds(lambda: subprocess.run(say, check=True), repetitions)
        cat = median_seconds(lambda: through_cat(*say), repetitions)
        ours = median_seconds(lambda: supervised(*say), repetitions)
        bare_start = median_seconds(lambda: subprocess.run(["true"], check=True), repetitions * 10)
        our_start = median_seconds(lambda: supervised("true"), repetitions * 10)
        os.dup2(mine, 1)
    sys.stdout.write(
        f"throughput: {plain / ours:.2f} of plain, {cat / ours:.2f} of `cat` in between\n"
        f"start of one command: {our_start / bare_start:.2f} of subprocess.run\n"
    )


if __name__ == "__main__":
    main()
