"""The record of a run tells the build, the user, the system and the program."""

import os
import sys
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.record.codec import read_record


def test_the_record_tells_what_a_vendor_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "USERNAME": "ci-user",
        "JOB_NAME": "team/app",
        "BUILD_NUMBER": "7",
        "BUILD_URL": "https://ci.example/7/",
    }.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "run.json"
    assert main(["--host", "jenkins", "--report", f"json={file}", "--", sys.executable, "-c", "pass"]) == 0
    record = read_record(file.read_bytes(), "it")
    assert record.machine is not None
    assert record.machine.user == "ci-user"
    assert record.machine.system
    assert os.path.samefile(str(record.machine.tool), sys.executable)
    assert record.build is not None
    assert (record.build.job, record.build.number, record.build.url) == (
        "team/app",
        7,
        "https://ci.example/7/",
    )
