"""Removing what is half done, although something may still hold a file of it."""

import os
import shutil
import stat
import time
from collections.abc import Callable

from ci_guard.windows.paths import prefixed

ROUNDS = 5
PAUSE = 0.2  # seconds between rounds; a scanner lets most files go within a second (tools that wait: pip 3 s)


def remove_tree(path: str, rounds: int = ROUNDS) -> bool:
    """Remove a folder with all below it, read-only files too; whether nothing of it is left."""
    path = prefixed(path)  # what is below it may be longer than it is
    for round_number in range(rounds):
        if round_number:
            time.sleep(PAUSE)
        shutil.rmtree(path, onerror=_writable_first)
        if not os.path.lexists(path):
            return True
    return False


def remove_file(path: str) -> bool:
    """Remove a file or a link; whether it is gone."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def prune(folder: str, stop: frozenset[str]) -> None:
    """Remove the folder and those above it while they are empty (byte code aside), up to one in `stop`."""
    while folder not in stop and os.path.dirname(folder) != folder:
        cache = os.path.join(folder, "__pycache__")
        try:
            if os.listdir(folder) == ["__pycache__"]:
                shutil.rmtree(cache)
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def _writable_first(function: Callable[..., object], path: str, _error: object) -> None:
    """On Windows a read-only file cannot be removed, on POSIX not out of a read-only folder."""
    try:
        os.chmod(os.path.dirname(path), stat.S_IRWXU)
        if not os.path.islink(path):
            os.chmod(path, stat.S_IRWXU)
        if function in (os.unlink, os.rmdir, os.remove):
            function(path)
    except OSError:
        return  # the next round, or the caller, sees that it is still there
