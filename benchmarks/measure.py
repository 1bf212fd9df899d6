"""How the benchmarks measure: cases in turn in one run, medians, beside the least that any could need."""

import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ci_guard
from ci_guard.knowledge.compile import compile_knowledge
from ci_guard.knowledge.load import load_knowledge

WARM_UP = 1
LOST = "lost in what else the machine does: run it again"
KIB_IN_MIB = 1024
START = "import sys; sys.path.insert(0, {folder!r}); from ci_guard.__main__ import main; main()"
# in a process of its own: what a process has needed counts the one that it was forked from
PEAK = """import resource, subprocess, sys
status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured."""

    rounds: int
    part: float  # of the full sizes

    def of(self, size: int) -> int:
        """This part of a full size, at least one."""
        return max(1, int(size * self.part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of the table."""

    subject: str
    case: str
    value: float | None = None
    unit: str = ""
    ratio: float | None = None  # to the least, or to what the subject names
    most_value: float | None = None  # the goals: at most this
    most_ratio: float | None = None
    skipped: str | None = None  # why there is no value

    @property
    def missed(self) -> bool:
        """Whether a goal is set and not reached."""
        over = (
            (self.value, self.most_value),
            (self.ratio, self.most_ratio),
        )
        return any(have is not None and most is not None and have > most for have, most in over)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program as a wheel brings it, with compiled knowledge, in a folder of its own."""

    folder: Path

    def command(self, *words: str) -> tuple[str, ...]:
        """The command line that starts it, as its launcher does."""
        return (sys.executable, "-I", "-c", START.format(folder=str(self.folder)), *words)


@contextmanager
def installed() -> Iterator[Program]:
    """Put the program into a folder that is taken away at the end."""
    source = Path(ci_guard.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder, "site")
        shutil.copytree(source, there / "ci_guard", ignore=shutil.ignore_patterns("*.yaml", "__pycache__"))
        for name, content in compile_knowledge(load_knowledge()).items():
            (there / "ci_guard" / "knowledge" / "data" / name).write_bytes(content)
        yield Program(folder=there)


def environment() -> dict[str, str]:
    """Ours, without what makes a start slower than it is, or ci-guard another program."""
    strange = ("PYTHON", "CI_GUARD", "COVERAGE", "COV_CORE")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)}


def run(
    command: Sequence[str], *, status: int = 0, directory: str | None = None, out: int = subprocess.DEVNULL
) -> None:
    """Run a command to its end. Raises RuntimeError if it ends with another exit status."""
    found = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment(), cwd=directory
    ).returncode
    if found != status:
        raise RuntimeError(f"`{shlex.join(command)}` ended with {found}, not with {status}")


def rounds_of(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """The seconds of each case, once a round in turn; the first round does not count."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(WARM_UP + rounds):
        for name, action in cases.items():
            began = time.perf_counter()
            action()
            times[name].append(time.perf_counter() - began)
    return {name: each[WARM_UP:] for name, each in times.items()}


def medians(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each case, measured in turn."""
    return {name: statistics.median(each) for name, each in rounds_of(cases, rounds).items()}


def added(more: Sequence[float], less: Sequence[float]) -> float | None:
    """The median of the differences in each round; None if the machine was too busy to tell."""
    found = statistics.median(one - other for one, other in zip(more, less, strict=True))
    return found if found > 0 else None


def peak(command: Sequence[str]) -> float:
    """The most memory that the command, or one process below it, has had at once, in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "peak")
        run((sys.executable, "-I", "-S", "-c", PEAK, str(told), *command))
        return int(told.read_text()) / KIB_IN_MIB


def opens(command: Sequence[str]) -> int | None:
    """How many files the command and its children open; None where strace cannot tell."""
    if shutil.which("strace") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "trace")
        run(("strace", "-f", "-qq", "-e", "trace=open,openat", "-o", str(told), *command))
        lines = told.read_text(errors="replace").splitlines()
    failed_or_half = (" = -1 ", "<unfinished ...>")
    return sum("open" in line and not any(each in line for each in failed_or_half) for line in lines)
