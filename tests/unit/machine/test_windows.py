"""What Windows answers about a refused operation: what that means, anywhere; the answers, on Windows."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ci_guard.machine.evidence import examine
from ci_guard.machine.windows import NOBODY, ask, with_holders
from ci_guard.model.evidence import Evidence, Refusal
from ci_guard.windows.rights import (
    ADD_SUBDIRECTORY,
    DELETE,
    DELETE_CHILD,
    EXECUTE,
    READ_DATA,
    WRITE_DATA,
)
from rig.holder import held

windows = pytest.mark.skipif(sys.platform != "win32", reason="asks Windows")
FREE, DENIED, SHARING, PENDING, VIRUS = 0, 0xC0000022, 0xC0000043, 0xC0000056, 0xC0000906
FOLDER, FILE = "F", "F/x"
ALL = 0x1F01FF


@dataclass
class Told:
    """A Windows that answers what it is told: rights granted, and a status for each right."""

    file: int | None = ALL
    folder: int | None = ALL
    status: dict[int, int] = field(default_factory=dict)

    def granted(self, path: str, rights: int) -> bool | None:
        has = self.file if path == FILE else self.folder
        return None if has is None else has & rights == rights

    def open_status(self, path: str, rights: int) -> int:
        return next((answer for right, answer in self.status.items() if right & rights), FREE)


@pytest.mark.parametrize(
    ("operation", "exists", "told", "allowed"),
    [
        ("remove", True, Told(), True),
        ("remove", True, Told(file=ALL & ~DELETE), True),
        ("remove", True, Told(file=ALL & ~DELETE, folder=ALL & ~DELETE_CHILD), False),
        ("persist", True, Told(file=0, folder=ALL & ~DELETE_CHILD), False),
        ("persist", True, Told(file=ALL, folder=0), False),
        ("persist", False, Told(file=0, folder=WRITE_DATA), True),
        ("create", True, Told(file=WRITE_DATA, folder=0), True),
        ("create", False, Told(file=ALL, folder=READ_DATA), False),
        ("mkdir", False, Told(folder=ADD_SUBDIRECTORY), True),
        ("mkdir", False, Told(folder=WRITE_DATA), False),
        ("open", True, Told(file=READ_DATA, folder=0), True),
        ("exec", True, Told(file=READ_DATA), False),
        ("exec", True, Told(file=READ_DATA | EXECUTE), True),
        ("hardlink", True, Told(file=READ_DATA), False),
        ("", True, Told(file=DELETE), True),
        ("", True, Told(file=READ_DATA), False),
        ("remove", True, Told(file=None), None),
        ("persist", True, Told(file=None, folder=0), False),
        ("persist", False, Told(folder=None), None),
    ],
)
def test_rights_come_from_the_file_or_its_folder(
    operation: str, exists: bool, told: Told, allowed: bool | None
) -> None:
    answer = ask(FILE, FOLDER, operation, exists=exists, windows=told)
    assert answer.allowed is allowed
    assert any("access control list" in sentence for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("operation", "told", "refusal"),
    [
        ("remove", Told(), None),
        ("remove", Told(status={DELETE: SHARING}), Refusal.SHARING),
        ("remove", Told(status={DELETE: PENDING}), Refusal.DELETE_PENDING),
        ("remove", Told(status={WRITE_DATA: SHARING}), Refusal.MAPPED),
        ("remove", Told(status={WRITE_DATA: DENIED}), None),
        ("remove", Told(status={DELETE: DENIED}), Refusal.FILTERED),
        ("remove", Told(file=0, folder=0, status={DELETE: DENIED}), None),
        ("remove", Told(file=None, status={DELETE: DENIED}), None),
        ("open", Told(status={READ_DATA: VIRUS}), Refusal.VIRUS),
        ("open", Told(status={DELETE: SHARING}), None),
        ("write", Told(status={WRITE_DATA: SHARING}), Refusal.SHARING),
        ("", Told(status={WRITE_DATA: SHARING}), Refusal.MAPPED),
        ("", Told(status={DELETE: SHARING}), Refusal.SHARING),
    ],
)
def test_statuses_are_told_apart(operation: str, told: Told, refusal: Refusal | None) -> None:
    answer = ask(FILE, FOLDER, operation, exists=True, windows=told)
    assert answer.refusal is refusal
    assert len([line for line in answer.sentences if "access control list lets" not in line]) >= bool(refusal)


def test_holders_are_named_or_the_remark_says_why_not(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()

    def refuse(_path: str) -> tuple[str, ...]:
        raise OSError(5, "Access is denied")

    held_one = Evidence(path=str(file), refusal=Refusal.SHARING, sentences=("first",))
    assert with_holders(held_one, lambda _: ("a.exe (pid 4)", "b (pid 5)")).sentences == (
        "first",
        f"`{file}` is held by a.exe (pid 4), b (pid 5)",
    )
    assert with_holders(held_one, lambda _: ("a.exe (pid 4)",)).holders == ("a.exe (pid 4)",)
    assert with_holders(held_one, lambda _: ()).sentences == ("first", NOBODY.format(file))
    assert "cannot be asked" in with_holders(held_one, refuse).sentences[-1]
    free = Evidence(path=str(file), sentences=("first",))
    assert with_holders(free, refuse) is free


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.exe"
    path.write_bytes(b"content")
    return path


def asked(path: Path, operation: str) -> Evidence:
    return examine(str(path), operation, 0.0, str(path.parent))


@windows
@pytest.mark.parametrize(
    ("share", "operation", "refusal"),
    [
        ("-", "remove", Refusal.SHARING),
        ("-", "open", Refusal.SHARING),
        ("r", "open", None),
        ("r", "persist", Refusal.SHARING),
        ("rw", "write", None),
        ("rw", "remove", Refusal.SHARING),
        ("rd", "write", Refusal.SHARING),
        ("rwd", "remove", None),
    ],
)
def test_a_holder_refuses_what_it_does_not_share(
    file: Path, share: str, operation: str, refusal: Refusal | None
) -> None:
    with held(file, share):
        said = asked(file, operation)
        assert (said.refusal, said.allowed) == (refusal, True)
        assert any("held by" in line or "Restart Manager" in line for line in said.sentences) == bool(refusal)
    assert asked(file, operation).refusal is None
    assert file.read_bytes() == b"content"


@pytest.mark.windows_only("it opens what is being deleted")
def test_a_pending_deletion_is_no_missing_right(file: Path) -> None:
    with held(file, "rwd", delete=True):
        said = asked(file, "remove")
        assert said.refusal is Refusal.DELETE_PENDING
    assert not file.exists()


@windows
def test_a_running_program_is_told_from_an_open_file(tmp_path: Path) -> None:
    program = tmp_path / "tool.exe"
    shutil.copyfile(os.environ["COMSPEC"], program)
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
        said = asked(program, "remove")
        running.communicate()
    assert said.refusal is Refusal.MAPPED
    assert asked(program, "remove").refusal is None


@windows
@pytest.mark.parametrize("operation", ["remove", "open", ""])
def test_folders_are_asked_too(tmp_path: Path, operation: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert (asked(folder, operation).refusal, asked(folder, operation).allowed) == (None, True)
    with held(folder, "rw"):
        assert asked(folder, "remove").refusal is Refusal.SHARING


@pytest.mark.windows_only("its Restart Manager names nobody")
def test_the_restart_manager_names_the_holder(file: Path) -> None:
    with held(file, "r") as holder:
        line = asked(file, "remove").sentences[-1]
        assert f"(pid {holder.pid})" in line
        assert "python" in line.lower()


@pytest.mark.windows_only("its icacls does nothing")
@pytest.mark.parametrize(
    ("right", "operation", "allowed"), [("WD", "write", False), ("WD", "open", True), ("RD", "open", False)]
)
def test_an_access_control_list_that_denies_this_user_is_no_lock(
    file: Path, right: str, operation: str, allowed: bool
) -> None:
    user = f"{os.environ['USERDOMAIN']}\\{os.environ['USERNAME']}"
    subprocess.run(["icacls", file, "/deny", f"{user}:({right})"], check=True, stdout=subprocess.DEVNULL)
    said = asked(file, operation)
    subprocess.run(["icacls", file, "/remove:d", user], check=True, stdout=subprocess.DEVNULL)
    assert (said.allowed, said.refusal) == (allowed, None)
    assert any(("not " in line) is not allowed for line in said.sentences if "access control list" in line)


@pytest.mark.windows_only("its icacls does nothing")
def test_deletion_is_denied_by_file_and_folder_together(file: Path) -> None:
    user = f"{os.environ['USERDOMAIN']}\\{os.environ['USERNAME']}"
    for path, right in ((file, "DE"), (file.parent, "DC")):
        subprocess.run(["icacls", path, "/deny", f"{user}:({right})"], check=True, stdout=subprocess.DEVNULL)
    said = asked(file, "remove")
    for path in (file, file.parent):
        subprocess.run(["icacls", path, "/remove:d", user], check=True, stdout=subprocess.DEVNULL)
    assert said.allowed is False
    assert asked(file, "remove").allowed is True


@windows
def test_a_path_beyond_260_characters_is_examined(tmp_path: Path) -> None:
    from ci_guard.windows.paths import extended

    folder = os.path.join(tmp_path, *["long" * 10] * 7)
    os.makedirs(extended(folder))
    path = os.path.join(folder, "a.exe")
    with open(extended(path), "wb") as stream:
        stream.write(b"x")
    said = examine(path, "remove", 0.0, str(tmp_path))
    assert (said.exists, said.allowed, said.made, said.refusal) == (True, True, True, None)
    shutil.rmtree(extended(str(tmp_path / ("long" * 10))))
