"""Probing files that are really refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.machine import probe as probe_module
from ci_guard.machine.probe import Lock, is_kept, probe
from ci_guard.windows.paths import extended
from rig.holder import held

windows = pytest.mark.skipif(sys.platform != "win32", reason="share modes are Windows's")
posix = pytest.mark.skipif(sys.platform == "win32", reason="ETXTBSY is what POSIX says of a running program")


def test_a_free_file_and_a_free_folder(tmp_path: Path) -> None:
    file = tmp_path / "x.exe"
    file.write_bytes(b"content")
    before = file.stat()
    assert probe(str(file)) is Lock.FREE
    assert probe(str(tmp_path)) is Lock.FREE
    assert probe(str(tmp_path / "missing")) is Lock.FREE
    assert file.read_bytes() == b"content"
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert os.listdir(tmp_path) == ["x.exe"]


def test_what_cannot_be_asked_is_unknown(tmp_path: Path) -> None:
    assert probe(str(tmp_path / "no" / "such" / "folder" / "file")) is Lock.UNKNOWN
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
        assert probe(str(tmp_path / "fifo")) is Lock.UNKNOWN


@posix
def test_a_running_program_is_held(running: tuple[Path, "subprocess.Popen[bytes]"]) -> None:
    program, child = running
    assert probe(str(program)) is Lock.HELD
    child.kill()
    child.wait()
    assert probe(str(program)) is Lock.FREE


@windows
@pytest.mark.parametrize(
    ("share", "operation", "lock"),
    [
        ("-", None, Lock.HELD),
        ("-", "open", Lock.HELD),
        ("r", None, Lock.HELD),
        ("r", "open", Lock.FREE),
        ("r", "remove", Lock.HELD),
        ("rw", "write", Lock.FREE),
        ("rw", "persist", Lock.HELD),
        ("rd", "write", Lock.HELD),
        ("rwd", "remove", Lock.FREE),
    ],
)
def test_windows_refuses_by_what_the_holder_does_not_share(
    tmp_path: Path, share: str, operation: str | None, lock: Lock
) -> None:
    file = tmp_path / "x.exe"
    file.write_bytes(b"content")
    with held(file, share):
        assert probe(str(file), operation) is lock
    assert probe(str(file), operation) is Lock.FREE
    assert file.read_bytes() == b"content"


@windows
def test_a_folder_that_a_program_holds_cannot_go(tmp_path: Path) -> None:
    with held(tmp_path, "rw"):
        assert probe(str(tmp_path), "remove") is Lock.HELD
        assert probe(str(tmp_path), "create") is Lock.FREE
    assert probe(str(tmp_path), "remove") is Lock.FREE


@windows
def test_a_running_program_of_windows_is_held(tmp_path: Path) -> None:
    program = tmp_path / "tool.exe"
    shutil.copyfile(os.environ["COMSPEC"], program)
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as runs:
        assert probe(str(program), "remove") is Lock.HELD
        assert probe(str(program), "exec") is Lock.FREE
        runs.communicate()
    assert probe(str(program), "remove") is Lock.FREE


@windows
def test_a_file_beyond_260_characters_is_probed(tmp_path: Path) -> None:
    folder = os.path.join(tmp_path, *["long" * 10] * 7)
    os.makedirs(extended(folder))
    file = os.path.join(folder, "x")
    with open(extended(file), "wb"):
        assert probe(file, "remove") is Lock.HELD
    assert probe(file, "remove") is Lock.FREE
    assert probe(os.path.join(folder, "missing")) is Lock.FREE
    shutil.rmtree(extended(str(tmp_path / ("long" * 10))))


LEASE = """
import fcntl, os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="leases are beyond POSIX: Linux has them")
def test_a_file_that_another_process_has_a_lease_on_is_held(tmp_path: Path) -> None:
    """As a file server has one on what it has lent: the opening would wait for it, and is told not to."""
    file = tmp_path / "x"
    file.write_bytes(b"content")
    command = [sys.executable, "-I", "-c", LEASE, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        if holder.stdout.readline().strip() != b"held":
            pytest.skip("this file system gives no leases")
        assert probe(str(file)) is Lock.HELD
        holder.communicate()
    assert probe(str(file)) is Lock.FREE


@pytest.mark.skipif(sys.platform != "linux", reason="not POSIX: the flags are those of Linux's file systems")
def test_a_file_that_a_flag_keeps_from_its_owner_is_held(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"content")
    changed = subprocess.run(["chattr", "+i", file], capture_output=True, check=False)
    if changed.returncode:
        pytest.skip("only root can become another user, and only some file systems have the flag")
    try:
        assert probe(str(file)) is Lock.HELD
        assert is_kept(str(file))
    finally:
        subprocess.run(["chattr", "-i", file], check=True)
    assert probe(str(file)) is Lock.FREE
    file.chmod(0o444)
    assert probe(str(file)) is Lock.FREE


@posix
@pytest.mark.parametrize("operation", [None, "remove", "rename"])
def test_what_nobody_holds_is_free_whatever_is_asked(tmp_path: Path, operation: str | None) -> None:
    (tmp_path / "x").touch()
    (tmp_path / "folder").mkdir()
    for name in ("x", "folder"):
        assert probe(str(tmp_path / name), operation) is Lock.FREE
        assert not is_kept(str(tmp_path / name))
    assert not is_kept(str(tmp_path / "missing"))
    assert sorted(os.listdir(tmp_path)) == ["folder", "x"]


def test_the_probe_s_own_file_goes_although_a_scanner_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is what happens to a fresh file on the machines that this is for."""
    refusals = [PermissionError(13, "Access is denied")] * 2
    unlink = os.unlink

    def held_at_first(path: str) -> None:
        if refusals:
            raise refusals.pop()
        unlink(path)

    monkeypatch.setattr(probe_module.os, "unlink", held_at_first)
    assert probe(str(tmp_path)) is Lock.FREE
    assert (refusals, os.listdir(tmp_path)) == ([], [])


def test_a_probe_s_file_that_stays_held_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(_path: str) -> None:
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(probe_module, "REMOVAL_LIMIT", 0.0)
    monkeypatch.setattr(probe_module.os, "unlink", held)
    assert probe(str(tmp_path)) is Lock.FREE
    (left,) = os.listdir(tmp_path)
    assert left.startswith(probe_module.PROBE_PREFIX)
