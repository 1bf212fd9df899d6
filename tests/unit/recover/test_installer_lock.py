"""The locks of installers: held by somebody else they are waited for, and then nothing is repaired."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ci_guard.machine.held import waiting
from ci_guard.recover.installer_lock import taken
from ci_guard.recover.python.environment import UV_LOCK
from ci_guard.recover.python.target import TargetKind
from unit.recover.drive import examine, mend

HOLDER = """
import os, sys
file = os.open(sys.argv[1], os.O_RDWR)
if os.name == "nt":
    import msvcrt
    msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl
    fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process has the lock."""
    path.touch()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        if holder.stdin is not None:
            holder.stdin.close()


@pytest.fixture(autouse=True)
def no_patience() -> Iterator[None]:
    """The first wait is the last."""
    with waiting(lambda _seconds: True):
        yield


def test_a_lock_that_somebody_has_is_named_and_one_of_a_dead_owner_is_ours(tmp_path: Path) -> None:
    lock = tmp_path / UV_LOCK
    with held(lock), taken([str(tmp_path / "not there"), str(lock)], str(tmp_path / "else")) as theirs:
        assert theirs == str(lock)
    with taken([str(lock)], str(tmp_path / "else")) as theirs:
        assert theirs is None


def test_while_we_hold_it_nobody_else_gets_it(tmp_path: Path) -> None:
    lock = tmp_path / UV_LOCK
    lock.touch()
    with taken([str(lock)], str(tmp_path / "else")), taken([str(lock)], str(tmp_path / "else")) as theirs:
        assert theirs == str(lock)
    with taken([str(lock)], str(tmp_path / "else")) as theirs:
        assert theirs is None


def test_it_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / UV_LOCK
    with held(lock) as holder:

        def let_go(_seconds: float) -> bool:
            assert holder.stdin is not None
            holder.stdin.close()
            holder.wait()
            return False

        with waiting(let_go), taken([str(lock)], str(tmp_path / "else")) as theirs:
            assert theirs is None


def test_a_folder_is_a_lock_while_its_owner_touches_it(tmp_path: Path) -> None:
    lock = tmp_path / "concurrency.lock"
    lock.mkdir()
    with taken([str(lock)], str(tmp_path)) as theirs:
        assert theirs == str(lock)
    os.utime(lock, (1, 1))
    with taken([str(lock)], str(tmp_path)) as theirs:
        assert theirs is None


def test_nothing_is_repaired_where_another_uv_is_at_work(environment, begun) -> None:
    info = environment.install("app")
    (info / "INSTALLER").unlink()
    target = environment.target(TargetKind.PROJECT)
    lock = environment.prefix / UV_LOCK
    with held(lock):
        left = mend([target], begun)
        assert examine([target], begun).whole is False  # it is looked at all the same
    assert (left.repairs, left.busy) == ((), (str(lock),))
    assert info.exists()

    assert [each.project for each in mend([target], begun).repairs] == ["app"]
    assert lock.exists()


def test_an_environment_is_thrown_away_with_the_lock_in_it(environment, begun) -> None:
    (environment.prefix / UV_LOCK).touch()
    (environment.prefix / "pyvenv.cfg").unlink()
    assert mend([environment.target(TargetKind.PROJECT)], begun).repairs
    assert not environment.prefix.exists()
