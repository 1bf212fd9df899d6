"""The machine's answers, asked of real files and folders, as a user without rights where they matter."""

import dataclasses
import importlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ci_guard.machine import evidence
from ci_guard.machine.evidence import examine
from ci_guard.model.evidence import Evidence

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, owners and sticky bits are POSIX")
NOBODY = 65534


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that every user can reach (the folders of pytest are closed to others)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o777)
    shutil.rmtree(folder)


def ask(path: Path, operation: str | None = None, since: float = 0.0) -> Evidence:
    return examine(str(path), operation, since, str(path.parent))


def ask_as_user(path: Path, operation: str = "", since: float = 0.0) -> dict[str, Any]:
    """The same as somebody who is not root: for root nothing is forbidden."""
    if os.geteuid() != 0:
        return dataclasses.asdict(ask(path, operation, since))
    importlib.import_module("pwd")  # what the other user may not be able to read any more
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads: nothing is shared here
        child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setresuid(NOBODY, NOBODY, 0)
            os.write(theirs, json.dumps(dataclasses.asdict(ask(path, operation, since))).encode())
        finally:
            os.setresuid(0, 0, 0)  # what measures this process writes down what it has seen
            os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    with open(ours, "rb") as stream:
        answers: dict[str, Any] = json.loads(stream.read())
    return answers


def test_a_folder_of_ones_own(ground: Path) -> None:
    said = ask(ground / "a.py", "create")
    assert (said.allowed, said.made, said.exists, said.folder_exists, said.full) == (
        True,
        True,
        False,
        True,
        False,
    )
    assert f"a file could be made in `{ground}` just now" in said.sentences
    assert f"`{ground / 'a.py'}` does not exist" in said.sentences
    assert list(ground.iterdir()) == []


@posix
@pytest.mark.parametrize("operation", ["create", "rename", "persist", "remove", "mkdir", ""])
def test_a_closed_folder_is_no_lock(ground: Path, operation: str) -> None:
    (ground / "bin").mkdir()
    (ground / "bin" / "there").touch()
    (ground / "bin").chmod(0o555)
    for name in ("there", "missing"):
        said = ask_as_user(ground / "bin" / name, operation)
        assert said["allowed"] is False
        assert any("not writable by this user (mode 0555" in sentence for sentence in said["sentences"])


def closed_after(folder: Path, moment: float) -> None:
    """Take the write permission from a folder of the user who is asked, later than `moment`."""
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    while folder.stat().st_ctime <= moment:
        folder.chmod(0o755)
        folder.chmod(0o555)


@posix
def test_a_folder_that_was_closed_while_the_attempt_ran_was_open_before(ground: Path) -> None:
    folder = ground / "bin"
    folder.mkdir()
    (folder / "python").touch()
    began = (folder / "python").stat().st_ctime + 0.001
    closed_after(folder, began)
    said = ask_as_user(folder / "tool", "create", began)
    assert (said["allowed"], said["closed"]) == (False, True)
    assert any(f"`{folder}` was made read-only" in sentence for sentence in said["sentences"])
    later = folder.stat().st_ctime + 0.001
    assert ask_as_user(folder / "tool", "create", later)["closed"] is False


@posix
def test_a_folder_that_the_attempt_made_and_closed_itself_is_no_lock(ground: Path) -> None:
    folder = ground / "module"
    folder.mkdir()
    began = folder.stat().st_ctime - 1.0
    (folder / "go.mod").touch()
    closed_after(folder, began)
    folder.chmod(0o555)
    said = ask_as_user(folder / "new", "create", began)
    assert (said["allowed"], said["closed"]) == (False, False)


@posix
def test_a_closed_folder_of_somebody_else_is_no_lock(ground: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder for somebody else")
    folder = ground / "theirs"
    folder.mkdir()
    (folder / "old").touch()
    began = (folder / "old").stat().st_ctime + 0.001
    closed_after(folder, began)
    os.chown(folder, 1, 1)
    assert ask_as_user(folder / "new", "create", began)["closed"] is False


@posix
def test_a_folder_that_is_not_there_yet_is_made_in_the_next_one(ground: Path) -> None:
    (ground / "ro").mkdir()
    (ground / "ro").chmod(0o555)
    assert ask_as_user(ground / "ro" / "uv" / "tools" / "x", "create")["allowed"] is False
    assert ask_as_user(ground / "rw" / "uv" / "tools" / "x", "create")["allowed"] is True


@posix
def test_a_closed_door_on_the_way(ground: Path) -> None:
    (ground / "shut").mkdir()
    (ground / "shut" / "python").touch()
    (ground / "shut").chmod(0o000)
    said = ask_as_user(ground / "shut" / "python", "canonicalize")
    assert said["allowed"] is False
    assert any("cannot be reached" in sentence for sentence in said["sentences"])


@posix
def test_a_file_of_somebody_else_in_a_shared_folder(ground: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a file for somebody else")
    shared = ground / "shared"
    shared.mkdir()
    os.chown(shared, 1, 1)
    shared.chmod(0o1777)
    (shared / "theirs").touch()
    assert ask_as_user(shared / "theirs", "rename")["allowed"] is False
    os.chown(shared / "theirs", NOBODY, NOBODY)
    assert ask_as_user(shared / "theirs", "rename")["allowed"] is True


@posix
def test_reading_and_running_need_other_rights_than_writing(ground: Path) -> None:
    program = ground / "tool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    ground.chmod(0o755)
    assert ask_as_user(program, "open")["allowed"] is True
    assert ask_as_user(program, "exec")["allowed"] is False
    program.chmod(0o755)
    assert ask_as_user(program, "exec")["allowed"] is True
    program.chmod(0o600)
    assert ask_as_user(program, "open")["allowed"] is (os.geteuid() != 0)


@posix
@pytest.mark.parametrize("operation", ["chmod", "utime"])
def test_who_may_change_a_file_s_mode_is_asked_of_its_owner(ground: Path, operation: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    (ground / "ours").touch()
    (ground / "ours").chmod(0o666)
    found = ask_as_user(ground / "ours", operation)
    assert found["allowed"] is False
    assert any("belongs to another user" in sentence for sentence in found["sentences"])
    os.chown(ground / "ours", NOBODY, NOBODY)
    assert ask_as_user(ground / "ours", operation)["allowed"] is True


@posix
@pytest.mark.parametrize("operation", ["link", "symlink"])
def test_where_a_link_was_refused_one_is_tried(ground: Path, operation: str) -> None:
    assert ask(ground / "new", operation).linkable is True
    assert ask(ground / "new", "rename").linkable is None
    assert os.listdir(ground) == []


@posix
def test_a_user_without_a_name_is_told_by_number(ground: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.chown(ground, 54321, -1)
    ground.chmod(0o755)
    assert any("owner 54321" in sentence for sentence in ask_as_user(ground / "new")["sentences"])


def test_a_program_without_a_folder_is_looked_for(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = ground / ".venv" / "bin" / "tool"
    program.parent.mkdir(parents=True)
    program.touch()
    program.chmod(0o755)
    said = ask(ground / "tool", "exec")
    assert (said.path, said.exists, said.allowed) == (str(program), True, True)
    monkeypatch.setenv("PATH", str(program.parent))
    (ground / "elsewhere").mkdir()
    assert examine(str(ground / "elsewhere" / "tool"), "exec", 0.0, str(ground / "elsewhere")).path == str(
        program
    )


def test_changes_since_the_attempt_began_are_seen(ground: Path) -> None:
    written = ground / "a"
    written.touch()
    now = time.time()
    assert ask(written, since=now - 1).fresh
    os.utime(written, (now - 900, now - 900))
    assert not ask(written, since=now - 100).fresh
    written.unlink()
    assert ask(written, since=now - 100).fresh, "the folder was changed: the file was removed from it"


def test_dots_in_a_path_are_followed_where_they_mean_the_same(ground: Path) -> None:
    (ground / "lib").mkdir()
    said = ask(ground / "lib" / "gone" / ".." / ".." / "bin" / "tool")
    assert said.path == str(ground / "bin" / "tool") or sys.platform == "win32"


@posix
def test_a_path_of_another_system_is_no_question(ground: Path) -> None:
    said = examine(f"{ground}/C:\\ws\\a.exe", "persist", 0.0, str(ground))
    assert said.allowed is None
    assert "not a path of this system" in said.sentences[0]


def test_a_full_volume_is_named(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LEAST_FREE", 1 << 62)
    said = ask(ground / "a", "create")
    assert said.full
    assert said.made is None
    assert any("bytes free" in sentence for sentence in said.sentences)


@posix
def test_a_pipe_is_never_opened(ground: Path) -> None:
    os.mkfifo(ground / "pipe")
    assert ask(ground / "pipe").opened is None


def test_a_volume_that_hangs_is_given_up(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def late(folder: str) -> str:
        asked.wait()
        return folder

    monkeypatch.setattr(evidence, "PATIENCE", 0.0)
    monkeypatch.setattr(evidence, "nearest_folder", late)
    before = set(threading.enumerate())
    said = ask(ground / "a")
    asked.set()
    assert said.allowed is None
    assert "no answer" in said.sentences[0]
    for thread in set(threading.enumerate()) - before:
        thread.join()  # or it would write its probe into a folder that is being removed


@pytest.mark.skipif(sys.platform != "win32", reason="the read-only attribute is Windows's own")
def test_the_read_only_attribute_is_named(ground: Path) -> None:
    (ground / "a").touch()
    (ground / "a").chmod(0o444)
    assert ask(ground / "a", "remove").read_only
    (ground / "a").chmod(0o666)
