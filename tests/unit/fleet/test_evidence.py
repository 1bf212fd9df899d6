"""The evidence: every refusal and hold, the smallest set of exclusions, and whether one works."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from ci_guard.cli import main
from ci_guard.fleet.compare import compare
from ci_guard.fleet.evidence import DATA, SCRIPT, TEXT, TICKET, pack
from ci_guard.fleet.exclusions import candidates, pattern_of, smallest
from ci_guard.fleet.incident import Incident, incidents
from ci_guard.fleet.step import reader
from ci_guard.record.codec import write_record
from ci_guard.record.shape import RunRecord
from ci_guard.redact.secrets import Secrets, find_secrets
from ci_guard.reports.json import record_run
from rig.events import HANG
from unit.fleet.fleets import fleet, hostile
from unit.reports import samples

LOCKED = record_run(samples.shown(samples.FLAKY))
(ONE, *_) = incidents([LOCKED], Secrets())


def told(path: str, tool: str = "") -> Incident:
    return replace(ONE, path=path, tool=tool, program="")


def test_every_refusal_and_hold_is_an_incident() -> None:
    (record,) = fleet(1, clean=0.0)
    found = incidents([record], Secrets())
    failed = sum(attempt.category is not None for attempt in record.attempts)
    assert [one.operation for one in found].count("hold") == 1
    assert len(found) == failed + 1
    assert [one.held for one in found if one.operation == "hold"] == [record.attempts[-1].holds[0].seconds]


def test_the_hash_is_that_of_the_file_if_it_still_exists(tmp_path: Path) -> None:
    file = tmp_path / "tool.exe"
    file.write_bytes(b"MZ")
    first = LOCKED.attempts[0]
    assert first.match is not None
    here = replace(first, match=replace(first.match, path=str(file)))
    gone = replace(first, match=replace(first.match, path=str(tmp_path)))
    found = incidents([replace(LOCKED, attempts=(here, gone))], Secrets())
    assert [one.sha256 for one in found] == [hashlib.sha256(b"MZ").hexdigest(), ""]


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        (r"C:\builds\app\.venv\Scripts\ruff.exe", r"C:\builds\*\.venv\Scripts\*"),
        (r"C:\builds\other\deep\.venv\Scripts\x.exe", r"C:\builds\*\.venv\Scripts\*"),
        (r"C:\t\x.exe", r"C:\t\*"),
        ("/home/ci/.cache/uv/archive-v0/0123456789abcdef/m.so", "/home/ci/*/archive-v0/*/*"),
        ("x.exe", "*"),
    ],
)
def test_a_pattern_is_the_same_for_all_workspaces(path: str, pattern: str) -> None:
    assert pattern_of(path) == pattern


def test_no_smaller_set_prevents_as_much() -> None:
    random = Random(5)
    for _ in range(60):
        found = [
            told(rf"C:\b\{random.choice('abcd')}\x.exe", random.choice(("uv", "pip", "npm", "")))
            for _ in range(random.randrange(1, 9))
        ]
        chosen, left = smallest(found)
        assert left == 0
        assert _prevented(found, [(one.kind, one.pattern) for one in chosen]) == len(found)
        everything = [(one.kind, one.pattern) for one in candidates(found)]
        smaller = combinations(everything, len(chosen) - 1)
        assert not any(_prevented(found, some) == len(found) for some in smaller)


def _prevented(found: Sequence[Incident], some: Sequence[tuple[str, str]]) -> int:
    return sum(("path", pattern_of(one.path)) in some or ("program", one.tool) in some for one in found)


def test_the_pack_has_all_and_the_script_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.json").write_bytes(write_record(LOCKED))
    file = tmp_path / "pack.zip"
    assert main(["evidence", str(tmp_path), "-o", str(file)]) == 0
    assert "smallest set of exclusions" in capsys.readouterr().out
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == [TEXT, DATA, SCRIPT, TICKET]
        data = json.loads(archive.read(DATA))
        script = tmp_path / SCRIPT
        script.write_bytes(archive.read(SCRIPT))
    assert data["incidents"][0]["path"] == samples.LOCKED_PATH
    assert sum(one["prevents"] for one in data["exclusions"]) >= len(data["incidents"])
    place = tmp_path / "place"
    place.mkdir()
    done = subprocess.run([sys.executable, "-I", script, place], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
    assert {json.loads(line)["operation"] for line in done.stdout.splitlines()} >= {"rename", "delete"}
    assert not list(place.iterdir())


def test_secrets_are_redacted_and_words_of_others_are_no_markdown() -> None:
    secrets = find_secrets({"API_TOKEN": "hunter2hunter2"})
    first = LOCKED.attempts[0]
    assert first.match is not None
    leaking = replace(
        first, match=replace(first.match, excerpt="at https://u:hunter2hunter2@x/y", path="/hunter2hunter2")
    )
    found = incidents([replace(LOCKED, attempts=(leaking,)), hostile()], secrets)
    with zipfile.ZipFile(io.BytesIO(pack(found))) as archive:
        whole = b"".join(map(archive.read, archive.namelist()))
        assert b"<img" not in archive.read(TEXT).replace(b"\\<img", b"")
    assert b"hunter2" not in whole


PASSED = record_run(samples.shown(samples.PASSED))


@pytest.mark.parametrize(
    ("before", "after", "works"),
    [
        ((20, 20), (0, 20), True),
        ((1, 100), (0, 20), None),
        ((0, 10), (0, 10), None),
        ((20, 20), (1, 20), False),
        ((10, 20), (10, 20), False),
        ((10, 20), (0, 0), None),
    ],
)
def test_an_exclusion_works_if_that_is_no_luck(
    before: tuple[int, int], after: tuple[int, int], works: bool | None
) -> None:
    def runs(met: int, all_of_them: int) -> list[RunRecord]:
        return [LOCKED] * met + [PASSED] * (all_of_them - met)

    read = reader(Secrets())
    assert compare(list(map(read, runs(*before))), list(map(read, runs(*after)))).works is works


def records(folder: Path, size: int, *, clean: float) -> str:
    folder.mkdir()
    for number, record in enumerate(fleet(size, clean=clean)):
        (folder / f"{number}.json").write_bytes(write_record(record))
    return str(folder)


@pytest.mark.parametrize(
    ("clean", "status", "said"),
    [
        (1.0, 0, "The exclusion works: no incident since."),
        (0.8, 1, "The exclusion helps, and does not cover everything."),
        (0.0, 1, "The exclusion does not work."),
    ],
)
def test_whether_an_exclusion_works_is_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], clean: float, status: int, said: str
) -> None:
    before, after = records(tmp_path / "before", 30, clean=0.1), records(tmp_path / "after", 30, clean=clean)
    assert main(["evidence", "--compare", before, after]) == status
    assert said in capsys.readouterr().out


def test_what_cannot_be_compared_or_packed_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    empty = str(tmp_path / "empty")
    assert main(["evidence", "--compare", empty]) == 125
    assert "--compare takes two paths" in capsys.readouterr().err
    assert main(["evidence", "-o", str(tmp_path / "out.zip"), empty]) == 125
    assert "there is no record to take evidence from" in capsys.readouterr().err
    assert not (tmp_path / "out.zip").exists()
