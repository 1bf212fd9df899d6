"""The record: one shape, written, read back and described by one schema."""

import copy
import functools
import json
import operator
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import ci_guard.record
from ci_guard.cli import main
from ci_guard.errors import GuardError
from ci_guard.record.codec import plain, read_record, write_record
from ci_guard.record.schema import schema
from ci_guard.record.shape import BuildRecord, HoldRecord, MachineRecord, ProductRecord, RunRecord
from ci_guard.reports.json import record_run
from rig import records
from unit.reports import samples

SHIPPED = Path(ci_guard.record.__file__).with_name("run-1.schema.json")
HOLD = HoldRecord(
    file="C:\\x.exe", seconds=14.5, started="2026-11-27T08:00:00.000+00:00", holders=("MsMpEng.exe",)
)


def full() -> RunRecord:
    """A record in which every field holds something."""
    record = record_run(samples.shown(samples.FLAKY))
    return replace(
        record,
        attempts=(replace(record.attempts[0], holds=(HOLD,)), *record.attempts[1:]),
        build=BuildRecord(job="app", number=7, url="https://ci.example/7", result=None),
        machine=MachineRecord(
            user="SYSTEM",
            system="Windows 11 24H2",
            tool="C:\\uv.exe",
            tool_version="0.9.1",
            tool_signature="signed and trusted",
            products=(ProductRecord(name="Defender", version=None),),
        ),
    )


@pytest.mark.parametrize("name", samples.ALL)
def test_what_is_written_is_read_back_and_valid(name: str) -> None:
    record = record_run(samples.shown(samples.ALL[name]))
    assert read_record(write_record(record), "x") == record
    records.check(json.loads(write_record(record)))


def test_a_record_with_everything_in_it_is_read_back_and_valid() -> None:
    assert read_record(write_record(full()), "x") == full()
    records.check(json.loads(write_record(full())))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a record."""
    if isinstance(value, dict):
        return [step for key, item in value.items() for step in ((*path, key), *places(item, (*path, key)))]
    if isinstance(value, list):
        return [step for at, item in enumerate(value) for step in ((*path, at), *places(item, (*path, at)))]
    return []


def refusal(record: object) -> str | None:
    """How the reader's error about a record begins; None if it takes it."""
    try:
        read_record(json.dumps(record).encode(), "x")
    except GuardError as error:
        return str(error)[: len("`x` is not a record of ci-guard")]
    return None


def test_a_damaged_record_is_refused_by_the_reader_and_by_the_schema_alike() -> None:
    """Every value in turn is replaced by one of another type, and every key is left out."""
    whole = plain(full())
    validator = jsonschema.Draft202012Validator(schema())
    seen = 0
    for path in places(whole):
        for wrong in ({"no": ["such"]}, 3.5, True, "text", None, ["text"], "leave out"):
            damaged = json.loads(json.dumps(whole))
            parent = damaged
            for step in path[:-1]:
                parent = parent[step]
            if wrong == "leave out" and isinstance(parent, dict):
                del parent[path[-1]]
            else:
                parent[path[-1]] = wrong
            valid = validator.is_valid(damaged)
            assert refusal(damaged) == (None if valid else "`x` is not a record of ci-guard"), (path, wrong)
            seen += not valid
    assert seen > 300


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[]", b"null", b"{}", b'{"schema": "other/1"}', b'{"schema": "ci-guard/run/2"}']
)
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(GuardError, match="`x` is not "):
        read_record(data, "x")


def _numbers(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each number of a record."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, member in members:
            yield from _numbers(member, (*place, key))
    elif type(value) in (int, float):
        yield place


@pytest.mark.parametrize(
    "written", ["9" * 20, "9" * 400, "-" + "9" * 400, "1e999", "-1e999", "NaN", "Infinity"]
)
def test_a_number_that_is_none_or_too_large_is_refused_wherever_it_stands(written: str) -> None:
    whole = plain(full())
    places = list(_numbers(whole))
    assert len(places) > 20
    for place in places:
        damaged = copy.deepcopy(whole)
        *parents, last = place
        functools.reduce(operator.getitem, parents, damaged)[last] = "HERE"
        with pytest.raises(GuardError, match="is not a record of ci-guard"):
            read_record(json.dumps(damaged).replace('"HERE"', written).encode(), "run.json")


def test_keys_of_a_newer_version_are_passed_over() -> None:
    value = plain(full()) | {"colour": "red"}
    value["attempts"][0]["mood"] = {"deep": []}
    assert read_record(json.dumps(value).encode(), "x") == full()
    assert jsonschema.Draft202012Validator(schema()).is_valid(value)


def test_the_schema_is_one_and_ships_with_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert json.loads(SHIPPED.read_text(encoding="utf-8")) == schema(), (
        "write it anew: python -m ci_guard record schema > ci_guard/record/run-1.schema.json"
    )
    assert main(["record", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()
