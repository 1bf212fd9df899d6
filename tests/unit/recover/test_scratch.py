"""Scratch folders: where they are made, for whom, and that nothing of them stays."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ci_guard.recover import scratch
from ci_guard.recover.scratch import Scratch
from ci_guard.windows.paths import extended
from rig.holder import held

windows = pytest.mark.skipif(sys.platform != "win32", reason="share modes and long paths are Windows's")


def test_a_folder_is_made_beside_the_working_directory_and_removed_with_all_in_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    with Scratch(str(project)) as made:
        one, other = (Path(made.folder(str(project / "x"))) for _ in range(2))
        assert one != other
        assert one.parent == other.parent == tmp_path
        (one / "read-only").touch()
        (one / "read-only").chmod(stat.S_IREAD)
    assert os.listdir(tmp_path) == ["project"]
    assert made.left == ()


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    with Scratch(str(tmp_path)) as made:
        assert stat.S_IMODE(os.stat(made.folder(None)).st_mode) == 0o700


@windows
def test_the_root_of_a_drive_where_all_may_write_is_no_place() -> None:
    drive = os.path.splitdrive(os.getcwd())[0]
    assert scratch._beside(f"{drive}\\ws") == ()
    assert scratch._beside(f"{drive}\\ws\\job") == (f"{drive}\\ws",)
    assert scratch._beside("\\\\server\\share\\ws\\job") == ("\\\\server\\share\\ws",)


@pytest.mark.windows_only("its icacls shows nothing")
def test_others_have_the_rights_that_they_have_beside_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    with Scratch(str(project)) as made:
        lists = [
            subprocess.run(["icacls", path], check=True, capture_output=True, text=True).stdout.replace(
                path, ""
            )
            for path in (made.folder(None), str(project))
        ]
    assert lists[0] == lists[1]
    assert "(I)" in lists[0]


@windows
def test_a_held_file_is_waited_for(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    with Scratch(str(project)) as made:
        file = Path(made.folder(None)) / "a.exe"
        file.touch()
        holding = held(file)
        holding.__enter__()
        release = threading.Timer(0.5, holding.__exit__, (None, None, None))
        release.start()
    release.join()
    assert (made.left, os.listdir(tmp_path)) == ((), ["project"])


@windows
def test_what_stays_held_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "REMOVAL_LIMIT", 0.2)
    project = tmp_path / "project"
    project.mkdir()
    with Scratch(str(project)) as made:
        folder = made.folder(None)
        (Path(folder) / "a.exe").touch()
        holding = held(Path(folder) / "a.exe")
        holding.__enter__()
    assert made.left == (folder,)
    holding.__exit__(None, None, None)


@windows
def test_what_lies_beyond_260_characters_is_removed_too(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    with Scratch(str(project)) as made:
        deep = os.path.join(made.folder(None), *["long" * 10] * 7)
        os.makedirs(extended(deep))
        with open(extended(os.path.join(deep, "a")), "wb") as file:
            file.write(b"x")
    assert (made.left, os.listdir(tmp_path)) == ((), ["project"])
