"""A scanner that holds every fresh file for longer than uv and pip wait: the machine of astral-sh/uv#9531.

Each attempt makes new files, whose scan begins again: no number of attempts helps. What helps is to hold the
tool still until the scanner lets go.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rig import tools, wheels
from rig.events import until
from rig.windows import Started
from windows.conftest import Guard, Guarded

SCANNER = Path(wheels.__file__).parent / "wine" / "scanner.py"
LAUNCHERS = int(os.environ.get("TEST_CI_GUARD_LAUNCHERS", "2"))
SECONDS = float(os.environ.get("TEST_CI_GUARD_HELD", "12"))  # longer than uv's ten
NOTHING = "-"
SHARED = "rw"  # the tool can finish writing, and can neither rename nor remove the file
PATIENT = "version: 1\nattempts: 2\nbackoff: {initial: 100ms, maximum: 1s}\n"

LOOKS = 20  # installations at the most: a launcher has the name that the scanner waits for for milliseconds


class Scanner:
    """A scanner that runs."""

    def __init__(self, started: Started, log: Path) -> None:
        self._started, self._log = started, log

    def wait(self) -> None:
        assert self._started.process.stdout is not None
        line = self._started.process.stdout.readline()
        assert line.strip() == b"READY", line + self._started.done().stderr

    def stop(self) -> None:
        self._started.done()

    def told(self, word: str) -> list[str]:
        """The files of which the log says so."""
        lines = self._log.read_text("utf-8").splitlines() if self._log.exists() else []
        return [line.split(" ", 2)[2] for line in lines if line.split(" ")[1] == word]


@pytest.fixture
def scanner(workshop) -> Iterator[Callable[..., Scanner]]:
    """`scanner(seconds, folder, pattern)`: every new file there is held for so long."""
    started: list[Scanner] = []

    def start(seconds: float, folder: Path, pattern: str, share: str = SHARED) -> Scanner:
        folder.mkdir(parents=True, exist_ok=True)
        log = workshop.root / "scanner.log"
        watched = rf"{workshop.system.spelled(folder)}\{pattern}"
        words = [str(seconds), share, workshop.system.spelled(log), watched]
        system = workshop.system
        found = Scanner(system.start([system.guard, "-I", SCANNER, *words], folder=system.drive), log)
        started.append(found)
        found.wait()
        return found

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def many(workshop) -> list[str]:
    """The launchers of a package that has many."""
    return package(workshop, LAUNCHERS)


def package(workshop, launchers: int) -> list[str]:
    names = [f"many-{number:02}" for number in range(launchers)]
    code = b"def main():\n    print('many of them')\n"
    project = wheels.Project(
        name="rigmany",
        version="1.0",
        files={"rigmany/__init__.py": code},
        scripts=dict.fromkeys(names, "rigmany:main"),
    )
    wheels.write(project, workshop.wheels)
    (workshop.project / ".ci-guard.yml").write_text(PATIENT, "utf-8")
    return names


def installed_until_held(guard: Guard, scans: Scanner) -> Guarded:
    """The first installation of which the scanner has held a launcher, or the last one."""
    command = ("uv", "pip", "install", "--reinstall", "rigmany")
    for _ in range(LOOKS - 1):
        done = guard.ended(guard.start(*command), timeout=60 + 3 * LAUNCHERS * SECONDS)
        if scans.told("held"):
            return done
    return guard(*command)


def test_every_fresh_launcher_is_held_longer_than_uv_waits(workshop, guard, scanner, many) -> None:
    workshop.use_uv(tools.NEWEST_UV)
    workshop.make_venv()
    scans = scanner(SECONDS, workshop.scripts, ".tmp*")
    done = installed_until_held(guard, scans)
    assert done.status == 0, done.output
    assert done.categories == [None], done.output
    assert {name for name in many if workshop.says(name) == "many of them"} == set(many)
    held = set(scans.told("held"))  # a file may be taken twice: while it is written, and after
    assert held, "the scanner has missed them all"
    holds = done.record["attempts"][0]["holds"]
    assert {hold["file"] for hold in holds} == held
    assert done.record["outcome"] == "flaky"
    assert "held the command still for " in done.stderr
    assert done.step().is_flaky
    seconds = done.record["duration"]
    print(f"{seconds:.1f} s, {len(held)} of {LAUNCHERS} launchers held {SECONDS} s each")


def test_an_old_file_in_the_way_is_held_longer_than_uv_waits(workshop, guard, holder, many) -> None:
    workshop.use_uv(tools.NEWEST_UV)
    workshop.make_venv()
    launcher = workshop.scripts / f"{many[-1]}.exe"
    launcher.write_bytes(b"left over")
    held = holder(launcher)
    running = guard.start("uv", "pip", "install", "rigmany")
    process = running.started.process
    until(lambda: any(workshop.scripts.glob(".tmp*")) or process.poll() is not None)
    time.sleep(SECONDS)  # by the clock: that of uv
    held.release()
    done = guard.ended(running)
    assert done.status == 0, done.output
    assert (done.categories, done.record["outcome"]) == ([None], "flaky"), done.output
    (hold,) = done.record["attempts"][0]["holds"]
    assert hold["file"] == workshop.system.spelled(launcher)
    assert workshop.says(many[-1]) == "many of them"


def test_without_patience_it_fails(workshop, guard, holder, many) -> None:
    workshop.use_uv(tools.UV_VERSIONS[-2])
    workshop.make_venv()
    launcher = workshop.scripts / f"{many[-1]}.exe"
    launcher.write_bytes(b"left over")
    holder(launcher)
    done = guard("uv", "pip", "install", "rigmany", options=("--no-patience", "--attempts", "1"))
    assert done.status == 2, done.output
    assert done.record["attempts"][0]["holds"] == []


def test_what_pip_replaces_is_held_longer_than_pip_waits(workshop, guard, scanner, many) -> None:
    workshop.make_venv(tools.NEWEST_PIP)
    scans = scanner(SECONDS, workshop.site / "rigmany-1.0.dist-info", "*.tmp")
    (workshop.site / "rigmany-1.0.dist-info").rmdir()
    done = guard("pip", "install", "rigmany")
    assert done.status == 0, done.output
    assert done.categories == [None], done.output
    assert {hold["file"] for hold in done.record["attempts"][0]["holds"]} == set(scans.told("held"))


def test_what_uv_copies_at_once_is_waited_for_and_taken_as_it_is(workshop, guard, scanner, many) -> None:
    """uv copies a tool's executables without a retry; the next attempt finds them scanned, if they stay."""
    (workshop.project / ".ci-guard.yml").write_text("version: 1\n", "utf-8")
    workshop.use_uv(tools.NEWEST_UV)
    folder = workshop.root / "tools" / "rigmany" / "Scripts"
    scanner(SECONDS, folder, "*.exe", NOTHING)
    shutil.rmtree(workshop.root / "tools")  # uv makes it; the scanner looks for it by its name
    done = guard("uv", "tool", "install", "rigmany")
    assert done.status == 0, done.output
    assert len(done.categories) <= 2, done.output  # one, if the scanner came too late
    for name in many:
        said = workshop.run(workshop.root / "tools-bin" / f"{name}.exe").stdout
        assert said.split() == b"many of them".split()


def test_near_misses_of_uv_are_counted_and_kept_out_of_the_console(workshop, guard, scanner, many) -> None:
    workshop.use_uv(tools.NEWEST_UV)
    workshop.make_venv()
    policy = "version: 1\npatience: off\nnear_misses: true\n"
    (workshop.project / ".ci-guard.yml").write_text(policy, "utf-8")
    scans = scanner(0.5, workshop.scripts, ".tmp*")  # uv survives it by itself
    done = installed_until_held(guard, scans)
    assert (done.status, done.categories, done.record["outcome"]) == (0, [None], "passed"), done.output
    assert scans.told("held"), "the scanner has missed them all"
    missed = done.record["attempts"][0]["near_misses"]
    assert missed, done.output
    assert {each["file"].rpartition("\\")[2] for each in missed} <= {f"{name}.exe" for name in many}
    assert all(each["tries"] > 1 for each in missed)
    assert "Retrying" not in done.output
