"""What it costs to say why: of a log, of a step that has just failed, and in each report."""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import LOST, Figure, Program, Scale, added, medians, rounds_of, run
from ci_guard.reports.formats import FORMATS

LOG_MB = 100
MOST_LOG, MOST_SMALL, MOST_STEP, MOST_REPORT = 2000, 250, 100, 30  # milliseconds
ROUNDS = 3  # times those of the others: differences of short times
NOISE = b"2026-01-02T03:04:05.1234567Z   Downloading a-wheel-1.2.3-py3-none-any.whl (12 kB) done\n"
FAILURE = (
    b"error: Failed to install: httpx-0.28.1-py3-none-any.whl (httpx==0.28.1)\n"
    b"  Caused by: Failed to persist temporary file to C:\\w\\.venv\\Scripts\\httpx.exe: "
    b"failed to persist temporary file: Access is denied. (os error 5)\n"
)
SMALL_LINES = 100
COUNT = "import sys; print(sum(1 for line in open(sys.argv[1], 'rb')))"
FAILS = 'cat "$1"; exit "$2"'
FLOOR = "python -I -c pass"


def explaining(program: Program, scale: Scale) -> Iterator[Figure]:
    """`explain` of a large log beside counting its lines, of a small one beside an idle Python."""
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large.log"), Path(folder, "small.log")
        _write(large, scale.of(LOG_MB * 1_000_000) // len(NOISE))
        _write(small, SMALL_LINES)
        python = (sys.executable, "-I", "-c")
        commands = {
            "counting lines": (*python, COUNT, str(large)),
            "large": program.command("explain", str(large)),
            FLOOR: (*python, "pass"),
            "small": program.command("explain", str(small)),
        }
        times = medians({name: partial(run, command) for name, command in commands.items()}, scale.rounds)
        megabytes = large.stat().st_size / 1e6
    for size, floor, most, subject in (
        ("large", "counting lines", MOST_LOG, f"explain: {megabytes:.1f} MB"),
        ("small", FLOOR, MOST_SMALL, "explain: a small log"),
    ):
        yield Figure(subject=subject, case=floor, value=times[floor] * 1000, unit="ms", ratio=1)
        yield Figure(
            subject=subject,
            case="ci-guard explain",
            value=times[size] * 1000,
            unit="ms",
            ratio=times[size] / times[floor],
            most_value=most,
        )


def steps(program: Program, scale: Scale) -> Iterator[Figure]:
    """What a failure adds to a step that says the same and passes; what each report adds to a failed step."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "said")
        _write(log, SMALL_LINES)

        def step(status: int, *options: str) -> None:
            words = ("sh", "-c", FAILS, "sh", str(log), str(status))
            command = program.command("--attempts", "1", "--name", "step", *options, "--", *words)
            run(command, status=status, directory=folder)

        cases = {"passed": lambda: step(0), "failed": lambda: step(1)} | {
            form: lambda form=form: step(1, "--report", f"{form}={folder}/report.{form}") for form in FORMATS
        }
        times = rounds_of(cases, scale.rounds * ROUNDS)
    yield _added("a failed step", "diagnosis", times["failed"], times["passed"], MOST_STEP)
    for form in FORMATS:
        yield _added("a report", form, times[form], times["failed"], MOST_REPORT)


def _added(subject: str, case: str, more: list[float], less: list[float], most: float) -> Figure:
    """The median of the differences in each round."""
    seconds = added(more, less)
    if seconds is None:
        return Figure(subject=f"{subject} adds", case=case, skipped=LOST)
    ratio = statistics.median(more) / statistics.median(less)
    return Figure(
        subject=f"{subject} adds", case=case, value=seconds * 1000, unit="ms", ratio=ratio, most_value=most
    )


def _write(path: Path, lines: int) -> None:
    """A log with one failure in its middle."""
    half = NOISE * (lines // 2)
    path.write_bytes(half + FAILURE + half)
