"""How the tests call ci-guard: as its users do, as a program of the Python that runs the tests."""

import importlib.util
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path


def command(*arguments: str) -> list[str]:
    """The command line of ci-guard with these arguments."""
    return [sys.executable, "-m", "ci_guard", *arguments]


def variables(plain: Mapping[str, str]) -> dict[str, str]:
    """These variables, and where ci-guard is found if it is not installed but run from its sources."""
    spec = importlib.util.find_spec("ci_guard")
    if spec is None or spec.origin is None:
        raise RuntimeError("ci-guard is neither installed nor on PYTHONPATH")
    parent = Path(spec.origin).resolve().parents[1]
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    return dict(plain) if parent in installed else {**plain, "PYTHONPATH": str(parent)}
