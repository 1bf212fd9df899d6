"""Removing what is half done, although something may still hold a file of it."""

import errno
import os
import stat
from collections.abc import Callable

from ci_guard.machine.held import LONG, patiently
from ci_guard.windows.paths import prefixed


def remove_tree(path: str, limit: float = LONG) -> bool:
    """Remove a folder with all below it, read-only files too; whether nothing of it is left.

    `limit`: seconds for which a holder is waited for.
    """
    import shutil  # with what it imports seven files, where there is something to remove

    path = prefixed(path)  # what is below it may be longer than it is

    def once() -> None:
        refused: list[OSError] = []

        def note(function: Callable[..., object], name: str, error: object) -> None:
            _writable_first(path, function, name)
            if isinstance(error, tuple) and isinstance(error[1], OSError):
                refused.append(error[1])

        shutil.rmtree(path, onerror=note)
        if os.path.lexists(path):
            raise refused[0] if refused else OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)

    return _is_done(once, limit)


def remove_file(path: str, limit: float = LONG) -> bool:
    """Remove a file or a link; whether it is gone."""

    def once() -> None:
        try:
            os.unlink(path)
        except FileNotFoundError:
            return

    return _is_done(once, limit)


def _is_done(act: Callable[[], None], limit: float) -> bool:
    try:
        patiently(act, limit=limit)
    except (OSError, ValueError, RecursionError):  # also of a path that none is, and of folders without end
        return False
    return True


def prune(folder: str, stop: frozenset[str]) -> None:
    """Remove the folder and those above it while they are empty (byte code aside), up to one in `stop`."""
    while folder not in stop and os.path.dirname(folder) != folder:
        cache = os.path.join(folder, "__pycache__")
        try:
            within = os.listdir(folder)
            if within == ["__pycache__"]:
                import shutil  # as above

                patiently(lambda cache=cache: shutil.rmtree(cache))  # type: ignore[misc]
            elif within:
                return
            patiently(lambda folder=folder: os.rmdir(folder))  # type: ignore[misc]
        except OSError:
            return
        folder = os.path.dirname(folder)


def _writable_first(top: str, function: Callable[..., object], path: str) -> None:
    """On Windows a read-only file cannot be removed, on POSIX not out of a read-only folder.

    What is above `top` is the user's: its rights stay. What could not be removed loses none.
    """
    try:
        if path != top:
            _let_owner(os.path.dirname(path))
        if not os.path.islink(path):
            _let_owner(path)
        if function in (os.unlink, os.rmdir, os.remove):
            function(path)
    except OSError:
        return  # the next round, or the caller, sees that it is still there


def _let_owner(path: str) -> None:
    os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) | stat.S_IRWXU)
