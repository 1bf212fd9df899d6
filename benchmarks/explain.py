"""Compares `ci-guard explain` on a large log with counting its lines; prints ratios and the peak of memory.

usage: python benchmarks/explain.py [MEBIBYTES] [REPETITIONS] (POSIX)
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NOISE = b"2026-01-02T03:04:05.1234567Z   Downloading a-wheel-1.2.3-py3-none-any.whl (12 kB) done\n"
FAILURE = (
    b"error: Failed to install: httpx-0.28.1-py3-none-any.whl (httpx==0.28.1)\n"
    b"  Caused by: Failed to persist temporary file to C:\\w\\.venv\\Scripts\\httpx.exe: "
    b"failed to persist temporary file: Access is denied. (os error 5)\n"
)
COUNT = "import sys; print(sum(1 for line in open(sys.argv[1], 'rb')))"
EXPLAIN = ("-m", "ci_guard", "explain", "--format", "json")
MEBIBYTE = 1024 * 1024


def write_log(path: Path, size: int) -> None:
    """A log of so many mebibytes with one failure in its middle."""
    half = size * MEBIBYTE // len(NOISE) // 2
    with path.open("wb") as file:
        file.write(b"+ uv sync\n")
        for _ in range(half):
            file.write(NOISE)
        file.write(FAILURE)
        for _ in range(half):
            file.write(NOISE)


def cpu_seconds(argv: list[str], repetitions: int) -> float:
    """The processor time of a command, which other work on the machine disturbs least."""
    taken = []
    for _ in range(repetitions):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def main() -> None:
    size, repetitions = (int(text) for text in (*sys.argv[1:], "200", "3")[:2])
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "console.log")
        write_log(log, size)
        began = time.perf_counter()
        answer = subprocess.run([sys.executable, *EXPLAIN, str(log)], check=True, capture_output=True)
        wall = time.perf_counter() - began
        assert b'"category": "antivirus_lock"' in answer.stdout
        counting = cpu_seconds([sys.executable, "-c", COUNT, str(log)], repetitions)
        explaining = cpu_seconds([sys.executable, *EXPLAIN, str(log)], repetitions)
        nothing = cpu_seconds([sys.executable, *EXPLAIN, os.devnull], repetitions)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(
        f"{size} MiB: {explaining / counting:.1f} times counting its lines, "
        f"{explaining / nothing:.1f} times an empty log; "
        f"{wall:.1f} s this time, {peak:.0f} MiB of memory at most\n"
    )


if __name__ == "__main__":
    main()
