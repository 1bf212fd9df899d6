"""How the tests call ci-guard: as its users do, as a program of the Python that runs the tests."""

import importlib.util
import os
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

PROGRAMS = Path(__file__).parents[1] / "programs"
UNDER_A_CLOCK, OUT_OF_TIME = PROGRAMS / "guard_under_a_clock.py", PROGRAMS / "guard_out_of_time.py"
# with the first a Python measures what it reaches, see `traced` in pyproject.toml
MEASURED = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE")


def command(*arguments: str) -> list[str]:
    """The command line of ci-guard with these arguments."""
    return [sys.executable, "-m", "ci_guard", *arguments]


def under_a_clock(ahead: float, until: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The same with a clock that is so many seconds ahead until the file is there; its variables."""
    told = {"CLOCK_AHEAD": str(ahead), "CLOCK_UNTIL": str(until)}
    return [sys.executable, str(UNDER_A_CLOCK), *arguments], told


def out_of_time(over: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The same with an hour for an attempt, which is over once its command wrote to a file; its variables."""
    return [sys.executable, str(OUT_OF_TIME), "--attempt-timeout", "1h", *arguments], {"OVER_AT": str(over)}


def variables(plain: Mapping[str, str]) -> dict[str, str]:
    """These variables, where ci-guard is found if it is not installed, and how it is measured if it is."""
    parent = _package().parent
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    found = {} if parent in installed else {"PYTHONPATH": str(parent)}
    if MEASURED[0] in os.environ:
        found |= {name: os.environ[name] for name in MEASURED if name in os.environ}
    return {**plain, **found}


def install(packages: Path) -> None:
    """Copy ci-guard into the folder of packages of another Python."""
    shutil.copytree(_package(), packages / "ci_guard", ignore=shutil.ignore_patterns("__pycache__"))


def _package() -> Path:
    spec = importlib.util.find_spec("ci_guard")
    if spec is None or spec.origin is None:
        raise RuntimeError("ci-guard is neither installed nor on PYTHONPATH")
    return Path(spec.origin).resolve().parent
