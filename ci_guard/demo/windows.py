"""A lock for Windows: another process holds a left-over launcher open and shares nothing.

The left-over file is marked for deletion, so that it is gone when the holder ends, as a file is that a
scanner still looks at when its owner has deleted it.
"""

import subprocess
import sys
from pathlib import Path

_READY = "ready"
_END_SECONDS = 10
# sys.argv[1]: the file. Numbers from winnt.h and fileapi.h; ends when its standard input does
_HOLDER = f"""
import ctypes, sys
from ctypes import wintypes
kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.CreateFileW.restype = wintypes.HANDLE
read_and_delete, share_nothing, create_always, delete_on_close = 0x80010000, 0, 2, 0x04000000
handle = kernel.CreateFileW(
    sys.argv[1], read_and_delete, share_nothing, None, create_always, delete_on_close, None
)
if handle == wintypes.HANDLE(-1).value:
    raise ctypes.WinError(ctypes.get_last_error())
print("{_READY}", flush=True)
sys.stdin.read()
"""


class SharingLock:
    """Holds the launcher in a process of its own."""

    how = "another process holds a left-over launcher open and shares it with nobody"
    late = False

    def __init__(self, launcher: Path) -> None:
        self._launcher = launcher
        self._holder: subprocess.Popen[str] | None = None

    def hold(self) -> None:
        """Take the file. Raises OSError if that does not work."""
        self._holder = subprocess.Popen(
            [sys.executable, "-I", "-c", _HOLDER, self._launcher],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline().strip() != _READY:
            self.release()
            raise OSError(f"`{self._launcher}` could not be locked")

    def release(self) -> None:
        """Let go of the file, which is deleted by that."""
        holder, self._holder = self._holder, None
        if holder is not None:
            holder.communicate(timeout=_END_SECONDS)
