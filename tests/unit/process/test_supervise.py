"""How a command ends, and that nothing of it is left behind when it is ended."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rig.events import HANG

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals; Windows has its own ladder"),
]

PATIENT = HANG  # seconds: a rung that must not pass by itself
linux = pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc/PID/environ (Linux)")


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


# in a process of its own: each command forks a guardian, and a worker of pytest is large
EVERY_CODE = """
import os
from ci_guard.model.process import Launch
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.supervise import supervise

with Interruptions() as interruptions:
    for code in range(256):
        launch = Launch(argv=("sh", "-c", f"exit {code}"), environment=dict(os.environ))
        outcome = supervise(launch, interruptions)
        print(code, outcome.exit.code, outcome.exit.status, outcome.passed)
"""


def test_every_exit_code_comes_back(python):
    done = subprocess.run(python(EVERY_CODE), stdout=subprocess.PIPE, check=True, timeout=HANG, text=True)
    assert done.stdout.splitlines() == [f"{code} {code} {code} {code == 0}" for code in range(256)]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT", "SIGINT"])
def test_death_by_a_signal_is_128_and_its_number(drive, name):
    number = signal.Signals[name]
    found = drive.run("sh", "-c", f"ulimit -c 0; kill -{number.value} $$")
    assert (found["signal"], found["own"], found["stopped"]) == (number, 128 + number, None)


@pytest.mark.traced
def test_an_obedient_command_is_only_asked(drive):
    found = drive.run("sleep", "600", launch={"timeout": 0.2, "ask": PATIENT})
    assert found["stopped"] == {"timeout": 0.2, "signal": None, "rungs": ["ask"]}
    assert found["signal"] == signal.SIGINT


@pytest.mark.traced
def test_a_command_deaf_to_interrupts_is_terminated(drive, tmp_path):
    deaf = tmp_path / "deaf"
    launch = {"timeout": PATIENT, "ask": 0.1, "grace": PATIENT, "over": (str(deaf), 1)}
    found = drive.run("sh", "-c", f"trap '' INT; echo yes > {deaf}; exec sleep 600", launch=launch)
    assert found["stopped"]["rungs"] == ["ask", "end"]
    assert found["signal"] == signal.SIGTERM


@pytest.mark.traced
def test_a_stubborn_family_is_killed_grandchildren_in_other_sessions_included(drive, python, tmp_path, alive):
    file = tmp_path / "pids"
    launch = {"timeout": PATIENT, "ask": 0.3, "grace": 0.3, "over": (str(file), 3)}
    found = drive.run(*python("family.py", file), launch=launch)
    assert found["stopped"]["rungs"] == ["ask", "end", "kill"]
    assert found["signal"] == signal.SIGKILL
    assert len(pids(file)) == 3
    assert [pid for pid in pids(file) if alive(pid)] == []


@linux
@pytest.mark.parametrize("kind", ["orphan", "nameless"])
def test_an_orphan_in_another_session_is_found_by_its_mark_or_its_output(
    drive, python, tmp_path, until, alive, kind
):
    file = tmp_path / "pids"
    launch = {"ask": 0.3, "grace": 0.3, "obeys": True}
    driven = drive.start(*python("family.py", file, kind), launch=launch)
    until(lambda: len(pids(file)) == 2)
    driven.process.send_signal(signal.SIGTERM)
    found = driven.outcome()
    assert found["signal"] == signal.SIGTERM  # the command itself obeyed at once
    assert found["stopped"]["rungs"] == ["ask", "kill"]  # the orphan did not
    assert [pid for pid in pids(file) if alive(pid)] == []


def bearers(entry: str) -> list[str]:
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if entry.encode() in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                found.append(name)
    return found


@linux
def test_a_chain_that_forks_ahead_of_the_kill_does_not_survive_a_time_out(drive, python, tmp_path):
    launch = {"timeout": PATIENT, "ask": 0.1, "grace": 0.1, "environment": {"FLEES": str(tmp_path)}}
    launch["over"] = (str(tmp_path / "generations"), 2)
    try:
        found = drive.run(*python("flees.py", tmp_path), launch=launch)
        made = (tmp_path / "generations").stat().st_size
        rungs = found["stopped"]["rungs"]
        # on a busy machine it is slow enough to be caught on any rung
        assert rungs == ["ask", "end", "kill"][: max(len(rungs), 1)]
        assert [bearers(f"FLEES={tmp_path}") for _ in range(5)] == [[]] * 5
        assert (tmp_path / "generations").stat().st_size == made
    finally:
        (tmp_path / "over").touch()


@linux
def test_the_marks_of_a_guard_around_us_stay(drive, python):
    code = "import os; print(os.environ['CI_GUARD_RUN'])"
    found = drive.run(*python(code), launch={"environment": {"CI_GUARD_RUN": "outer"}})
    outer, _, own = found["out"].decode().strip().partition(":")
    assert outer == "outer"
    assert own


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_signals_reach_the_command_and_are_recorded(drive, python, tmp_path, until, name):
    log = tmp_path / "log"
    driven = drive.start(*python("logs_signals.py", log, 7), launch={"ask": PATIENT})
    until(lambda: log.exists() and log.read_text() == "ready\n")
    driven.process.send_signal(getattr(signal, name))
    found = driven.outcome()
    number = int(getattr(signal, name))
    assert log.read_text() == f"ready\n{name}\n"
    assert found["code"] == 7
    assert found["received"] == number
    assert found["stopped"] == {"timeout": None, "signal": number, "rungs": ["ask"]}


def test_a_command_deaf_to_a_signal_is_ended_down_the_whole_ladder(drive, python, tmp_path, until):
    log = tmp_path / "log"
    launch = {"ask": 0.1, "grace": 0.1, "heard": str(log)}
    driven = drive.start(*python("logs_signals.py", log), launch=launch)
    until(lambda: log.exists() and log.read_text() == "ready\n")
    driven.process.send_signal(signal.SIGINT)
    found = driven.outcome()
    assert log.read_text().split() == ["ready", "SIGINT", "SIGTERM"]
    assert found["stopped"]["rungs"] == ["ask", "end", "kill"]
    assert found["signal"] == signal.SIGKILL


def test_a_second_signal_is_passed_on_and_a_third_kills_at_once(drive, python, tmp_path, until):
    log = tmp_path / "log"
    launch = {"ask": PATIENT, "grace": PATIENT, "heard": str(log)}
    driven = drive.start(*python("logs_signals.py", log), launch=launch)
    until(lambda: log.exists() and log.read_text() == "ready\n")

    def insist() -> bool:
        driven.process.send_signal(signal.SIGTERM)
        return driven.process.poll() is not None

    until(insist)
    found = driven.outcome()
    assert found["stopped"] == {"timeout": None, "signal": signal.SIGTERM, "rungs": ["ask", "kill"]}
    assert log.read_text().split() == ["ready", "SIGTERM", "SIGTERM"]


def test_a_runner_that_interrupts_and_then_terminates_does_both_to_the_command(
    drive, python, tmp_path, until
):
    log = tmp_path / "log"
    driven = drive.start(*python("logs_signals.py", log), launch={"grace": PATIENT, "heard": str(log)})
    until(lambda: log.exists() and log.read_text() == "ready\n")
    driven.process.send_signal(signal.SIGINT)
    until(lambda: "SIGINT" in log.read_text())
    until(lambda: driven.process.send_signal(signal.SIGTERM) or "SIGTERM" in log.read_text())
    until(lambda: driven.process.send_signal(signal.SIGTERM) or driven.process.poll() is not None)
    assert log.read_text().split()[:3] == ["ready", "SIGINT", "SIGTERM"]


def test_the_same_signal_twice_in_a_row_is_one_wish(drive, python, tmp_path, until):
    log = tmp_path / "log"
    driven = drive.start(*python("logs_signals.py", log), launch={"grace": 0.3, "heard": str(log)})
    until(lambda: log.exists() and log.read_text() == "ready\n")
    driven.process.send_signal(signal.SIGTERM)
    until(lambda: "SIGTERM" in log.read_text())
    driven.process.send_signal(signal.SIGTERM)
    assert driven.outcome()["stopped"]["rungs"] == ["ask", "kill"]


def test_a_signal_that_was_ignored_at_the_start_stays_ignored(drive, until, tmp_path):
    ready, go = tmp_path / "ready", tmp_path / "go"
    script = f"touch {ready}; while ! test -e {go}; do sleep 0.05; done; kill -HUP $$; exit 5"
    driven = drive.start("sh", "-c", script, before=("sh", "-c", 'trap "" HUP; exec "$@"', "sh"))
    until(ready.exists)
    driven.process.send_signal(signal.SIGHUP)
    go.touch()
    found = driven.outcome()
    assert (found["code"], found["received"], found["stopped"]) == (5, None, None)


def test_the_command_gets_default_signals_and_no_descriptors_of_ours(drive, python):
    code = (
        "import os,signal,sys\n"
        "print([signal.getsignal(s).name for s in (signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP)])\n"
        "print(sorted(int(n) for n in os.listdir('/dev/fd') if os.path.exists(f'/dev/fd/{n}')))"
    )
    # the interpreter itself ignores SIGPIPE, so a shell tells
    found = drive.run("sh", "-c", "kill -PIPE $$")
    assert found["signal"] == signal.SIGPIPE
    lines = drive.run(*python(code))["out"].decode().splitlines()
    assert lines[0] == "['SIG_DFL', 'SIG_IGN', 'SIG_DFL']"
    assert lines[1] == "[0, 1, 2]"
