"""The lock of Windows: nobody can open, replace or remove the file, and it is gone in the end."""

import sys
from pathlib import Path

import pytest

from ci_guard.demo.windows import SharingLock

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="sharing violations are Windows's own")
SHARING_VIOLATION = 32


def test_the_file_is_held_and_then_gone(tmp_path: Path) -> None:
    launcher = tmp_path / "demo-app.exe"
    lock = SharingLock(launcher)
    lock.hold()
    try:
        assert launcher.exists()
        with pytest.raises(PermissionError):
            launcher.read_bytes()  # `open` asks the C library, which tells no number of Windows
        for refused in (launcher.unlink, lambda: launcher.replace(tmp_path / "x")):
            with pytest.raises(PermissionError) as caught:
                refused()
            assert getattr(caught.value, "winerror", None) == SHARING_VIOLATION
    finally:
        lock.release()
        lock.release()
    assert not launcher.exists()


def test_a_file_that_cannot_be_held_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be locked"):
        SharingLock(tmp_path / "no folder" / "demo-app.exe").hold()
