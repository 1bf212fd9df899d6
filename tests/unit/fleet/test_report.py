"""The report: what is read, what the figures are, and that words of others stay words."""

import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.errors import GuardError
from ci_guard.fleet import html, markdown
from ci_guard.fleet.figures import Figures, fold, quantile, spread
from ci_guard.fleet.incident import incidents
from ci_guard.fleet.sources import read_all
from ci_guard.fleet.step import Step, reader, short
from ci_guard.fleet.words import duration
from ci_guard.model.category import RunOutcome
from ci_guard.record.codec import plain, write_record
from ci_guard.record.shape import RunRecord
from ci_guard.redact.secrets import Secrets
from ci_guard.reports import junit
from ci_guard.reports.json import record_run
from rig.events import until
from unit.fleet.fleets import HOSTILE, fleet, hostile
from unit.reports import samples

READ = reader(Secrets())


def steps(*records: RunRecord) -> list[Step]:
    return list(map(READ, records))


def test_a_page_a_text_and_figures_of_a_folder(tmp_path: Path) -> None:
    for number, record in enumerate(fleet(20)):
        (tmp_path / f"{number}.json").write_bytes(write_record(record))
    out = tmp_path / "out"
    targets = {form: str(out / f"report.{form}") for form in ("html", "markdown", "json")}
    assert main(["report", *(f"--{form}={file}" for form, file in targets.items()), str(tmp_path)]) == 0
    told = json.loads(Path(targets["json"]).read_text())
    assert told["builds"] == 20
    assert 0 < told["builds_met"] < 20
    assert told["steps_met"] == sum(day["steps"] for day in told["days"])
    assert told["lost"] == pytest.approx(sum(group["lost"] for group in told["by"]["agent"]))
    assert f"{told['builds_met']} of 20 builds" in Path(targets["markdown"]).read_text()
    assert f"{told['builds_met']} of 20 builds" in Path(targets["html"]).read_text()


DAMAGED = {
    "empty.json": b"",
    "cut.json": write_record(record_run(samples.shown(samples.FLAKY)))[:500],
    "foreign.json": b'{"schema": "other/1"}',
    "list.json": b"[]",
    "deep.json": b"[" * 100_000,
    "binary.json": bytes(range(256)),
    "wrong.json": write_record(record_run(samples.shown(samples.FLAKY))).replace(
        b'"number": 1', b'"number": "1"'
    ),
    "time.json": write_record(record_run(samples.shown(samples.FLAKY))).replace(b"2026-", b"x026-"),
    "foreign.xml": b"<testsuites><testsuite name='pytest' tests='1'/></testsuites>",
    "cut.xml": junit.render(samples.shown(samples.FLAKY))[:300],
    "bomb.xml": b"<!DOCTYPE a [<!ENTITY a 'aaaa'>]><testsuite>&a;</testsuite>",
    "outcome.xml": junit.render(samples.shown(samples.FLAKY)).replace(b'value="flaky"', b'value="odd"'),
    "time.xml": junit.render(samples.shown(samples.FLAKY)).replace(b'timestamp="', b'timestamp="x'),
    "lines.jsonl": b'{"schema": 1}\n\n{\n',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_record_is_named_and_left_out(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(DAMAGED[name])
    good = tmp_path / "good"
    good.mkdir()
    (good / "run.json").write_bytes(write_record(record_run(samples.shown(samples.FLAKY))))
    assert main(["report", "--json", str(tmp_path / "out.txt"), str(tmp_path)]) == 0
    said = capsys.readouterr().err
    assert name in said
    assert "Traceback" not in said
    assert json.loads((tmp_path / "out.txt").read_text())["builds"] == 1


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0" encoding="nope"?><testsuites/>',
        '<?xml version="1.0" encoding="utf-7"?><testsuites/>',
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "a">]><testsuites>&a;</testsuites>',
        "<a>" * 50_000,
        "<html></html>",
        "",
    ],
)
@pytest.mark.parametrize("command", ["report", "evidence"])
def test_xml_of_another_kind_is_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, content: str
) -> None:
    file = tmp_path / "TEST-x.xml"
    file.write_text(content)
    assert main([command, str(file)]) != 0
    said = capsys.readouterr().err
    assert str(file) in said
    assert "defect" not in said


@pytest.mark.parametrize("command", ["report", "evidence", "explain"])
def test_a_path_that_no_system_takes_is_said(capsys: pytest.CaptureFixture[str], command: str) -> None:
    for path in ("a" * 5000, "a/" * 3000):
        assert main([command, path]) != 0
        assert "defect" not in capsys.readouterr().err


def test_no_record_at_all_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == GuardError.exit_status
    assert "no record" in capsys.readouterr().out
    page = tmp_path / "page.html"
    assert main(["report", "--html", str(page), str(tmp_path)]) == GuardError.exit_status
    said = capsys.readouterr().err
    assert f"wrote {page}" in said
    assert "no record" in said
    assert main(["report", str(tmp_path / "missing")]) == GuardError.exit_status
    assert "missing" in capsys.readouterr().err


@pytest.mark.parametrize("name", samples.ALL)
def test_junit_tells_the_same_outcome_and_counts_once_beside_its_record(name: str, tmp_path: Path) -> None:
    run = samples.shown(samples.ALL[name])
    (tmp_path / "TEST-x.xml").write_bytes(junit.render(run))
    complaints: list[GuardError] = []
    (alone,) = read_all([str(tmp_path)], complaints.append)
    (tmp_path / "x.json").write_bytes(write_record(record_run(run)))
    (both,) = read_all([str(tmp_path)], complaints.append)
    assert not complaints
    assert both == record_run(run)
    (one, other) = steps(alone, both)
    assert (one.met, one.recovered) == (other.met, other.recovered)
    assert (one.code, one.path) in ((other.code, other.path), ("", "")), (
        "JUnit tells of the last failure only"
    )


def test_time_lost_is_what_the_run_would_not_have_taken() -> None:
    record = record_run(samples.shown(samples.FLAKY))
    last = record.attempts[-1].duration
    assert record.duration is not None
    assert last is not None
    flaky, passed, gave_up = steps(
        record,
        record_run(samples.shown(samples.PASSED)),
        record_run(samples.shown(samples.GAVE_UP)),
    )
    assert flaky.lost == pytest.approx(max(0.0, record.duration - last))
    assert (passed.met, passed.lost) == (False, 0.0)
    assert gave_up.lost == record_run(samples.shown(samples.GAVE_UP)).duration


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0, 1e300, None])
def test_a_time_that_no_run_can_take_is_no_time(seconds: float | None) -> None:
    record = replace(record_run(samples.shown(samples.GAVE_UP)), duration=seconds)
    assert steps(record)[0].lost == 0.0


def test_a_build_is_recovered_when_all_its_steps_are() -> None:
    (first,) = fleet(1, clean=0.0)
    good = replace(first, outcome=RunOutcome.FLAKY)
    bad = replace(first, outcome=RunOutcome.GAVE_UP, name="other")
    figures = fold(steps(good, bad))
    assert (figures.builds, figures.builds_met, figures.builds_recovered) == (1, 1, 0)
    assert (figures.steps_met, figures.recovered) == (2, 1)


def test_an_incident_is_one_thing_in_report_and_evidence() -> None:
    records = [*fleet(60, clean=0.2), *(record_run(samples.shown(run)) for run in samples.ALL.values())]
    figures = fold(steps(*records))
    assert figures.incidents == len(incidents(records, Secrets())) > figures.steps_met
    text = markdown.render(figures).decode()
    assert f"{figures.steps_met} met an antivirus product, in {figures.incidents} incidents" in text


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "-"),
        (0.0, "0 s"),
        (0.4, "0.4 s"),
        (12.0, "12 s"),
        (210.0, "3.5 min"),
        (7560.0, "2.1 h"),
        (359_640.0, "99.9 h"),
        (4_561_200.0, "1,267 h"),
    ],
)
def test_a_time_is_as_exact_as_people_say_it(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (r"C:\a\.venv\Scripts\ruff.exe", r"Scripts\ruff.exe"),
        (r"C:\a\.venv\Scripts\.tmpAb12Cd", r"Scripts\.tmp*"),
        ("/home/x/.cache/uv/archive-v0/0123456789abcdef/m.so", "*/m.so"),
        ("", ""),
    ],
)
def test_the_place_is_the_same_on_every_agent(path: str, shown: str) -> None:
    assert short(path) == shown


def test_quantiles_are_values_that_were_measured() -> None:
    assert [quantile([1.0, 2.0, 3.0, 4.0], share) for share in (0.5, 0.95, 1.0)] == [2.0, 4.0, 4.0]
    assert quantile([], 0.5) is None
    assert sum(count for _, count in spread([0.05, 1.0, 1e6]).classes) == 3


def figures_of(record: RunRecord) -> tuple[Figures, list[Step]]:
    found = steps(record)
    return fold(found), found


def test_words_of_others_are_no_html_and_no_markdown() -> None:
    figures, found = figures_of(hostile())
    page = html.render(figures, found).decode()
    assert "<img" not in page
    assert "javascript:" not in re.sub(r"<script.*?</script>|javascript:0", "", page, flags=re.DOTALL)
    assert not re.search(r"<a [^>]*javascript", page)
    text = markdown.render(figures).decode()
    assert "<img" not in text.replace(r"\<img", "")
    assert HOSTILE not in text


def test_the_page_loads_nothing() -> None:
    figures, found = figures_of(record_run(samples.shown(samples.FLAKY)))
    page = html.render(figures, found).decode()
    assert not re.search(r"<(?:link|img|iframe|script[^>]* src)", page)
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page.split("</style>")[0]


def test_json_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "fleet.jsonl"
    file.write_text("".join(json.dumps(plain(record)) + "\n" for record in fleet(30)))
    assert len(read_all([str(file)], lambda error: pytest.fail(str(error)))) == 30


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX devices and FIFOs")
@pytest.mark.parametrize(
    "words", [["report", "--json"], ["report", "--html"], ["report", "--markdown"], ["evidence", "-o"]]
)
def test_what_is_no_file_is_not_replaced_by_an_answer(tmp_path: Path, words: list[str]) -> None:
    """A FIFO, since the machine's own device would be gone if this failed."""
    (tmp_path / "r.json").write_bytes(write_record(next(iter(fleet(1)))))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert main([*words, str(fifo), str(tmp_path / "r.json")]) != 0  # nobody reads
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    with (tmp_path / "read").open("wb") as read, subprocess.Popen(["cat", fifo], stdout=read):
        until(lambda: main([*words, str(fifo), str(tmp_path / "r.json")]) == 0)  # once it has begun to read
    assert (tmp_path / "read").stat().st_size > 0
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
