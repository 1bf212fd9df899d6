"""Held files on Linux: the immutable flag (ioctl_iflags(2)) refuses every program, root too, with EPERM."""

import fcntl
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import locks_npm
from benchmarks.locks import Case
from rig import python, tools, wheels

GET_FLAGS, SET_FLAGS, IMMUTABLE = 0x80086601, 0x40086602, 0x10
SECONDS = (0.2, 1.0, 3.0, 10.0, 15.0, 30.0, 60.0)
LAUNCHER, MODULE, LOCK = "an old launcher", "an old module", "the lock file"
KINDS = [(tool, held) for tool in ("uv", "pip") for held in (LAUNCHER, MODULE)]
KINDS += [("npm", LOCK)] if shutil.which("npm") else []
POLICY = "version: 1\n"


class Held:
    """A file or folder that nobody can change; let go whatever its name is by then, and once."""

    def __init__(self, path: Path) -> None:
        """Raises OSError without the right to."""
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._once = threading.Lock()
        try:
            self._set(held=True)
        except OSError:
            os.close(self._file)
            raise

    def release(self) -> None:
        if self._once.acquire(blocking=False):
            self._set(held=False)
            os.close(self._file)

    def _set(self, *, held: bool) -> None:
        (flags,) = struct.unpack("l", fcntl.ioctl(self._file, GET_FLAGS, struct.pack("l", 0)))
        flags = flags | IMMUTABLE if held else flags & ~IMMUTABLE
        fcntl.ioctl(self._file, SET_FLAGS, struct.pack("l", flags))


def unavailable(folder: Path) -> str | None:
    """Why files cannot be held in this folder; None if they can."""
    file = folder / "held"
    file.touch()
    try:
        Held(file).release()
    except OSError as error:
        return f"no immutable files in {folder}: {error.strerror}"
    finally:
        file.unlink()
    return None


class Installation:
    """One command in a place of its own, and a file in its way."""

    def __init__(self, case: Case, folder: Path, *, disturbed: bool) -> None:
        self._case, self._folder, self._disturbed = case, folder, disturbed
        (folder / ".ci-guard.yml").write_text(POLICY, "utf-8")
        self._holder: Held | None = None
        self._variables: dict[str, str] = {}
        self._argv: list[str] = []
        self._held = folder

    def begin(self) -> None:
        if not self._disturbed:
            return
        self._holder = Held(self._held)
        threading.Timer(self._case.seconds, self.release).start()

    def release(self) -> None:
        if self._holder is not None:
            self._holder.release()

    def run(self, *, guarded: bool) -> int:
        front = [sys.executable, "-m", "ci_guard", "--quiet", "--"] if guarded else []
        return self._status([*front, *self._argv])

    def locks(self) -> float:
        return self._case.seconds

    def _run(self, *argv: str) -> None:
        subprocess.run(argv, env=self._variables, cwd=self._folder, capture_output=True, check=True)

    def _status(self, argv: Sequence[str]) -> int:
        ours = {"PYTHONPATH": str(Path(__file__).resolve().parents[1])} if argv[0] == sys.executable else {}
        done = subprocess.run(
            argv,
            env=self._variables | ours,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return done.returncode


class PythonInstallation(Installation):
    """uv or pip, which replaces a package by its new version."""

    def __init__(self, rig: "LinuxRig", case: Case, folder: Path, *, disturbed: bool) -> None:
        super().__init__(case, folder, disturbed=disturbed)
        self._venv = folder / ".venv"
        self._variables = python.environment(folder / "state", rig.interpreter, rig.wheels)
        self._variables = python.activated(self._variables, self._venv)
        pip = tools.NEWEST_PIP if case.tool == "pip" else None
        python.virtual_environment(self._venv, rig.interpreter, pip)
        own = self._venv / "bin" / "python"
        uv = [str(tools.uv(tools.NEWEST_UV)), "pip", "install", "--python", str(own)]
        install = [str(own), "-m", "pip", "install", "-q"] if pip else uv
        self._argv = [*install, "rigapp==2.0"]
        self._run(*uv, "rigapp==1.0")
        self._held = self._venv / "bin" / "rigapp"
        if case.held == MODULE:
            self._held = next(self._venv.glob("lib/python*/site-packages/rigapp/__init__.py"))

    def whole(self) -> bool:
        self.release()
        program = self._venv / "bin" / "rigapp"
        if not os.access(program, os.X_OK):
            return False
        said = subprocess.run([program], env=self._variables, capture_output=True, text=True, check=False)
        return said.stdout.split() == ["rigapp", "2.0", "metadata", "2.0", "rigdep", "2.0"]


class NpmInstallation(Installation):
    """npm, which replaces a package by its new version; what is held is the lock file that it writes."""

    def __init__(self, case: Case, folder: Path, *, disturbed: bool) -> None:
        super().__init__(case, folder, disturbed=disturbed)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self._variables = kept | {"HOME": str(folder), "npm_config_cache": str(folder / "npm-cache")}
        (folder / "package.json").write_text('{"name": "app", "version": "1.0.0"}\n', "utf-8")
        npm = shutil.which("npm") or "npm"
        self._argv = [npm, "install", *locks_npm.OPTIONS, str(locks_npm.tarball(folder, locks_npm.NEW))]
        self._run(*self._argv[:-1], str(locks_npm.tarball(folder, locks_npm.OLD)))
        self._held = folder / "package-lock.json"

    def whole(self) -> bool:
        self.release()
        return locks_npm.is_whole(self._folder)


class LinuxRig:
    """uv, pip and npm, each with an old file in its way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.wheels = wheels.write_all(folder / "wheels")
        self.interpreter = python.clone(folder / "python")
        self._count = 0

    def cases(self, *, quick: bool) -> Sequence[Case]:
        found = [
            Case(system="linux", tool=tool, held=held, model="an old file", seconds=seconds)
            for seconds in SECONDS
            for tool, held in KINDS
        ]
        return [each for each in found if each.seconds == 1.0 and each.held == LAUNCHER] if quick else found

    @contextmanager
    def scene(self, case: Case, *, disturbed: bool) -> Iterator[PythonInstallation | NpmInstallation]:
        self._count += 1
        folder = self._folder / f"scene-{self._count}"
        folder.mkdir()
        made: PythonInstallation | NpmInstallation
        if case.tool == "npm":
            made = NpmInstallation(case, folder, disturbed=disturbed)
        else:
            made = PythonInstallation(self, case, folder, disturbed=disturbed)
        made.begin()
        try:
            yield made
        finally:
            made.release()
            time.sleep(0.05)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def rig() -> Iterator[LinuxRig]:
    """The rig in a scratch folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield LinuxRig(Path(folder))
