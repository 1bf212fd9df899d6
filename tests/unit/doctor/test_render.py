"""What the doctor tells of the probe: a line for each operation, only where something was refused."""

from dataclasses import replace

import pytest

from ci_guard.cli import doctor as cli
from ci_guard.cli import main
from ci_guard.doctor import survey
from ci_guard.doctor.findings import Finding, Weight, find
from ci_guard.doctor.render import render
from ci_guard.machine.fresh_files import Sample
from unit.doctor.test_doctor import QUIET

QUICK = Sample(
    place="/quiet", operation="rename", kind="script", seen=False, refused=0.0, code=None, freed=True
)


def test_a_place_without_refusals_is_one_line() -> None:
    held = replace(QUICK, place="/held", refused=2.0, code=16)
    samples = [
        QUICK,
        replace(QUICK, operation="delete"),
        held,
        replace(held, operation="delete", refused=0.0),
    ]
    lines = render([], samples, "text").splitlines()
    assert [line for line in lines if "/quiet" in line] == ["  /quiet: none of 2 operations was refused"]
    assert [line.split(",")[0] for line in lines if "/held" in line] == [
        "  /held: rename: 1 of 1 refused",
        "  /held: delete: none of 1 refused",
    ]


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_where_nothing_is_wrong_that_is_said(form: str) -> None:
    fact, risk = (Finding(weight=each, subject="a", says="b") for each in (Weight.FACT, Weight.RISK))
    said = "nothing was found that gets in the way"
    assert said in render([fact], None, form)
    assert said not in render([fact, risk], None, form)
    assert said not in render([fact], [replace(QUICK, refused=2.0)], form)


@pytest.mark.parametrize("elevated", [True, False])
def test_elevation_is_advised_where_it_would_add_something(elevated: bool) -> None:
    (found,) = (
        each for each in find(replace(QUIET, hidden=3, elevated=elevated)) if each.subject == "permissions"
    )
    assert bool(found.advice) is not elevated


def test_the_free_space_and_the_setting_for_long_paths_are_told() -> None:
    told = {each.subject: each.says for each in find(replace(QUIET, long_paths=True))}
    assert told["workspace (/w)"] == "ext4 on /, 931.3 GiB free"
    assert told["long paths"] == "paths of more than 260 characters work"


@pytest.mark.parametrize(("refused", "strict", "status"), [(2.0, True, 1), (0.0, True, 0), (2.0, False, 0)])
def test_strict_is_about_the_probe_too(
    monkeypatch: pytest.MonkeyPatch, refused: float, strict: bool, status: int
) -> None:
    monkeypatch.setattr(survey, "look", lambda *_: QUIET)
    monkeypatch.setattr(cli, "_measure", lambda _: [replace(QUICK, refused=refused)])
    assert main(["doctor", "--probe", *(["--strict"] if strict else [])]) == status
