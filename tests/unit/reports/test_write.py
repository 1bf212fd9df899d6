"""Writing: whole or not at all, nothing left behind, trouble told as a warning."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ci_guard.model.history import Run
from ci_guard.model.policy import ReportTarget
from ci_guard.reports import write_reports
from ci_guard.reports.write import REPLACE_PAUSE, REPLACE_TRIES, replace_file
from unit.reports import samples

JUNIT = ReportTarget(format="junit", path="reports/TEST-{step}.xml")
RECORD = ReportTarget(format="json", path="reports/run.json")
SUMMARY = ReportTarget(format="markdown", path="reports/summary.md")


def write(run: Run, folder: Path, targets: list[ReportTarget]) -> list[str]:
    return write_reports(samples.shown(run), targets, str(folder))


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", samples.ALL)
def test_all_reports_of_every_run_are_written(name: str, tmp_path: Path) -> None:
    run = replace(samples.ALL[name], name="uv sync")
    assert write(run, tmp_path, [JUNIT, RECORD, SUMMARY]) == []
    assert list_files(tmp_path) == ["reports/TEST-uv-sync.xml", "reports/run.json", "reports/summary.md"]


def test_the_final_report_replaces_the_provisional_one(tmp_path: Path) -> None:
    outcomes = []
    for run in (samples.PROVISIONAL_FIRST, samples.PROVISIONAL, samples.FLAKY):
        assert write(run, tmp_path, [JUNIT, RECORD]) == []
        record = json.loads((tmp_path / "reports/run.json").read_text("utf-8"))
        suite = ElementTree.parse(tmp_path / "reports/TEST-uv-sync.xml").getroot()
        outcomes.append((record["outcome"], record["finished"], suite.get("errors")))
    assert outcomes == [("aborted", False, "1"), ("aborted", False, "1"), ("flaky", True, "0")]
    assert list_files(tmp_path) == ["reports/TEST-uv-sync.xml", "reports/run.json"]


def test_two_reports_for_one_file_are_a_warning_and_the_first_stays(tmp_path: Path) -> None:
    twin = ReportTarget(format="json", path="reports/../reports/TEST-{step}.xml")
    (warning,) = write(samples.PASSED, tmp_path, [JUNIT, twin])
    assert warning.endswith("was not written: the junit report goes to the same file")
    ElementTree.parse(tmp_path / "reports/TEST-uv-sync.xml")


def test_an_unknown_format_is_a_warning_and_the_others_are_written(tmp_path: Path) -> None:
    unknown = ReportTarget(format="sarif", path="run.sarif")
    warnings = write(samples.PASSED, tmp_path, [unknown, RECORD])
    assert warnings == ["sarif report `run.sarif` was not written: there is no report format `sarif`"]
    assert list_files(tmp_path) == ["reports/run.json"]


def test_a_folder_that_is_a_file_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("in the way", encoding="utf-8")
    (warning,) = write(samples.PASSED, tmp_path, [RECORD])
    assert warning.startswith("json report `reports/run.json` was not written: ")
    assert (tmp_path / "reports").read_text("utf-8") == "in the way"


def test_a_target_that_is_a_folder_is_a_warning_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "reports/run.json").mkdir(parents=True)
    assert len(write(samples.PASSED, tmp_path, [RECORD])) == 1
    assert list_files(tmp_path) == []


def test_a_path_that_no_system_takes_is_a_warning(tmp_path: Path) -> None:
    assert len(write(samples.PASSED, tmp_path, [ReportTarget(format="json", path="a\0b")])) == 1


@pytest.mark.skipif(sys.platform != "win32", reason="only on Windows does an open file refuse to be replaced")
def test_a_report_that_is_held_stays_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "reports/run.json"
    target.parent.mkdir()
    target.write_text("old", encoding="utf-8")
    with target.open(encoding="utf-8"):
        assert len(write(samples.PASSED, tmp_path, [RECORD])) == 1
    assert target.read_text("utf-8") == "old"
    assert list_files(tmp_path) == ["reports/run.json"]


class HeldFile:
    """`os.replace` as it is while a scanner holds the target for a number of calls."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.pauses: list[float] = []

    def replace(self, source: Path, target: Path) -> None:
        if self.refusals:
            self.refusals -= 1
            raise PermissionError(13, "Access is denied", str(target))
        os.replace(source, target)


@pytest.mark.parametrize("refusals", [0, 1, REPLACE_TRIES - 1])
def test_a_held_report_is_replaced_as_soon_as_it_is_free(refusals: int, tmp_path: Path) -> None:
    target, held = tmp_path / "run.json", HeldFile(refusals)
    target.write_bytes(b"old")
    replace_file(target, b"new", replace=held.replace, sleep=held.pauses.append)
    assert target.read_bytes() == b"new"
    assert held.pauses == [REPLACE_PAUSE] * refusals
    assert list_files(tmp_path) == ["run.json"]


def test_a_report_held_too_long_leaves_the_old_one_and_no_other_file(tmp_path: Path) -> None:
    target, held = tmp_path / "run.json", HeldFile(REPLACE_TRIES)
    target.write_bytes(b"old")
    with pytest.raises(PermissionError):
        replace_file(target, b"new", replace=held.replace, sleep=held.pauses.append)
    assert target.read_bytes() == b"old"
    assert list_files(tmp_path) == ["run.json"]


def test_an_interrupt_while_waiting_leaves_no_file_behind(tmp_path: Path) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "run.json", b"new", replace=HeldFile(1).replace, sleep=interrupt)
    assert list_files(tmp_path) == []
