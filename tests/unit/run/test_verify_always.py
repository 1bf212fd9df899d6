"""`verify: always`: a first attempt that passed is believed only when its result is there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rig.events import HANG

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(sys.platform == "win32", reason="the steps are lines of a POSIX shell"),
    pytest.mark.traced,
]

POLICY = """\
version: 1
attempts: 2
backoff: {{initial: 10ms, maximum: 50ms}}
verify: {verify}
settle: {settle}
"""
MAKE = f"{sys.executable} -m venv --without-pip env"
TAKEN_AWAY = f"{MAKE} && rm env/pyvenv.cfg"
TAKEN_AWAY_LATER = f"{MAKE}; (sleep 0.2; rm env/pyvenv.cfg) >/dev/null 2>&1 &"


def run(home: Path, line: str, verify: str, settle: str = "0s") -> "subprocess.CompletedProcess[str]":
    (home / ".ci-guard.yml").write_text(POLICY.format(verify=verify, settle=settle))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    words = ["--report", "json=run.json", "--", "sh", "-c", line]
    return subprocess.run(
        [sys.executable, "-m", "ci_guard", *words],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def told(home: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((home / "run.json").read_text(encoding="utf-8"))
    return found


def test_a_whole_result_passes_in_silence_and_is_on_record(tmp_path: Path) -> None:
    done = run(tmp_path, MAKE, "always")
    assert (done.returncode, done.stderr) == (0, "")
    record = told(tmp_path)
    assert record["outcome"] == "passed"
    verification = record["verification"]
    assert isinstance(verification, dict)
    assert verification["whole"] is True


def test_what_is_gone_after_the_command_makes_the_step_red(tmp_path: Path) -> None:
    done = run(tmp_path, TAKEN_AWAY, "always")
    assert done.returncode == 1
    assert "the result could not be verified" in done.stderr
    assert str(tmp_path / "env") in done.stderr


def test_by_default_a_first_attempt_is_believed(tmp_path: Path) -> None:
    done = run(tmp_path, TAKEN_AWAY, "true")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_scanner_takes_away_a_moment_later_is_waited_for(tmp_path: Path) -> None:
    done = run(tmp_path, TAKEN_AWAY_LATER, "always", "3s")
    assert done.returncode == 1
    assert "the result could not be verified" in done.stderr


def test_what_nobody_can_examine_is_not_called_whole(tmp_path: Path) -> None:
    done = run(tmp_path, "exit 0", "always")
    assert (done.returncode, done.stderr) == (0, "")
    verification = told(tmp_path)["verification"]
    assert isinstance(verification, dict)
    assert verification["whole"] is None
