"""A lock for an ordinary user of Linux or macOS: the folder loses its write permission for a while."""

import stat
from pathlib import Path

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class ModeLock:
    """Takes the write permission from a folder of this user. Means nothing to root."""

    how = "somebody takes the write permission from the folder of the launchers"
    late = True  # a folder that was read-only before the attempt is a mistake in rights, not a lock

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mode: int | None = None

    def hold(self) -> None:
        """Take the permission. Raises OSError."""
        self._mode = stat.S_IMODE(self._folder.stat().st_mode)
        self._folder.chmod(self._mode & ~_WRITE)

    def release(self) -> None:
        """Give it back. Raises OSError."""
        if self._mode is not None:
            self._folder.chmod(self._mode)
            self._mode = None
