"""Where a tool's fresh files are looked for."""

import os
import time
from pathlib import Path

import pytest

from ci_guard.model.patience import WatchedPlace
from ci_guard.patience.places import Places, resolve

LONG_AGO = 86_400.0  # seconds


def made(path: Path, age: float = 0.0) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    os.utime(path, (time.time() - age,) * 2)
    return str(path)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (".venv/bin/.tmp*", "work/.venv/bin/.tmp*"),
        ("{HOME}/x/*", "home/x/*"),
        ("{NO_SUCH|HOME/cache}/x", "home/cache/x"),
        ("{NO_SUCH|EMPTY/cache}/x", None),
        ("{RELATIVE}/x", "work/env/x"),
    ],
)
def test_a_pattern_names_its_folder_by_a_variable(tmp_path: Path, pattern: str, found: str | None) -> None:
    variables = {"HOME": str(tmp_path / "home"), "EMPTY": "", "RELATIVE": "env"}
    expected = None if found is None else os.path.normpath(tmp_path / found)
    assert resolve(pattern, variables, str(tmp_path / "work")) == expected


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("bin/.tmp*", "bin/.tmpAbC"),
        ("site/*.dist-info/*.tmp", "site/a-1.dist-info/INSTALLER1x.tmp"),
        ("tools/*/bin/.tmp*", "tools/ruff/bin/.tmpAbC"),
    ],
)
def test_fresh_files_are_found_and_no_others(tmp_path: Path, pattern: str, name: str) -> None:
    fresh = made(tmp_path / name)
    made(tmp_path / name.replace("tmp", "exe"))
    places = Places([WatchedPlace(path=pattern)], {}, str(tmp_path), since=time.time())
    assert list(places.files(1.0)) == [fresh]
    later = Places([WatchedPlace(path=pattern)], {}, str(tmp_path), since=time.time() + 3600)
    assert list(later.files(1.0)) == []


def test_a_fresh_file_that_lingers_brings_what_it_may_be_meant_to_replace(tmp_path: Path) -> None:
    old = made(tmp_path / "bin" / "app.exe", LONG_AGO)
    made(tmp_path / "bin" / "activate", LONG_AGO)
    place = WatchedPlace(path="bin/.tmp*", replaces="*.exe")
    places = Places([place], {}, str(tmp_path), since=time.time())
    assert list(places.files(0.0)) == []
    fresh = made(tmp_path / "bin" / ".tmpAbC")
    assert list(places.files(lingers=3600)) == [fresh]
    assert list(places.files(lingers=0.0)) == [fresh, old]
