"""What the system tells of names that are new, written or gone: real folders, and no look into them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci_guard.machine import new_names
from ci_guard.machine.new_names import NewNames, open_new_names
from rig.events import until

MANY = 600  # files: more than there is room for at once

pytestmark = pytest.mark.skipif(
    sys.platform not in ("win32", "linux"), reason="POSIX has nothing that tells of new names"
)


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewNames]:
    monkeypatch.chdir(tmp_path)
    found = open_new_names()
    assert found is not None
    assert found.tells_of(str(tmp_path))
    yield found
    found.close()


def told(names: NewNames, path: Path, *, gone: bool) -> bool:
    """Whether it is told of in time: the system may take some."""
    lost: list[bool] = []

    def is_told() -> bool:
        changes = names.changes()
        lost.append(changes is None)
        return lost[-1] or any(each.path == str(path) and each.gone is gone for each in changes or ())

    until(is_told)
    return not lost[-1]


def test_new_written_renamed_and_removed_names_are_told_of(names: NewNames, tmp_path: Path) -> None:
    file, other = tmp_path / "a.tmp", tmp_path / "b.exe"
    file.touch()
    assert told(names, file, gone=False)
    file.write_bytes(b"content")
    assert told(names, file, gone=False)
    file.rename(other)
    assert told(names, other, gone=False)
    other.unlink()
    assert told(names, other, gone=True)
    assert names.changes() == ()


def test_asking_whether_a_file_is_held_is_no_change(names: NewNames, tmp_path: Path) -> None:
    from ci_guard.machine.probe import is_kept

    file, last = tmp_path / "a", tmp_path / "b"
    file.touch()
    assert told(names, file, gone=False)
    names.changes()
    for _ in range(20):
        assert not is_kept(str(file))
    last.touch()
    seen: set[str] = set()

    def is_told_of_something() -> bool:
        changes = names.changes()
        assert changes is not None
        seen.update(each.path for each in changes)
        return bool(seen)

    until(is_told_of_something)
    assert seen == {str(last)}


def test_a_folder_below_is_told_of_once_it_is_asked_for(names: NewNames, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "below"
    folder.mkdir(parents=True)
    assert names.tells_of(str(folder))
    names.changes()
    (folder / "x").touch()
    assert told(names, folder / "x", gone=False)


def test_a_folder_that_cannot_be_told_of_is_owned_up_to(names: NewNames, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    if sys.platform == "win32":
        assert not names.tells_of(str(tmp_path.parent))
        assert names.tells_of(str(missing)), "it is told of with all that is below the working directory"
    else:
        assert not names.tells_of(str(missing))
        (tmp_path / "file").touch()
        assert not names.tells_of(str(tmp_path / "file"))


def test_what_is_lost_is_owned_up_to(names: NewNames, tmp_path: Path) -> None:
    """Windows has room for some hundreds; Linux keeps 16,384, and tells of a folder that has gone."""
    folder = tmp_path / "below"
    folder.mkdir()
    assert names.tells_of(str(folder))
    names.changes()
    for number in range(MANY):
        (folder / f"{number:050}").touch()
    seen: set[str] = set()

    def is_lost_or_told() -> bool:
        changes = names.changes()
        seen.update(each.path for each in changes or ())
        return changes is None or len(seen) >= MANY

    until(is_lost_or_told)


@pytest.mark.skipif(sys.platform == "win32", reason="what other systems answer: there it cannot be removed")
def test_a_folder_may_be_removed_and_made_anew(names: NewNames, tmp_path: Path) -> None:
    folder = tmp_path / "below"
    folder.mkdir()
    assert names.tells_of(str(folder))
    folder.rmdir()
    assert names.changes() is None
    folder.mkdir()
    assert names.tells_of(str(folder))
    (folder / "x").touch()
    assert told(names, folder / "x", gone=False)


def test_where_the_system_cannot_be_asked_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_names.sys, "platform", "sunos5")
    assert open_new_names() is None


def test_nothing_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for _ in range(300):  # more than a user may have instances of inotify
        found = open_new_names()
        assert found is not None
        found.tells_of(str(tmp_path / "work"))
        found.close()
    os.chdir(tmp_path)
    (tmp_path / "work").rmdir()
    (tmp_path / "work").mkdir()
