"""`on_retry:` and `retry_on_exit_code:`, as people know them from other wrappers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rig.events import HANG

pytestmark = [pytest.mark.program, pytest.mark.traced]

FAILS = Path(__file__).parents[2] / "programs" / "fails_until.py"
FAST = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\nwait_for_unlock: false\n"


def guard(
    home: Path, policy: str, until: int, status: int, *texts: str
) -> "subprocess.CompletedProcess[str]":
    (home / ".ci-guard.yml").write_text(FAST + policy, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    command = [sys.executable, str(FAILS), str(until), str(status), *texts]
    return subprocess.run(
        [sys.executable, "-m", "ci_guard", "--report", "json=run.json", "--", *command],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def between(code: str) -> str:
    return f"on_retry: {json.dumps([sys.executable, '-c', code])}\nretry_on_exit_code: [3]\n"


def test_a_status_asks_for_another_attempt(tmp_path: Path) -> None:
    done = guard(tmp_path, "retry_on_exit_code: [3, 4]\n", 2, 4, "nonsense")
    assert done.returncode == 0, done.stderr
    assert "recovered at attempt 2" in done.stderr


@pytest.mark.parametrize(("policy", "status"), [("retry_on_exit_code: [3]\n", 4), ("", 3)])
def test_another_status_does_not(tmp_path: Path, policy: str, status: int) -> None:
    done = guard(tmp_path, policy, 2, status, "nonsense")
    assert done.returncode == status
    assert done.stdout == "attempt 1\n"


def test_a_verdict_is_never_repeated(tmp_path: Path) -> None:
    virus = "OSError: [WinError 225] the file contains a virus: 'C:\\\\a\\\\x.exe'"
    done = guard(tmp_path, "retry_on_exit_code: [3]\n", 2, 3, virus)
    assert done.stdout == "attempt 1\n", done.stderr


def test_statuses_that_stay_give_up(tmp_path: Path) -> None:
    done = guard(tmp_path, "attempts: 2\nretry_on_exit_code: [3]\n", 9, 3, "nonsense")
    assert done.returncode == 3
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["outcome"] == "gave_up"


def test_a_command_runs_between_attempts_with_their_environment(tmp_path: Path) -> None:
    code = "import os; print('between'); open('told', 'a').write(os.environ['CI_GUARD_ATTEMPT'] + ' ')"
    done = guard(tmp_path, between(code), 3, 3, "nonsense")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "told").read_text(encoding="utf-8") == "2 3 "
    assert done.stdout == "attempt 1\nattempt 2\nattempt 3\n", "stdout belongs to the command"
    assert "between" in done.stderr


def test_a_first_attempt_that_passes_runs_nothing(tmp_path: Path) -> None:
    assert guard(tmp_path, between("open('told', 'w')"), 1, 3).returncode == 0
    assert not (tmp_path / "told").exists()


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (between("raise SystemExit(9)"), "ended with exit status 9 (on_retry)"),
        ("on_retry: no-such-program\nretry_on_exit_code: [3]\n", "could not be run (on_retry)"),
    ],
)
def test_its_failure_is_a_warning(tmp_path: Path, policy: str, said: str) -> None:
    done = guard(tmp_path, policy, 2, 3, "nonsense")
    assert done.returncode == 0
    assert said in done.stderr
