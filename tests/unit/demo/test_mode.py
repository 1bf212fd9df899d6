"""The lock by mode takes exactly the write permission, gives it back, and stops an ordinary user."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.demo.mode import ModeLock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def test_the_mode_is_taken_and_given_back_as_it_was(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    lock = ModeLock(tmp_path)
    lock.release()
    assert mode(tmp_path) == 0o775
    lock.hold()
    assert mode(tmp_path) == 0o555
    lock.release()
    lock.release()
    assert mode(tmp_path) == 0o775


@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="no mode stops root")
def test_an_ordinary_user_cannot_write_meanwhile(tmp_path: Path) -> None:
    lock = ModeLock(tmp_path)
    lock.hold()
    try:
        with pytest.raises(PermissionError):
            (tmp_path / "new").touch()
    finally:
        lock.release()
    assert subprocess.run(["touch", tmp_path / "new"]).returncode == 0
