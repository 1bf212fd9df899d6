"""The command never outlives its guard, at whatever moment that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.program,
    pytest.mark.traced,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX; Windows has job objects for it"),
]
linux = pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="POSIX: needs /proc (Linux)")
MOMENTS = 24


def bearers(mark: str) -> list[int]:
    """Every living process that was started with the variable `mark`."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                state = (folder / "stat").read_bytes().rpartition(b")")[2].split()[0]
                found += [] if state in (b"Z", b"X") else [int(folder.name)]
        except OSError:
            continue
    return found


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "frozen"])
@pytest.mark.parametrize(
    "kind", [pytest.param("", id="family"), "orphan", pytest.param("nameless", marks=linux)]
)
def test_a_killed_guard_takes_the_whole_family_with_it(
    drive, python, tmp_path: Path, until, alive, kind: str, stopped: bool
) -> None:
    file = tmp_path / "pids"
    driven = drive.start(*python("family.py", file, *([kind] if kind else [])))
    count = 2 if kind else 3
    until(lambda: file.exists() and len(file.read_text().split()) == count)
    pids = [int(word) for word in file.read_text().split()]
    if stopped:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
    driven.process.kill()
    until(lambda: not any(map(alive, pids)))


def test_what_outlives_a_command_that_has_ended_lives_on(drive, tmp_path: Path, until, alive) -> None:
    file = tmp_path / "pid"
    found = drive.run("sh", "-c", f"sleep 600 >/dev/null 2>&1 & echo $! > {file}")
    assert found["code"] == 0
    pid = int(file.read_text())
    assert alive(pid)
    os.kill(pid, signal.SIGKILL)


@linux
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_at_any_moment_it_leaves_a_valid_report_and_no_process(
    tmp_path: Path, until: Callable[[Callable[[], object]], object], moment: int
) -> None:
    mark = f"MOMENT={tmp_path}"
    name, _, value = mark.partition("=")
    environment = {key: text for key, text in os.environ.items() if not key.startswith("CI_GUARD")}
    command = ["sh", "-c", "setsid sleep 600 & sleep 600"]
    guard = subprocess.Popen(
        [sys.executable, "-m", "ci_guard", "--report", "json=run.json", "--", *command],
        cwd=tmp_path,
        env=environment | {name: value},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(moment * 0.01)  # by the clock: what it does then is left to chance
    guard.kill()
    guard.wait()
    until(lambda: not bearers(mark))
    report = tmp_path / "run.json"
    if report.exists():
        told = json.loads(report.read_text(encoding="utf-8"))
        assert (told["outcome"], told["finished"]) == ("aborted", False)
