"""All that CI runs, in an environment of its own: lint, types, the layer contract, the tests, the sweep.

usage: python tests/run.py [--quick] [--coverage] [PYTEST ARGUMENT]..., on any system; on POSIX
also `tests/run`

`--quick` is the loop while you work: the checks, tests/unit and tests/structure, on this very tree installed
for editing, in an environment that is made anew only when pyproject.toml changes. It leaves out what starts
real tools or the whole program around them (tests/e2e, tests/windows, the sweep, ...), and, unless tests are
named, the unit tests marked `program` or `table`, which take minutes.

A test that fails is run once more, and where it then passes it is told of as flaky, with its failure. More
than a few of them are a failure (tests/conftest.py). The quick loop runs each once.

`--coverage` counts on POSIX what a sample of each test's cases reaches, in the ci-guards that the first and
the last case of a test marked `traced` start, too, and says what is left out; of all tests on Linux, less
than the floor in pyproject.toml is a failure. CI does so.

The sweep goes on beside all the rest, since it waits more than it computes; it is told about at the end.

On Debian and Ubuntu the tests also run under Windows CPython: Wine is installed if you are root or sudo asks
for no password; TEST_CI_GUARD_WINE=off leaves Windows out.

The environments are made with the Python that runs this (3.11 or later), in `.cache/tests` and
`.cache/quick`, or where TEST_CI_GUARD_VENV says. Ends with the status of the first step that fails; the last
line is pytest's own.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = sys.platform == "win32"
SCRIPTS, SUFFIX = ("Scripts", ".exe") if WINDOWS else ("bin", "")
SPARE_WORKERS = 1  # more than there are cores: the tests of whole programs wait as much as they compute
SWEEP_POINTS = "10"  # of each row; which ones depends on the seed
SWEEP_SEED = "9531"  # the same at each run: a red CI is a change's doing; other seeds are for looking further
SWEEP_ROWS = (
    "uv sync", "uv sync (1.0 to 2.0)", "uv pip install", "uv tool install", "uv venv",
    "pip install", "pip install -U", "virtualenv", "npm ci", "npm install", "npm install -g", "npx",
    "git pull", "git checkout", "sh script (1.0 to 2.0)", "cargo build",
)  # fmt: skip
SWEEP_LIMIT = "300"  # seconds; a row that has no time left is named
ONCE_MORE = ("--reruns=1", "--tb=short")
SLOWEST = ("--durations=20", "--durations-min=10")  # seconds; where the time of CI goes
QUICK, COVERAGE = "--quick", "--coverage"
UNIT_TESTS = "testpaths=tests/unit tests/structure"  # what no argument names
SHORT = "not program and not table"
ENDED = 128 + signal.SIGTERM  # our status where we were told to end
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
GROUPS = ("--group", "test", "--group", "lint")
SITE = ("--group", "docs")  # the quick loop does without
PIP_WITH_GROUPS = "pip>=25.1"


class Environment:
    """A virtual environment of the tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = self._program("python")

    def install_wheel(self) -> None:
        """Make it, with what users get: the built wheel, not this folder."""
        self._make("build")
        dist = self._folder / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        self._build(dist)
        (wheel,) = dist.glob("*.whl")
        self.python(*PIP, str(wheel), *GROUPS, *SITE)
        self.python(*PIP, "--no-deps", "--force-reinstall", str(wheel))

    def install_tree(self) -> None:
        """Make it, with this folder for editing; nothing is done where it is up to date."""
        stamp = self._folder / "pyproject.sha256"
        wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
        if self._python.exists() and stamp.exists() and stamp.read_text("utf-8") == wanted:
            return
        self._make()
        self.python(*PIP, "--editable", ".", *GROUPS)
        stamp.write_text(wanted, "utf-8")

    def python(self, *words: str, **variables: str) -> None:
        """Run the environment's Python; a failure ends everything."""
        status = subprocess.run([self._python, *words], env=_environment(variables)).returncode
        if status:
            sys.exit(status)

    def tries(self, *words: str, **variables: str) -> bool:
        """Run the environment's Python; whether it succeeded."""
        return not subprocess.run([self._python, *words], env=_environment(variables)).returncode

    def check(self, *commands: tuple[str, ...], **variables: str) -> None:
        """Run programs of the environment side by side; show what each said, in order; a failure ends all."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ended = list(pool.map(lambda command: self._captured(command, variables), commands))
        for command, done in zip(commands, ended, strict=True):
            print(f"-- {' '.join(command)}", flush=True)
            sys.stdout.buffer.write(done.stdout)
            sys.stdout.flush()
        status = next((done.returncode for done in ended if done.returncode), 0)
        if status:
            sys.exit(status)

    @contextmanager
    def beside(self, *words: str, **variables: str) -> Iterator["Beside"]:
        """Run the environment's Python meanwhile: for as long as the `with` block lasts at the most."""
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(
                [self._python, *words],
                env=_environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                yield Beside(process, said)
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM if WINDOWS else signal.SIGINT)

    def become(self, *words: str) -> NoReturn:
        """Let the environment's Python take our place, so that signals for us reach it; never returns."""
        command = [str(self._python), *words]
        if not WINDOWS:  # where exec ends this process at once, and the caller waits for no other
            os.execve(command[0], command, _environment({}))
        sys.exit(subprocess.run(command, env=_environment({})).returncode)

    def shown(self, *words: str, **variables: str) -> tuple[int, bytes]:
        """Run the environment's Python, which ends at our SIGTERM; its status, and its last line."""
        command, closing = [str(self._python), *words], b""
        with subprocess.Popen(command, env=_environment(variables), stdout=subprocess.PIPE) as running:
            signal.signal(signal.SIGTERM, lambda number, _: running.send_signal(number))
            for line in running.stdout or ():
                closing = line if line.strip() else closing
                sys.stdout.buffer.write(line)
                sys.stdout.flush()
        return running.returncode, closing

    def _program(self, name: str) -> Path:
        return self._folder / SCRIPTS / f"{name}{SUFFIX}"

    def _captured(
        self, command: tuple[str, ...], variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self._program(command[0]), *command[1:]],
            env=_environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def _make(self, *packages: str) -> None:
        if not self._python.exists():
            venv.create(self._folder, symlinks=not WINDOWS, with_pip=True)
        self.python(*PIP, "--upgrade", PIP_WITH_GROUPS, *packages)

    def _build(self, dist: Path) -> None:
        done = subprocess.run(
            [self._python, "-m", "build", "--wheel", "--outdir", dist, "."],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode:
            sys.stdout.buffer.write(done.stdout)
            sys.exit(done.returncode)


class Beside:
    """A program that runs beside the other steps; what it says is kept until it is waited for."""

    def __init__(self, process: "subprocess.Popen[bytes]", said: IO[bytes]) -> None:
        self._process, self._said = process, said

    def succeeds(self) -> bool:
        """Wait for its end, and show what it said."""
        status = self._process.wait()
        self._said.seek(0)
        shutil.copyfileobj(self._said, sys.stdout.buffer)
        sys.stdout.flush()
        return not status


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """PYTHONPATH only where a step needs it: the tests must import the installed package."""
    kept = {name: value for name, value in os.environ.items() if name.upper() != "PYTHONPATH"}
    return {**kept, **variables}


def _say(step: str) -> None:
    print(f"== {step}", flush=True)


def _types(platform: str) -> tuple[str, ...]:
    # a cache for each: it is thrown away when the platform is another one
    return ("mypy", "--platform", platform, "--cache-dir", f".mypy_cache/{platform}")


def _checks(tests: Environment) -> None:
    _say("lint, types, layers")
    tests.check(
        _types("linux"),
        _types("win32"),
        ("lint-imports", "--no-logo"),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("zizmor", "--offline", "--no-progress", "--min-severity", "medium", "."),
        PYTHONPATH=".",
    )


def _run_quick(arguments: list[str], measured: bool) -> NoReturn:
    tests = Environment(ROOT / os.environ.get("TEST_CI_GUARD_VENV", ".cache/quick"))
    tests.install_tree()
    _checks(tests)
    _say("unit tests")
    chosen = arguments or ["-m", SHORT]
    words = ["-q", "-o", UNIT_TESTS, "--numprocesses", str(os.cpu_count() or 1), *chosen]
    _end(tests, words, measured=measured, floor=False)


def _run_everything(arguments: list[str], measured: bool) -> NoReturn:
    tests = Environment(ROOT / os.environ.get("TEST_CI_GUARD_VENV", ".cache/tests"))
    tests.install_wheel()
    linux = sys.platform == "linux"
    with ExitStack() as beside:
        signal.signal(signal.SIGTERM, _leave)
        sweep = beside.enter_context(_sweep(tests)) if linux else None
        wine = linux and os.environ.get("TEST_CI_GUARD_WINE", "on") != "off"
        windows = beside.enter_context(tests.beside("-m", "rig.wine", PYTHONPATH="tests")) if wine else None
        _checks(tests)
        if windows is not None:
            _say("windows")
            if not windows.succeeds():
                print("tests/windows will be skipped, and fail in CI", flush=True)
        _say("tests")
        workers = str((os.cpu_count() or 1) + SPARE_WORKERS)
        words = ["--numprocesses", workers, "--dist", "worksteal", *ONCE_MORE, *SLOWEST, *arguments]
        # the floor was measured with all tests, on Linux
        _end(tests, words, measured=measured, floor=linux and not arguments, sweep=sweep)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(ENDED)


def _sweep(tests: Environment) -> AbstractContextManager[Beside]:
    rows = [word for row in SWEEP_ROWS for word in ("--row", row)]
    points = os.environ.get("TEST_CI_GUARD_SWEEP_POINTS", SWEEP_POINTS)
    seed = os.environ.get("TEST_CI_GUARD_SWEEP_SEED", SWEEP_SEED)
    sample = ("--points", points, "--seed", seed, "--limit", SWEEP_LIMIT)
    return tests.beside("-m", "rig.sweep", "--with-guard", *sample, *rows, PYTHONPATH="tests")


def _end(
    tests: Environment, words: list[str], *, measured: bool, floor: bool, sweep: Beside | None = None
) -> NoReturn:
    """Run pytest; tell of the sweep and of what was reached; pytest's closing line again, and the status."""
    if not measured and sweep is None:
        tests.become("-m", "pytest", *words)
    coverage = {"COVERAGE_FILE": str(ROOT / ".coverage")} if measured else {}  # wherever a ci-guard runs
    if measured:
        tests.python("-m", "coverage", "erase", **coverage)
    by = ("-m", "coverage", "run") if measured else ()
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    status, closing = tests.shown(*by, "-m", "pytest", *colour, *words, **coverage)
    passed = True
    if sweep is not None:
        _say("sweep")
        passed = sweep.succeeds()
    if measured:
        _say("coverage")
        bound = () if floor else ("--fail-under=0",)
        passed &= tests.tries("-m", "coverage", "combine", "--quiet", **coverage)
        passed &= tests.tries("-m", "coverage", "report", *bound, **coverage)
    sys.stdout.buffer.write(closing)
    sys.stdout.flush()
    sys.exit(status or not passed)


def main(arguments: list[str]) -> NoReturn:
    """Run all steps."""
    os.chdir(ROOT)
    words = [argument for argument in arguments if argument not in (QUICK, COVERAGE)]
    run = _run_quick if QUICK in arguments else _run_everything
    run(words, COVERAGE in arguments and sys.platform != "win32")  # there coverage can follow no fork


if __name__ == "__main__":
    main(sys.argv[1:])
