"""Probing files and waiting for them, with real files that are really refused."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci_guard.recover.wait import Lock, probe, wait_until_free
from ci_guard.windows.paths import extended
from rig.holder import held

windows = pytest.mark.skipif(sys.platform != "win32", reason="share modes are Windows's")
LEAST, MOST = 3.0, 40.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="ETXTBSY is what POSIX says of a running program")


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.now += seconds
        return False


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, "subprocess.Popen[bytes]"]]:
    """A program file that is being executed: the kernel refuses to open it for writing."""
    program = tmp_path / "program"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    child = subprocess.Popen([program, "60"])
    yield program, child
    child.kill()
    child.wait()


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


@posix
def test_waiting_ends_when_the_file_comes_free(running: tuple[Path, "subprocess.Popen[bytes]"]) -> None:
    program, child = running
    clock = Clock()

    def sleep(seconds: float) -> bool:
        clock.sleep(seconds)
        if clock.now > LEAST * 2:
            child.kill()
            child.wait()
        return False

    wait = wait_until_free(str(program), LEAST, MOST, sleep, clock)
    assert wait.seen_held
    assert wait.free
    assert LEAST * 2 < wait.seconds < MOST


@posix
def test_a_file_that_stays_held_is_waited_for_no_longer_than_allowed(
    running: tuple[Path, "subprocess.Popen[bytes]"],
) -> None:
    clock = Clock()
    wait = wait_until_free(str(running[0]), LEAST, MOST, clock.sleep, clock)
    assert (wait.seen_held, wait.free) == (True, False)
    assert wait.seconds == pytest.approx(MOST)


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


@pytest.mark.parametrize("path", [None, "free"])
def test_a_file_that_nobody_has_seen_held_is_given_the_backoff(tmp_path: Path, path: str | None) -> None:
    clock = Clock()
    where = None if path is None else str(tmp_path / path)
    wait = wait_until_free(where, LEAST, MOST, clock.sleep, clock)
    assert (wait.seen_held, wait.free) == (False, False)
    assert wait.seconds == pytest.approx(LEAST)


def test_a_signal_ends_the_wait() -> None:
    clock = Clock()
    wait = wait_until_free(None, LEAST, MOST, lambda _: True, clock)
    assert wait.seconds == 0.0
