"""The run as a user sees it: real little programs under `python -m ci_guard`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rig import records
from rig.events import HANG, until
from rig.guard import command, out_of_time

pytestmark = [pytest.mark.program, pytest.mark.traced]

FAILS = str(Path(__file__).parents[2] / "programs" / "fails_until.py")
FAST = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\n"
# what the system says of a lock and of missing rights, and where its numbers come from
if sys.platform == "win32":
    NAMESPACE, BUSY, REFUSED = "win32", 32, 5
else:
    NAMESPACE, BUSY, REFUSED = "errno", 16, 13
LOCK = (
    f"error: failed to rename file from {{folder}}/.tmpAbC to {{folder}}/tool: It is busy (os error {BUSY})"
)
REMOVAL = f"error: failed to remove file {{file}}: It is busy (os error {BUSY})"
IN_USE = REMOVAL.format(file=FAILS)  # which is there, and older than any run
DENIED = f"error: failed to create file `{{folder}}/file`: It is denied (os error {REFUSED})"
READY = "open('ready', 'w').write('yes')"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals, modes and errno")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ci-guard.yml").write_text(FAST)
    return tmp_path


def guard(home: Path, *words: str, over: Path | None = None, **more) -> "subprocess.CompletedProcess[str]":
    """Run it; the time of an attempt is over when its command has written to the file `over`."""
    program, told = out_of_time(over, *words) if over is not None else (command(*words), {})
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    return subprocess.run(
        program,
        cwd=home,
        env=environment | told | more.pop("env", {}),
        capture_output=True,
        text=True,
        timeout=HANG,
        **more,
    )


def fails(home: Path, until: int, status: int, *texts: str) -> list[str]:
    return [
        "--",
        sys.executable,
        FAILS,
        str(until),
        str(status),
        *(text.format(folder=home) for text in texts),
    ]


def record(home: Path) -> dict[str, Any]:
    return records.read(home / "run.json")


def test_a_first_attempt_that_passes_says_nothing(home: Path) -> None:
    done = guard(home, *fails(home, 1, 3))
    assert (done.returncode, done.stdout, done.stderr) == (0, "attempt 1\n", "")


@pytest.mark.parametrize("status", [1, 2, 3, 75, 255])
def test_a_failure_without_evidence_fails_at_once_with_its_own_status(home: Path, status: int) -> None:
    done = guard(home, *fails(home, 9, status, "AssertionError: 1 != 2"))
    assert done.returncode == status
    assert done.stdout == "attempt 1\n"
    lines = done.stderr.splitlines()
    assert lines[0] == "AssertionError: 1 != 2"
    assert all(line.startswith("ci-guard: ") for line in lines[1:])
    assert "no further attempt" in lines[1]


def test_a_lock_is_retried_and_the_story_is_on_disk(home: Path) -> None:
    done = guard(home, "--report", "json=run.json", "--junit", "run.xml", *fails(home, 3, 2, LOCK))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "attempt 1\nattempt 2\nattempt 3\n"
    told = record(home)
    assert (told["schema"], told["outcome"], told["exit_status"]) == ("ci-guard/run/1", "flaky", 0)
    assert [attempt["category"] for attempt in told["attempts"]] == ["antivirus_lock", "antivirus_lock", None]
    match = told["attempts"][0]["match"]
    assert match["code"] == {"namespace": NAMESPACE, "number": BUSY}
    assert match["operation"] == "rename"
    assert match["path"] == str(home / ".tmpAbC")
    assert told["attempts"][1]["waited"]["seconds"] >= 0.009
    assert "flakyFailure" in (home / "run.xml").read_text(encoding="utf-8")
    said = [line for line in done.stderr.splitlines() if line.startswith("ci-guard: ")]
    assert sum("next attempt in" in line for line in said) == 2
    assert "recovered at attempt 3 of 6" in said[-1]


def test_a_lock_that_never_ends_is_said_to_be_in_use(home: Path) -> None:
    done = guard(home, "--attempts", "3", "--report", "json=run.json", *fails(home, 9, 2, IN_USE))
    assert done.returncode == 2
    told = record(home)
    assert (told["outcome"], told["category"], len(told["attempts"])) == ("gave_up", "file_in_use", 3)
    assert "the same file was refused at each of the 3 attempts: another program keeps it open" in done.stderr


@pytest.mark.parametrize("there", [True, False])
def test_a_file_that_each_attempt_may_have_written_proves_no_program_that_stays(
    home: Path, there: bool
) -> None:
    """What the failed attempt has cleaned away, or what is as young as the run."""
    file = home / "tool"
    make = f"open({str(file)!r}, 'w').close();" if there else ""
    text = REMOVAL.format(file=file)
    script = f"import sys; {make} sys.exit({text!r})"
    words = ["--attempts", "2", "--report", "json=run.json", "--", sys.executable, "-c", script]
    done = guard(home, *words)
    assert done.returncode == 1
    told = record(home)
    assert (told["outcome"], told["category"], len(told["attempts"])) == ("gave_up", "antivirus_lock", 2)
    assert "another program keeps it open" not in done.stderr
    assert "raise `patience:" in done.stderr
    assert file.exists() is there


def test_a_fresh_file_that_is_refused_each_time_is_a_slow_scanner(home: Path) -> None:
    done = guard(home, "--attempts", "3", "--report", "json=run.json", *fails(home, 9, 2, LOCK))
    assert done.returncode == 2
    told = record(home)
    assert (told["outcome"], told["category"], len(told["attempts"])) == ("gave_up", "antivirus_lock", 3)
    assert "each of the 3 attempts wrote the file anew" in done.stderr
    assert "raise `patience:" in done.stderr


@posix
def test_missing_rights_are_no_lock(home: Path) -> None:
    locked = home / "locked"
    locked.mkdir(mode=0o555)
    plain = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]  # root, without root's way round the modes
    prefix = plain if os.geteuid() == 0 else []
    guarded = [*prefix, sys.executable, "-m", "ci_guard", "--report", f"json={home}/run.json"]
    done = subprocess.run(
        [*guarded, *fails(locked, 9, 2, DENIED)], cwd=home, capture_output=True, text=True, timeout=HANG
    )
    assert done.returncode == 2, done.stderr
    told = record(home)
    assert (told["outcome"], told["category"]) == ("failed", "permission")
    assert len(told["attempts"]) == 1


def test_a_refusal_where_writing_is_allowed_is_a_lock(home: Path) -> None:
    done = guard(home, "--report", "json=run.json", *fails(home, 2, 2, DENIED))
    assert done.returncode == 0, done.stderr
    first = record(home)["attempts"][0]
    assert first["category"] == "antivirus_lock"
    assert first["evidence"]


def test_exit_codes_of_the_policy(home: Path) -> None:
    (home / ".ci-guard.yml").write_text(FAST + "exit_codes: {file_in_use: 75, unknown: 9}\n")
    assert guard(home, "--attempts", "2", *fails(home, 9, 2, IN_USE)).returncode == 75
    assert guard(home, *fails(home, 9, 2, "nonsense")).returncode == 9


def test_the_fallback_runs_at_the_last_attempt(home: Path) -> None:
    fallback = json.dumps([sys.executable, "-c", "print('fallback')"])
    (home / ".ci-guard.yml").write_text(FAST + f"attempts: 2\nfallback: {fallback}\n")
    done = guard(home, *fails(home, 9, 2, LOCK))
    assert (done.returncode, done.stdout) == (0, "attempt 1\nfallback\n")


def test_a_guard_inside_a_guard_runs_once(home: Path) -> None:
    done = guard(home, "--", sys.executable, "-m", "ci_guard", *fails(home, 9, 4, "nonsense"))
    assert done.returncode == 4
    assert done.stdout == "attempt 1\n"


def test_the_inner_guard_leaves_the_reports_of_the_outer_alone(home: Path) -> None:
    inner = [
        "--",
        sys.executable,
        "-m",
        "ci_guard",
        "--report",
        "json=inner.json",
        *fails(home, 9, 4, "nonsense"),
    ]
    done = guard(home, *inner, env={"CI_GUARD_REPORT": "json=run.json"})
    assert done.returncode == 4
    assert record(home)["command"] == inner[1:]
    assert json.loads((home / "inner.json").read_text(encoding="utf-8"))["command"] == inner[7:]


def test_the_command_sees_its_attempt(home: Path) -> None:
    show = "import os; print(sorted(n for n in os.environ if n.startswith(('CI_GUARD', 'UV_NO_WRAP'))))"
    done = guard(home, "--", sys.executable, "-c", show)
    seen = ["CI_GUARD", "CI_GUARD_ATTEMPT", "CI_GUARD_ATTEMPTS", "CI_GUARD_RUN", "UV_NO_WRAP"]
    assert done.stdout == f"{seen}\n"


def test_the_environment_of_the_policy(home: Path) -> None:
    (home / ".ci-guard.yml").write_text("version: 1\nenvironment: {ADDED: 'yes it is', GONE: null}\n")
    show = "import os; print(os.environ.get('ADDED'), os.environ.get('GONE'))"
    assert guard(home, "--", sys.executable, "-c", show, env={"GONE": "1"}).stdout == "yes it is None\n"


@pytest.mark.parametrize(("name", "status"), [("no-such-program-anywhere", 127), ("./", 126)])
def test_what_cannot_be_started(home: Path, name: str, status: int) -> None:
    done = guard(home, "--report", "json=run.json", "--", name)
    assert done.returncode == status
    assert "ci-guard: error: " in done.stderr
    assert record(home)["outcome"] == "not_started"


def test_a_bad_policy_starts_nothing(home: Path) -> None:
    (home / ".ci-guard.yml").write_text("version: 1\natempts: 3\ndeadline: soon\n")
    done = guard(home, *fails(home, 1, 0))
    assert (done.returncode, done.stdout) == (125, "")
    assert ".ci-guard.yml:2:1" in done.stderr
    assert ".ci-guard.yml:3:11" in done.stderr
    assert "attempts" in done.stderr


def test_dry_run_starts_nothing(home: Path) -> None:
    done = guard(home, "--dry-run", "--attempts", "4", *fails(home, 1, 0))
    assert (done.returncode, done.stdout) == (0, "")
    assert "up to 4" in done.stderr


def test_quiet(home: Path) -> None:
    done = guard(home, "--quiet", *fails(home, 1, 0))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("quiet", ["--quiet", "-q"])
def test_even_quiet_says_in_one_line_how_a_run_ended_in_which_something_happened(
    home: Path, quiet: str
) -> None:
    done = guard(home, quiet, *fails(home, 9, 3, "nonsense"))
    (line,) = [line for line in done.stderr.splitlines() if line != "nonsense"]
    assert (done.returncode, line[:32]) == (3, "ci-guard: failed after attempt 1")
    done = guard(home, quiet, *fails(home, 2, 3, LOCK))
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("ci-guard: ")]
    assert (done.returncode, line[:33]) == (0, "ci-guard: recovered at attempt 2 ")


def test_a_timeout_ends_the_command_and_is_told(home: Path) -> None:
    sleeper = f"import time; print('begun', flush=True); {READY}; time.sleep(600)"
    words = ("--report", "json=run.json", "--", sys.executable, "-c", sleeper)
    done = guard(home, *words, over=home / "ready")
    assert done.returncode == 124
    assert done.stdout == "begun\n"
    told = record(home)
    assert (told["outcome"], told["category"]) == ("timed_out", "timeout")


def test_no_attempt_begins_after_the_recovery_time(home: Path) -> None:
    (home / ".ci-guard.yml").write_text(FAST + "recovery_time: 1ms\n")
    done = guard(home, *fails(home, 9, 2, LOCK))
    assert (done.returncode, done.stdout) == (2, "attempt 1\n")
    assert "recovery_time" in done.stderr


@posix
@pytest.mark.parametrize(("grace", "takes", "cleaned"), [("200s", 0.2, True), ("0", 600, False)])
def test_a_command_gets_its_grace_to_tidy_up(home: Path, grace: str, takes: float, cleaned: bool) -> None:
    (home / ".ci-guard.yml").write_text(f"version: 1\ngrace: {grace}\n")
    tidy = home / "tidy"
    script = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"def end(*_): time.sleep({takes}); open({str(tidy)!r}, 'w').close(); raise SystemExit(5)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"print('begun', flush=True); {READY}; time.sleep(600)"
    )
    words = ("--", sys.executable, "-c", script)
    done = guard(home, *words, over=home / "ready")
    assert (done.returncode, done.stdout, tidy.exists()) == (124, "begun\n", cleaned)


def test_a_lock_is_on_record_while_it_is_waited_for(home: Path) -> None:
    (home / ".ci-guard.yml").write_text("version: 1\nbackoff: {initial: 300s, maximum: 300s}\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "ci_guard", "--report", "json=run.json", *fails(home, 9, 2, LOCK)],
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: (home / "run.json").exists() and record(home)["attempts"])
    child.kill()
    child.wait()
    told = record(home)
    assert (told["outcome"], told["finished"]) == ("aborted", False)
    assert told["attempts"][0]["category"] == "antivirus_lock"
    assert [path.name for path in home.glob(".*.part")] == []


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"])
@pytest.mark.parametrize("moment", ["running", "waiting"])
def test_a_signal_ends_the_run_and_leaves_a_report(home: Path, name: str, moment: str) -> None:
    number = signal.Signals[name]
    policy = "version: 1\nbackoff: {initial: 300s, maximum: 300s}\ndeadline: 1h\n"
    (home / ".ci-guard.yml").write_text(policy)
    sleeper = ["--", sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(600)"]
    words = sleeper if moment == "running" else fails(home, 9, 2, LOCK)
    child = subprocess.Popen(
        [sys.executable, "-m", "ci_guard", "--report", "json=run.json", *words],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        stream, mark = (child.stdout, "begun") if moment == "running" else (child.stderr, "next attempt in")
        assert stream is not None
        assert any(mark in line for line in stream)
        assert record(home)["outcome"] == "aborted"
        assert record(home)["finished"] is False
        child.send_signal(number)
        child.communicate(timeout=HANG)  # far less than the pause that the signal ends
    finally:
        child.kill()
        child.wait()
    assert child.returncode == (-number if name == "SIGINT" else 128 + number)  # the shell is to stop too
    told = record(home)
    assert (told["outcome"], told["finished"], told["exit_status"]) == ("aborted", True, 128 + number)
