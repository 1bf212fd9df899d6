"""What the doctor tells of the probe: a line for each operation, only where something was refused."""

from dataclasses import replace

import pytest

from ci_guard.doctor.findings import find
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
        "  /held: delete: 0 of 1 refused",
    ]


@pytest.mark.parametrize("elevated", [True, False])
def test_elevation_is_advised_where_it_would_add_something(elevated: bool) -> None:
    (found,) = (
        each for each in find(replace(QUIET, hidden=3, elevated=elevated)) if each.subject == "permissions"
    )
    assert bool(found.advice) is not elevated
