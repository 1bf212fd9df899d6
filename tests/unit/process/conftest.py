"""Runs the driver program in a process of its own, where it has real streams and gets real signals."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rig.events import HANG, until

PROGRAMS = Path(__file__).parents[2] / "programs"
PROJECT = Path(__file__).parents[3]


def alive(pid: int) -> bool:
    """Whether the process runs (POSIX); a zombie, which waits for its parent only, does not."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True)
    return shown.stdout.strip()[:1] not in ("", "Z", "X")


class Driven:
    """A running driver."""

    def __init__(self, process: subprocess.Popen[bytes], outcome_file: Path) -> None:
        self.process = process
        self._outcome_file = outcome_file
        self.output: tuple[bytes, bytes] = (b"", b"")

    def outcome(self) -> dict[str, Any]:
        """Wait for the end; return what the driver found."""
        out, err = self.process.communicate(timeout=HANG)
        self.output = (out or b"", err or b"")
        assert self._outcome_file.exists(), self.output
        found: dict[str, Any] = json.loads(self._outcome_file.read_text())
        return found


class Drive:
    """Starts drivers; ends those that are left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        *argv: str,
        launch: dict[str, Any] | None = None,
        before: tuple[str, ...] = (),
        **popen: Any,
    ) -> Driven:
        """Start `argv` through the driver, which is itself started through `before`."""
        outcome_file = self._folder / f"outcome-{len(self.running)}.json"
        text = json.dumps({"argv": argv, **(launch or {})})
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen}
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), **popen.pop("env", {})}
        streams.pop("env", None)
        process = subprocess.Popen(
            [*before, sys.executable, str(PROGRAMS / "drive.py"), str(outcome_file), text],
            env=environment,
            **streams,
        )
        self.running.append(process)
        return Driven(process, outcome_file)

    def run(self, *argv: str, launch: dict[str, Any] | None = None, **popen: Any) -> dict[str, Any]:
        """Start and wait; the driver's own output comes back as `out` and `err`."""
        driven = self.start(*argv, launch=launch, **popen)
        found = driven.outcome()
        assert driven.process.returncode == found.get("status", driven.process.returncode)
        return {**found, "out": driven.output[0], "err": driven.output[1], "own": driven.process.returncode}


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    """Start commands through `supervise` in a process of its own."""
    made = Drive(tmp_path)
    yield made
    for process in made.running:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def python() -> Callable[..., tuple[str, ...]]:
    """Make the command line of a little program: a file in `programs`, or code."""

    def make(code: str, *arguments: object) -> tuple[str, ...]:
        program = (str(PROGRAMS / code),) if code.endswith(".py") else ("-c", code)
        return (sys.executable, "-I", *program, *map(str, arguments))

    return make


@pytest.fixture(name="until")
def _until() -> Callable[[Callable[[], Any]], Any]:
    """Wait, bounded, until a condition holds."""
    return until


@pytest.fixture(name="alive")
def _alive() -> Callable[[int], bool]:
    """Tell whether a process runs."""
    return alive
