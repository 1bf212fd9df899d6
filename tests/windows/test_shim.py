"""Shims on Windows: `uv` by name, through the `.exe` and the `.cmd`, is the real uv.exe, guarded once."""

import json
from pathlib import Path

import pytest

from rig import records, tools

V2 = "rigapp 2.0 metadata 2.0 rigdep 2.0"


@pytest.fixture
def shims(workshop, guard) -> Path:
    """The shim of uv first on the PATH, the real uv behind it; each guarded run leaves a record."""
    workshop.use_uv(tools.NEWEST_UV)
    folder = workshop.root / "shims"
    install = ("-m", "ci_guard", "shim", "install", "--folder", workshop.system.spelled(folder), "uv")
    done = workshop.plain(workshop.system.guard, *install)
    assert done.status == 0, done.text
    assert {path.name for path in folder.iterdir()} >= {"uv.exe", "uv.cmd"}
    workshop.variables["PATH"] = f"{workshop.system.spelled(folder)};{workshop.variables['PATH']}"
    kept = workshop.system.spelled(workshop.root / "records")
    workshop.variables["CI_GUARD_REPORT"] = rf"json={kept}\{{step}}.json"
    workshop.want("2.0")
    return folder


@pytest.mark.parametrize("name", ["uv.exe", "uv.cmd"])
def test_uv_by_its_name_is_guarded_once(workshop, shims: Path, name: str) -> None:
    started = ("cmd.exe", "/d", "/c", name) if name.endswith(".cmd") else (shims / name,)
    done = workshop.plain(*started, "sync")
    assert done.status == 0, done.text
    assert workshop.says("rigapp") == V2
    (record,) = (workshop.root / "records").iterdir()
    told = records.read(record)
    assert told["outcome"] == "passed", json.dumps(told)
    assert told["command"] == ["uv", "sync"]
    assert "shims" not in told["machine"]["tool"].lower()
    assert told["machine"]["tool"].lower().endswith("uv.exe")


def test_the_status_of_the_real_program_comes_out(workshop, shims: Path) -> None:
    done = workshop.plain(shims / "uv.exe", "nonsense")
    assert done.status == 2, done.text
