"""Real uv.exe, Windows pip and ci-guard in Windows Python; locks that another Windows process really holds.

On Windows these tests run on the machine itself, on Linux under Wine (`rig.wine`).
"""

import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from junitparser import xunit2 as xunit

from rig import index, records, requirement, tools, wheels, windows
from rig.junit import step_of
from rig.windows import Done, Started, Windows

POLICY = (
    "version: 1\npatience: off\nbackoff: {initial: 100ms, maximum: 1s}\n"  # else it would wait for each lock
)
MANIFEST = (
    '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\ndependencies = ["rigapp=={}"]\n'
)
HOLDER = Path(windows.__file__).parent / "wine" / "hold.py"
HELD_AT_MOST = 300  # seconds; a holder that nobody lets go ends by itself
PIP_MAIN = "import sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"
NEXT = "; next attempt in "
CONSOLE_STUB = "pip/_vendor/distlib/t64.exe"


class Workshop:
    """A project and its throw-away Python on a drive of Windows; nothing of the machine's own."""

    def __init__(self, system: Windows, root: Path) -> None:
        self.system = system
        self.root = root
        self.project = root / "project"
        self.venv = self.project / ".venv"
        self.scripts = self.venv / "Scripts"
        self.site = self.venv / "Lib" / "site-packages"
        self.python = system.copy_python(root / "python")
        self.wheels = wheels.write_all(root / "wheels")
        self.project.mkdir()
        (self.project / ".ci-guard.yml").write_text(POLICY, "utf-8")
        self.variables: dict[str, str | None] = self._variables()
        self._programs: dict[str, Path] = {}  # PATH counts for what a program starts, not for its own start

    def want(self, version: str) -> None:
        """Make the project need `rigapp` of this version."""
        (self.project / "pyproject.toml").write_text(MANIFEST.format(version), "utf-8")

    def make_venv(self, pip: str | None = None) -> Path:
        """The project's environment, active; with this version of pip and its `pip.exe` if one is named."""
        self.run(self.python, "-I", "-m", "venv", "--without-pip", self.venv)
        self.variables["VIRTUAL_ENV"] = self.system.spelled(self.venv)
        self.variables["PATH"] = f"{self.system.spelled(self.scripts)};{self.variables['PATH']}"
        del self.variables["UV_PYTHON"]  # it would win over the environment
        if pip:
            wheel = tools.pip_wheel(pip)
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(self.site)
                stub = archive.read(CONSOLE_STUB)
            self._programs["pip"] = self.scripts / "pip.exe"
            self._launcher(self._programs["pip"], stub)
        return self.venv

    def use_uv(self, version: str) -> None:
        """Put uv of this version first on PATH, as the program `uv`."""
        self._programs["uv"] = self.system.uv(version)
        folder = self.system.spelled(self._programs["uv"].parent)
        self.variables["PATH"] = f"{folder};{self.variables['PATH']}"

    def online(self) -> None:
        """Let uv and pip use the package index of this machine, instead of the rig's wheels."""
        for name in ("UV_OFFLINE", "UV_FIND_LINKS", "PIP_NO_INDEX", "PIP_FIND_LINKS"):
            del self.variables[name]
        self.variables["UV_DEFAULT_INDEX"] = self.variables["PIP_INDEX_URL"] = index.url()
        bundle = index.certificates()
        if bundle and not self.system.native:
            self.variables["SSL_CERT_FILE"] = self.variables["PIP_CERT"] = self.system.spelled(bundle)

    def says(self, launcher: str) -> str:
        """What the launcher of this name in the environment prints; it must pass."""
        return " ".join(self.run(self.scripts / f"{launcher}.exe").stdout.decode().split())

    def versions(self, package: str = "rigapp") -> list[str]:
        """The versions of a package that the environment has metadata of."""
        found = (path.name.removesuffix(".dist-info") for path in self.site.glob(f"{package}-*.dist-info"))
        return sorted(name.partition("-")[2] for name in found)

    def run(self, *argv: str | Path) -> Done:
        """An undisturbed command, which must pass."""
        done = self.plain(*argv)
        assert done.status == 0, f"{argv} ended with {done.status}:\n{done.text}"
        return done

    def plain(self, *argv: str | Path) -> Done:
        """A command without ci-guard; `uv` and `pip` are those of the workshop."""
        program = self._programs.get(str(argv[0]), argv[0])
        return self.system.run(program, *argv[1:], folder=self.project, environment=self.variables)

    def _launcher(self, path: Path, stub: bytes) -> None:
        """A launcher as pip makes them: a stub, the interpreter, a zip file with the program.

        The stub finds the zip file's beginning by the offsets in it, which must not count what is before.
        """
        program = io.BytesIO()
        with zipfile.ZipFile(program, "w") as archive:
            archive.writestr("__main__.py", PIP_MAIN)
        interpreter = f"#!{self.system.spelled(self.scripts / 'python.exe')}\n"
        path.write_bytes(stub + interpreter.encode() + program.getvalue())

    def _variables(self) -> dict[str, str | None]:
        folders = {name: self.root / name.lower() for name in ("HOME", "SCRATCH", "ROAMING", "LOCAL")}
        for folder in folders.values():
            folder.mkdir()
        home, scratch, roaming, local = (self.system.spelled(folder) for folder in folders.values())
        known = self.system.spelled(self.wheels)
        root = self.system.spelled(self.root)
        return {
            "PATH": rf"{self.system.spelled(self.python.parent)};C:\Windows\System32;C:\Windows",
            "TEMP": scratch,
            "TMP": scratch,
            "USERPROFILE": home,
            "APPDATA": roaming,
            "LOCALAPPDATA": local,
            "UV_PYTHON": self.system.spelled(self.python),
            "UV_PYTHON_PREFERENCE": "only-system",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_CACHE_DIR": rf"{root}\cache-uv",
            "UV_TOOL_DIR": rf"{root}\tools",
            "UV_TOOL_BIN_DIR": rf"{root}\tools-bin",
            "UV_NO_CONFIG": "1",
            "UV_OFFLINE": "1",
            "UV_FIND_LINKS": known,
            "PIP_CONFIG_FILE": "nul",
            "PIP_CACHE_DIR": rf"{root}\cache-pip",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": known,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }


class Held:
    """A file that another Windows process holds."""

    def __init__(self, started: Started) -> None:
        self._started = started

    def wait(self) -> None:
        """Return when it is held; raises AssertionError if that failed."""
        assert self._started.process.stdout is not None
        line = self._started.process.stdout.readline()
        assert line.strip() == b"HELD", line + self._started.done().stderr

    def release(self) -> None:
        """Let it go, if that has not happened yet."""
        self._started.done()


@dataclass(frozen=True, slots=True)
class Guarded:
    """A guarded command that ended: its status, what was written, the record, the JUnit file."""

    status: int
    stdout: str
    stderr: str
    record: dict[str, Any]
    junit: Path

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def categories(self) -> list[str | None]:
        return [attempt["category"] for attempt in self.record["attempts"]]

    def step(self) -> xunit.TestCase:
        """The test case of the step; that of the marker comes second."""
        return step_of(self.junit)


class Running:
    """A guard that runs; what it says can be waited for."""

    def __init__(self, started: Started) -> None:
        self.started = started
        self._read = {"stdout": b"", "stderr": b""}

    def says(self, text: str, stream: str = "stderr") -> None:
        """Return when the stream has had this text; raises AssertionError if it ends without.

        Byte for byte, since what a buffer took too much would be missing from `done`.
        """
        pipe = getattr(self.started.process, stream)
        while text.encode() not in self._read[stream]:
            byte = os.read(pipe.fileno(), 1)
            if not byte:
                raise AssertionError(f"never said `{text}`: {self.done().text}")
            self._read[stream] += byte

    def done(self, timeout: float = windows.SECONDS) -> Done:
        """Wait for its end; all that it wrote."""
        done = self.started.done(timeout)
        return Done(done.status, self._read["stdout"] + done.stdout, self._read["stderr"] + done.stderr)


class Guard:
    """Runs `python -m ci_guard` in Windows Python, in the project."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self.record, self.junit = workshop.root / "run.json", workshop.root / "run.xml"

    def start(
        self,
        *words: str,
        options: tuple[str, ...] = (),
        environment: Mapping[str, str | None] | None = None,
        program: Sequence[str | Path] = ("-m", "ci_guard"),
        **machine: Mapping[str, str],
    ) -> Running:
        """Start `ci-guard OPTIONS -- WORDS`; both reports are written, to `record` and `junit`.

        `program` is what Python runs; `machine` goes to the `start` of this Windows.
        """
        system = self._workshop.system
        reports = ["--report", f"json={system.spelled(self.record)}", "--junit", system.spelled(self.junit)]
        started = system.start(
            [system.guard, *program, *reports, *options, "--", *words],
            folder=self._workshop.project,
            environment={**self._workshop.variables, **(environment or {})},
            **machine,
        )
        return Running(started)

    def ended(self, running: Running, timeout: float = windows.SECONDS) -> Guarded:
        """Wait for its end."""
        done = running.done(timeout)
        assert self.record.exists(), f"ended with {done.status:#x}: {done.text}"
        record = records.read(self.record)
        stdout, stderr = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
        return Guarded(done.status, stdout, stderr, record, self.junit)

    def released_after_attempt_1(self, held: Held, *words: str, **given: Any) -> Guarded:
        """Run a command that fails on the held file, which is let go when the next attempt is announced."""
        running = self.start(*words, **given)
        running.says(NEXT)
        held.release()
        return self.ended(running)

    def __call__(self, *words: str, **given: Any) -> Guarded:
        """Run `ci-guard OPTIONS -- WORDS` to its end; `given` as for `start`."""
        return self.ended(self.start(*words, **given))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The one test that takes minutes begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_units.py")


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """The Windows of this test run: the machine, or a private drive under Wine."""
    reason = windows.missing()
    if reason and requirement.expected():
        pytest.fail(f"this CI must be able to run Windows programs: {reason}")
    if reason:
        pytest.skip(f"no Windows programs here: {reason}")
    with windows.opened(tmp_path_factory.mktemp("windows")) as found:
        yield found


@pytest.fixture(autouse=True)
def _refused_starts(request: pytest.FixtureRequest) -> Iterator[None]:
    """What was started twice is told of at the end of all tests."""
    found: Windows | None = request.getfixturevalue("system") if "system" in request.fixturenames else None
    before = len(found.refused_starts()) if found is not None else 0
    yield
    for program in found.refused_starts()[before:] if found is not None else ():
        request.node.user_properties.append((windows.REFUSED, program))


@pytest.fixture
def workshop(system: Windows, tmp_path: Path) -> Iterator[Workshop]:
    """A fresh project on drive C (or in the machine's own scratch place)."""
    root = tmp_path if system.native else system.drive / "w" / tmp_path.name
    root.mkdir(parents=True, exist_ok=True)
    yield Workshop(system, root)
    if not system.native:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def holder(system: Windows) -> Iterator[Callable[..., Held]]:
    """`holder(file, share="", seconds=None, appears=False)`: another process keeps the file open.

    `share` is what others may do meanwhile: `r`ead, `w`rite, `d`elete. It ends after `seconds`, or when it is
    released, or with the test. With `appears` the file is taken the moment that it is there; else it must be
    there, and is held when the call returns.
    """
    started: list[Held] = []

    def hold(file: Path, share: str = "", seconds: float | None = None, *, appears: bool = False) -> Held:
        limit = HELD_AT_MOST if seconds is None else seconds
        words = [system.spelled(file), share, str(limit)]
        held = Held(system.start([system.guard, "-I", HOLDER, *words], folder=system.drive))
        started.append(held)
        if not appears:
            assert file.exists(), f"there is no {file} to hold"
            held.wait()
        return held

    yield hold
    for held in started:
        held.release()


@pytest.fixture
def guard(workshop: Workshop) -> Guard:
    """`guard("uv", "sync", options=("--attempts", "3"))` runs it under ci-guard in Windows Python."""
    return Guard(workshop)
