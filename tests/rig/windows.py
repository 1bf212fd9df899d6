"""A Windows to run programs on: this machine if it is one, else a drive under Wine.

Paths are handed in as paths of this machine; `spelled` gives what Windows programs call them.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig import links, tools

VARIABLE = "TEST_CI_GUARD_WINE"
SECONDS = 240  # against a hang; a busy machine needs more than a hundred
REFUSED = "Wine refused to start"  # a property of a test, which the end of all tests tells of
ALL_BITS = 0xFFFFFFFF
LEFT_OUT = ("site-packages", "test", "idlelib", "tkinter", "turtledemo", "lib2to3", "Doc", "Tools")
OURS = (
    "CI_GUARD",
    "PIP_",
    "UV_",
    "VIRTUAL_ENV",
    "PYTHON",
)  # variables of the caller that a test must not see


@dataclass(frozen=True, slots=True)
class Done:
    """A program that ended: its exit status (all 32 bits) and the bytes that it wrote."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Both streams, for a message of a test."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")


class Started(ABC):
    """A Windows program that runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def done(self, timeout: float = SECONDS) -> Done:
        """Wait `timeout` seconds for its end; raises AssertionError with what it wrote till then."""
        try:
            stdout, stderr = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            stdout, stderr = self.process.communicate(timeout=SECONDS)
            raise AssertionError(
                f"not done after {timeout} s: {Done(-1, stdout or b'', stderr or b'').text}"
            ) from None
        return Done(self._status(), stdout or b"", stderr or b"")

    @abstractmethod
    def kill(self) -> None:
        """End it at once, and under Wine all that it has started."""

    @abstractmethod
    def terminate(self) -> None:
        """End the program alone, as the task manager does; what it has started is left to Windows."""

    @abstractmethod
    def _status(self) -> int: ...


class Windows(ABC):
    """What the tests need of a Windows."""

    drive: Path  # drive C, as this machine sees it
    guard: Path  # a CPython that has ci-guard and the packages of its tests; no test installs into it
    native: bool  # whether this is the real thing

    @abstractmethod
    def spelled(self, path: Path) -> str:
        """The path as Windows programs know it."""

    @abstractmethod
    def start(
        self, argv: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str | None] | None = None
    ) -> Started:
        """Start a program with pipes; `environment` is what differs, None removes a variable."""

    @abstractmethod
    def uv(self, version: str) -> Path:
        """uv.exe of this version, one of `tools.UV_VERSIONS`."""

    def refused_starts(self) -> list[str]:
        """What could not be started for no reason of its own, and was started again: only Wine does that."""
        return []

    def copy_python(self, folder: Path) -> Path:
        """A private copy of a CPython in `folder`, which must not exist; its interpreter."""
        base = self._base()
        ignore = shutil.ignore_patterns("__pycache__", *LEFT_OUT)
        return links.copy(base.parent, folder, ignore=ignore) / base.name

    def run(
        self,
        *argv: str | Path,
        folder: Path | None = None,
        environment: Mapping[str, str | None] | None = None,
        timeout: float = SECONDS,
    ) -> Done:
        """Run a program without input to its end."""
        started = self.start(argv, folder=folder or self.drive, environment=environment)
        return started.done(timeout)

    @abstractmethod
    def _base(self) -> Path:
        """The interpreter that `guard` is or is made of."""

    def _argv(self, argv: Sequence[str | Path]) -> list[str]:
        return [self.spelled(part) if isinstance(part, Path) else part for part in argv]


class _NativeStarted(Started):
    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> None:
        self.process.kill()

    def _status(self) -> int:
        return self.process.returncode & ALL_BITS


class Native(Windows):
    """The Windows that the tests run on."""

    native = True
    drive = Path("C:\\")
    guard = Path(sys.executable)

    def spelled(self, path: Path) -> str:
        return str(path)

    def start(
        self, argv: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str | None] | None = None
    ) -> Started:
        found: dict[str, str | None] = {
            name.upper(): value for name, value in os.environ.items() if not name.upper().startswith(OURS)
        }
        found |= {name.upper(): value for name, value in (environment or {}).items()}
        process = subprocess.Popen(
            self._argv(argv),
            cwd=folder,
            env={name: value for name, value in found.items() if value is not None},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        return _NativeStarted(process)

    def uv(self, version: str) -> Path:
        return tools.uv(version)

    def _base(self) -> Path:
        return Path(getattr(sys, "_base_executable", sys.executable))


@contextlib.contextmanager
def opened(scratch: Path) -> Iterator[Windows]:
    """The Windows of this machine; under Wine on a private drive in `scratch`, gone at the end."""
    if sys.platform == "win32":
        yield Native()
        return
    from rig.wine import system

    with system.opened(scratch / "prefix") as wine:
        yield wine


def missing() -> str | None:
    """Why no Windows program can run here; None if one can."""
    if sys.platform == "win32":
        return None
    if os.environ.get(VARIABLE) == "off":
        return f"{VARIABLE}=off"
    from rig.wine import debian

    return debian.missing()
