"""All that CI runs, in an environment of its own: lint, types, the layer contract, the sweep, the tests.

usage: python tests/run.py [PYTEST ARGUMENT]..., on any system; on POSIX also `tests/run`

On Debian and Ubuntu the tests also run under Windows CPython: Wine is installed if you are root or sudo asks
for no password; CI_GUARD_TEST_WINE=off leaves Windows out.

The environment is made with the Python that runs this (3.11 or later), in `.cache/tests` or where
CI_GUARD_TEST_VENV says. Ends with the status of the first step that fails, else with pytest's.
"""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = sys.platform == "win32"
SCRIPTS, SUFFIX = ("Scripts", ".exe") if WINDOWS else ("bin", "")
WORKERS = "2"
SWEEP_POINTS = "40"


class Environment:
    """The virtual environment of the tests, with what users get: the built wheel, not this folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = self._program("python")

    def make(self) -> None:
        """Create it if it is not there, and install this tree into it."""
        if not self._python.exists():
            venv.create(self._folder, symlinks=not WINDOWS, with_pip=True)
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        self.python(*pip, "--upgrade", "build")
        dist = self._folder / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        self._build(dist)
        (wheel,) = dist.glob("*.whl")
        self.python(*pip, f"{wheel}[lint,test]")
        self.python(*pip, "--no-deps", "--force-reinstall", str(wheel))

    def python(self, *words: str, **variables: str) -> None:
        """Run the environment's Python; a failure ends everything."""
        _run([self._python, *words], variables)

    def tries(self, *words: str, **variables: str) -> bool:
        """Run the environment's Python; whether it succeeded."""
        return not subprocess.run([self._python, *words], env=_environment(variables)).returncode

    def program(self, name: str, *words: str, **variables: str) -> None:
        """Run a program of the environment; a failure ends everything."""
        _run([self._program(name), *words], variables)

    def become(self, *words: str) -> None:
        """Let the environment's Python take our place, so that signals for us reach it; never returns."""
        command = [str(self._python), *words]
        if not WINDOWS:  # where exec ends this process at once, and the caller waits for no other
            os.execve(command[0], command, _environment({}))
        sys.exit(subprocess.run(command, env=_environment({})).returncode)

    def _program(self, name: str) -> Path:
        return self._folder / SCRIPTS / f"{name}{SUFFIX}"

    def _build(self, dist: Path) -> None:
        done = subprocess.run(
            [self._python, "-m", "build", "--wheel", "--outdir", dist, "."],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode:
            sys.stdout.buffer.write(done.stdout)
            sys.exit(done.returncode)


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """PYTHONPATH only where a step needs it: the tests must import the installed package."""
    kept = {name: value for name, value in os.environ.items() if name.upper() != "PYTHONPATH"}
    return {**kept, **variables}


def _run(command: list[str | Path], variables: Mapping[str, str]) -> None:
    status = subprocess.run(command, env=_environment(variables)).returncode
    if status:
        sys.exit(status)


def _say(step: str) -> None:
    print(f"== {step}", flush=True)


def main(arguments: list[str]) -> None:
    """Run all steps in turn."""
    os.chdir(ROOT)
    tests = Environment(ROOT / os.environ.get("CI_GUARD_TEST_VENV", ".cache/tests"))
    tests.make()
    _say("lint")
    tests.program("ruff", "check", ".")
    tests.program("ruff", "format", "--check", ".")
    _say("types")
    tests.program("mypy", "--platform", "linux")
    tests.program("mypy", "--platform", "win32")
    _say("layers")
    tests.program("lint-imports", "--no-logo", PYTHONPATH=".")
    if sys.platform == "linux":
        _say("sweep")
        points = os.environ.get("CI_GUARD_SWEEP_POINTS", SWEEP_POINTS)
        tests.python("-m", "rig.sweep", "--points", points, PYTHONPATH="tests")
        if os.environ.get("CI_GUARD_TEST_WINE", "on") != "off":
            _say("windows")
            if not tests.tries("-m", "rig.wine", PYTHONPATH="tests"):
                print("tests/windows will be skipped, and fail in CI", flush=True)
    _say("tests")
    tests.become("-m", "pytest", "--numprocesses", WORKERS, *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
