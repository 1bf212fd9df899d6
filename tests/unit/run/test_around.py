"""The record of a run tells the build, the user, the system and the program."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ci_guard.cli import main
from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Diagnosis, Hold
from ci_guard.model.policy import Policy, ReportTarget
from ci_guard.model.process import Exit, Outcome
from ci_guard.record.codec import read_record
from ci_guard.run import around
from ci_guard.run.ending import passed_at_once
from ci_guard.run.record import conclude
from unit.run.contexts import context_of

HOLD = Hold(file="C:/x.exe", seconds=4.0, started=1.0, holders=())


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


@pytest.mark.parametrize(
    ("attempt", "disturbed"),
    [
        ({}, False),
        ({"holds": (HOLD,)}, True),  # passed at once, after it was held still: an incident all the same
        ({"diagnosis": Diagnosis(category=Category.UNKNOWN)}, True),
    ],
)
def test_version_and_products_are_told_where_something_got_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: dict[str, Any], disturbed: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(around, "_products", lambda: asked.append(True) or (("Defender", "4.18"),))
    policy = Policy(reports=(ReportTarget(format="json", path="run.json"),))
    context = context_of(tmp_path, [sys.executable], policy)
    outcome = Outcome(exit=Exit(code=0), started=1.0, duration=1.0, captures=())
    made = Attempt(number=1, argv=(sys.executable,), outcome=outcome, **attempt)
    run = conclude(context, [made], passed_at_once())
    assert run.surroundings is not None
    assert bool(run.surroundings.products) is bool(asked) is disturbed
