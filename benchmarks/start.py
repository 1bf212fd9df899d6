"""What it costs to start ci-guard: installed, and as the one-file program `ci-guard.pyz`.

usage: python benchmarks/start.py CI-GUARD.PYZ [ROUNDS], with the Python that ci-guard is installed in.

Each case is timed once a round, in turn; printed are medians and their ratios to the installed package, whose
byte code is on the disk, while the one file is compiled anew at each start.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROUNDS = 15
WARM_UP = 1
LOG = b"error: Failed to install: x (x==1.0)\n  Caused by: Access is denied. (os error 5)\n"
WORDS = {
    "guard a command": ("--", sys.executable, "-I", "-S", "-c", ""),
    "explain a log": ("explain",),
}


def seconds(command: Sequence[str]) -> float:
    """How long a command takes; raises CalledProcessError if it fails."""
    began = time.perf_counter()
    subprocess.run(command, input=LOG, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and tell."""
    program, rounds = Path(sys.argv[1]), int((*sys.argv[2:], str(ROUNDS))[0])
    ways = {"installed": ("-m", "ci_guard"), "one file": (str(program),)}
    print(f"{program.name}: {program.stat().st_size / 1e6:.2f} MB")
    for what, words in WORDS.items():
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(WARM_UP + rounds):
            for way, start in ways.items():
                times[way].append(seconds((sys.executable, "-I", *start, *words)))
        middle = {way: statistics.median(each[WARM_UP:]) for way, each in times.items()}
        for way, each in middle.items():
            print(f"{what:16} {way:10} {each * 1000:6.0f} ms  {each / middle['installed']:4.1f} x")


if __name__ == "__main__":
    main()
