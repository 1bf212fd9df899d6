"""Where a tool's fresh files are looked for, whether the system tells of them or its folders are read."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci_guard.machine.new_names import NewNames, open_new_names
from ci_guard.model.patience import WatchedPlace
from ci_guard.patience import places as module
from ci_guard.patience.pattern import itself, resolve
from ci_guard.patience.places import Places
from rig import events

HOUR, LONG_BEFORE = 3600.0, 86_400.0  # seconds


def made(path: Path, age: float = 0.0) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    os.utime(path, (time.time() - age,) * 2)
    return str(path)


@pytest.fixture(params=["told", "read"])
def names(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NewNames | None]:
    """The system tells, and no folder is read again; or it does not, and they are read at each look."""
    monkeypatch.setattr(module, "POLL", 0.0)
    if request.param == "read":
        yield None
        return
    monkeypatch.setattr(module, "POLL_TOLD", HOUR)
    monkeypatch.setattr(module, "UNSURE", 0.0)
    monkeypatch.chdir(tmp_path)
    found = open_new_names()
    if found is None:
        pytest.skip("POSIX has nothing that tells of new names: Linux and Windows have")
    yield found
    found.close()


def until(places: Places, names: NewNames | None, expected: set[str]) -> None:
    """Look until these are the files: the system may take its time to tell."""

    def are_seen() -> bool:
        places.look(names)
        return {path for path, _ in places.files(HOUR)} == expected

    events.until(are_seen)


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
    expected = "None" if found is None else os.path.normpath(tmp_path / found)
    assert str(resolve(pattern, variables, str(tmp_path / "work"))) == expected


PATTERNS = [
    ("bin/.tmp*", "bin/.tmpAbC"),
    ("site/*.dist-info/*.tmp", "site/a-1.dist-info/INSTALLER1x.tmp"),
    ("tools/*/bin/.tmp*", "tools/ruff/bin/.tmpAbC"),
]


@pytest.mark.parametrize(("pattern", "name"), PATTERNS)
@pytest.mark.parametrize("project", ["work", "ws[1]", "a?b" if sys.platform != "win32" else "a b"])
def test_fresh_files_are_found_and_no_others(tmp_path: Path, pattern: str, name: str, project: str) -> None:
    directory, since = tmp_path / project, time.time()
    fresh = made(directory / name)
    made(directory / name.replace("tmp", "exe"))
    places = Places([WatchedPlace(path=pattern)], {}, str(directory), since=since)
    until(places, None, {fresh})
    later = Places([WatchedPlace(path=pattern)], {}, str(directory), since=time.time() + HOUR)
    until(later, None, set())


@pytest.mark.parametrize(("pattern", "name"), PATTERNS)
@pytest.mark.parametrize("there", [True, False])
def test_what_comes_and_goes_beside_the_command_is_seen(
    tmp_path: Path, names: NewNames | None, pattern: str, name: str, there: bool
) -> None:
    """Whether the folder is there already or is made meanwhile, with what is in it."""
    path = tmp_path / name
    if there:
        path.parent.mkdir(parents=True)
    places = Places([WatchedPlace(path=pattern)], {}, str(tmp_path), since=time.time())
    until(places, names, set())
    made(path)
    until(places, names, {str(path)})
    second = path.with_name(path.name.replace("tmp", "tmp2").replace("1x.tmp2", "2x.tmp"))
    path.rename(second)
    until(places, names, {str(second)})
    shutil.rmtree(tmp_path / pattern.split("/")[0])
    until(places, names, set())
    made(path)
    until(places, names, {str(path)})


def test_a_file_that_is_written_again_is_as_fresh_as_new(tmp_path: Path, names: NewNames | None) -> None:
    path = tmp_path / "bin" / ".tmpAbC"
    made(path, LONG_BEFORE)
    places = Places([], {}, str(tmp_path), since=time.time(), named=[str(path)])
    until(places, names, {str(path)})
    for _ in range(3):
        before = dict(places.files(HOUR))[str(path)]
        time.sleep(0.05)  # by the clock: the least that the time of a file tells
        path.write_bytes(b"again")

        def is_new(before: float = before) -> bool:
            places.look(names)
            return dict(places.files(HOUR))[str(path)] > before

        events.until(is_new)


def test_a_fresh_file_that_lingers_brings_what_it_may_be_meant_to_replace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made(tmp_path / "bin" / "app.exe", LONG_BEFORE)
    made(tmp_path / "bin" / "activate", LONG_BEFORE)
    monkeypatch.setattr(module, "POLL", 0.0)
    monkeypatch.setattr(module, "FILE_CLOCK_SLACK", -HOUR)  # the time of a status change cannot be set back
    place = WatchedPlace(path="bin/.tmp*", replaces="*.exe")
    places = Places([place], {}, str(tmp_path), since=time.time())
    places.look(None)
    assert list(places.files(0.0)) == []
    fresh = tmp_path / "bin" / ".tmpAbC"
    made(fresh)
    os.utime(fresh, (time.time() + 2 * HOUR,) * 2)
    places.look(None)
    assert [path for path, _ in places.files(lingers=HOUR)] == [str(fresh)]
    assert [path for path, _ in places.files(lingers=0.0)] == [str(fresh), old]


def test_what_was_restored_a_moment_before_the_run_is_in_the_way_as_well(tmp_path: Path) -> None:
    restored = made(tmp_path / "bin" / "app.exe")
    since = os.stat(restored).st_mtime + 0.5  # less than the clock of a file may lag
    places = Places([WatchedPlace(path="bin/.tmp*", replaces="*.exe")], {}, str(tmp_path), since=since)
    fresh = tmp_path / "bin" / ".tmpAbC"
    made(fresh)
    os.utime(fresh, (since + HOUR,) * 2)
    places.look(None)
    assert [path for path, _ in places.files(lingers=0.0)] == [str(fresh), restored]


def test_a_named_file_is_one_file_whatever_its_name(tmp_path: Path) -> None:
    named, other = made(tmp_path / "a[1]x.exe"), made(tmp_path / "a1x.exe")
    assert itself(named).fits(named)
    assert not itself(named).fits(other)
    until(Places([], {}, str(tmp_path), since=time.time(), named=[named]), None, {named})
