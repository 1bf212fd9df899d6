"""Runs Windows programs on a cloned drive under Wine.

The first Wine process of a drive starts the wineserver and its services, which inherit its streams; whoever
reads these to the end would wait for as long as the services live. So a process that only waits for the end
of its input goes first, and keeps the server warm (0.1 s for a program instead of 3 s) until we end or die.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rig import guard
from rig.windows import Done, Started, Windows
from rig.wine import debian, prefix

__all__ = ["Done", "Wine", "opened"]

HERE = Path(__file__).parent
STARTER = HERE / "start.py"
ASKS_AGAIN = HERE / "again.py"
REFUSED = "refused-starts.txt"  # in drive C, see there
ROOT_DRIVE = "Z:"  # where Wine shows the Unix root
WAITING = "import sys; sys.stdin.read()"
TERMINATING = "import os, signal, sys; os.kill(int(sys.argv[1]), signal.SIGTERM)"
POLL = 0.02  # seconds


class _WineStarted(Started):
    def __init__(self, process: subprocess.Popen[bytes], request: Path, wine: "Wine") -> None:
        super().__init__(process)
        self._answer, self._pid = request.with_suffix(".status"), request.with_suffix(".pid")
        self._wine = wine

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def terminate(self) -> None:
        until = time.monotonic() + prefix.SECONDS
        while not self._pid.exists():
            assert time.monotonic() < until, "the program was never started"
            time.sleep(POLL)
        pid = self._pid.read_text("utf-8")
        done = self._wine.run(self._wine.guard, "-I", "-c", TERMINATING, pid)
        assert done.status == 0, done.text

    def _status(self) -> int:
        try:
            return int(self._answer.read_text("utf-8"))
        except FileNotFoundError:
            return self.process.returncode  # it was killed, or never started


class Wine(Windows):
    """Windows programs on this prefix, while it is open."""

    native = False

    def __init__(self, folder: Path) -> None:
        self.prefix = folder
        self.drive = folder / prefix.DRIVE
        self.guard = self.drive / prefix.PYTHON / "python.exe"
        self._requests = Path(tempfile.mkdtemp(prefix="requests-", dir=self.drive))

    def spelled(self, path: Path) -> str:
        if path.is_relative_to(self.drive):
            return f"C:\\{str(path.relative_to(self.drive)).replace('/', chr(92))}"
        return f"{ROOT_DRIVE}{str(path).replace('/', chr(92))}"

    def start(
        self,
        argv: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str | None] | None = None,
        unix: Mapping[str, str] | None = None,
    ) -> Started:
        """Start a program; `unix` are variables of Wine itself, such as LC_ALL for the messages' language."""
        handle, request = tempfile.mkstemp(suffix=".json", dir=self._requests)
        asked = {
            "argv": self._argv(argv),
            "folder": self.spelled(folder),
            "environment": dict(environment or {}),
        }
        with open(handle, "w", encoding="utf-8") as stream:
            json.dump(asked, stream)
        files = [Path(request).with_suffix(suffix) for suffix in (".json", ".status", ".pid")]
        process = subprocess.Popen(
            [debian.loader(), *map(self.spelled, (self.guard, STARTER)), *map(self.spelled, files)],
            env={**prefix.variables(self.prefix), **(unix or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        return _WineStarted(process, Path(request), self)

    def refused_starts(self) -> list[str]:
        """The programs that Wine refused to start with an error of its own, and was asked for again."""
        try:
            return (self.drive / REFUSED).read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []

    def uv(self, version: str) -> Path:
        return self.drive / prefix.UV / version / "uv.exe"

    def _base(self) -> Path:
        return self.guard


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Wine]:
    """A fresh drive in `folder`, which must not exist, with a warm server; nothing is left at the end."""
    drive = prefix.clone(folder) / prefix.DRIVE
    guard.install(drive / prefix.PACKAGES)
    shutil.copy(ASKS_AGAIN, drive / prefix.PACKAGES / "rig_asks_again.py")
    (drive / prefix.PACKAGES / "rig_asks_again.pth").write_text("import rig_asks_again\n", "utf-8")
    try:
        wine = Wine(folder)
        with _warm(wine):
            yield wine
    finally:
        prefix.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _warm(wine: Wine) -> Iterator[None]:
    environment = prefix.variables(wine.prefix)
    program: list[str | Path] = [debian.loader(), wine.guard, "-I", "-c"]
    waiting = subprocess.Popen(
        [*program, WAITING],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # this one is let go only when the services that the first one started are up
        subprocess.run(
            [*program, ""],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=prefix.SECONDS,
        )
        yield
    finally:
        waiting.communicate()
