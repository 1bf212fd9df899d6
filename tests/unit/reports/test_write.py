"""Writing: whole or not at all, nothing left behind, trouble told as a warning."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ci_guard.machine.held import waiting
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
    with target.open(encoding="utf-8"), waiting(lambda _: True):  # else it is waited for for a minute
        assert len(write(samples.PASSED, tmp_path, [RECORD])) == 1
    assert target.read_text("utf-8") == "old"
    assert list_files(tmp_path) == ["reports/run.json"]


class HeldFile:
    """`os.replace` as it is while a scanner holds the target for a number of calls."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.pauses: list[float] = []

    def replace(self, source: str, target: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise PermissionError(13, "Access is denied", target)
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


def test_a_folder_in_the_place_of_the_report_is_not_waited_for(tmp_path: Path) -> None:
    target, held = tmp_path / "run.json", HeldFile(REPLACE_TRIES)  # Windows denies it as if it were held
    target.mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(target, b"new", replace=held.replace, sleep=held.pauses.append)
    assert (held.pauses, list(tmp_path.iterdir())) == ([], [target])


def test_a_provisional_report_is_tried_once_and_all_final_ones_share_the_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldFile(1000)
    pauses: list[float] = []
    monkeypatch.setattr(
        "ci_guard.reports.write.replace_file.__kwdefaults__",
        {"tries": None, "replace": held.replace, "sleep": pauses.append},
    )
    write(samples.PROVISIONAL, tmp_path, [JUNIT, RECORD, SUMMARY])
    assert (pauses, list_files(tmp_path)) == ([], [])
    assert len(write(samples.FLAKY, tmp_path, [JUNIT, RECORD, SUMMARY])) == 3
    assert sum(pauses) <= REPLACE_TRIES * REPLACE_PAUSE
    assert list_files(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="makes links, which Windows refuses to plain users")
@pytest.mark.parametrize("there", [True, False])
def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path: Path, there: bool) -> None:
    (tmp_path / "reports").mkdir()
    link, real = tmp_path / "reports/run.json", tmp_path / "real.json"
    link.symlink_to(real)
    if there:
        real.touch()
    for run in (samples.PROVISIONAL, samples.FLAKY):
        assert write(run, tmp_path, [RECORD]) == []
        assert link.is_symlink()
        assert json.loads(real.read_text("utf-8"))["finished"] is run.finished
    assert list_files(tmp_path) == ["real.json", "reports/run.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="makes links, which Windows refuses to plain users")
@pytest.mark.parametrize("links", [("run.json",), ("run.json", "b"), ("run.json", "b", "c")])
def test_links_that_lead_to_themselves_stay(tmp_path: Path, links: tuple[str, ...]) -> None:
    (tmp_path / "reports").mkdir()
    for link, to in zip(links, (*links[1:], links[0]), strict=True):
        (tmp_path / "reports" / link).symlink_to(to)
    for run in (samples.PROVISIONAL, samples.FLAKY):
        (warning,) = write(run, tmp_path, [RECORD])
        assert warning.startswith("json report `reports/run.json` was not written: ")
    assert sorted(os.listdir(tmp_path / "reports")) == sorted(links)
    assert all((tmp_path / "reports" / link).is_symlink() for link in links)


@pytest.mark.skipif(sys.platform != "linux", reason="POSIX: elsewhere such a path is too long")
@pytest.mark.parametrize("folders", [1, 1200, 3000])
def test_a_path_of_many_folders_is_written_or_a_warning(tmp_path: Path, folders: int) -> None:
    target = ReportTarget(format="json", path="d/" * folders + "run.json")
    warnings = write(samples.FLAKY, tmp_path, [target])
    if folders < 3000:
        assert warnings == []
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # pytest would go down one by one, too
    else:
        assert len(warnings) == 1
        assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("length", [200, 240, 255])
def test_a_name_as_long_as_the_file_system_takes_is_written(tmp_path: Path, length: int) -> None:
    name = "n" * (length - len(".json")) + ".json"
    assert write(samples.FLAKY, tmp_path, [ReportTarget(format="json", path=name)]) == []
    assert list_files(tmp_path) == [name]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX devices and FIFOs")
@pytest.mark.parametrize("link", [False, True])
def test_a_device_stays_a_device(tmp_path: Path, link: bool) -> None:
    path = Path("/dev/null")
    if link:
        path = tmp_path / "null"
        path.symlink_to("/dev/null")
    before = os.stat("/dev/null")
    for run in (samples.PROVISIONAL, samples.FLAKY):
        assert write(run, tmp_path, [ReportTarget(format="json", path=str(path))]) == []
    after = os.stat("/dev/null")
    assert (after.st_mode, after.st_rdev, after.st_ino) == (before.st_mode, before.st_rdev, before.st_ino)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX devices and FIFOs")
def test_a_fifo_gets_the_final_report_if_somebody_reads(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    target = ReportTarget(format="json", path=str(fifo))
    assert len(write(samples.FLAKY, tmp_path, [target])) == 1
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert write(samples.PROVISIONAL, tmp_path, [target]) == []
        assert write(samples.FLAKY, tmp_path, [target]) == []
        assert json.loads(os.read(reader, 1_000_000))["finished"] is True
    finally:
        os.close(reader)
    assert fifo.is_fifo()


def test_an_interrupt_while_waiting_leaves_no_file_behind(tmp_path: Path) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "run.json", b"new", replace=HeldFile(1).replace, sleep=interrupt)
    assert list_files(tmp_path) == []
