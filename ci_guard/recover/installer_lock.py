"""The lock that an installer itself takes while it works: while we hold it, no other of its kind is at work.

A file that is locked by the system, whose lock ends with the process (`flock`; on Windows the first byte):
uv, pipx, pre-commit, cargo. Or a folder that its owner touches each second: npx. What is not there is free.
Source: uv-fs/src/locked_file.rs; the package `filelock`; pre_commit/file_lock.py; cargo
src/cargo/util/flock.rs; npm/cli workspaces/libnpmexec/lib/with-lock.js.
"""

import errno
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from ci_guard.machine.held import LONG, patiently

STALE = 10.0  # seconds after which a folder is a dead owner's
# a file system without locks: there the installer goes on without, too
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})


@contextmanager
def taken(paths: Iterable[str], inside: str, limit: float = LONG) -> Iterator[str | None]:
    """Hold these locks; gives the first that somebody else has had for `limit` seconds, None: all are ours.

    `inside`: the folder that may be removed meanwhile. On Windows a file of it that is open would stay, so
    that a lock in there is waited for and let go.
    """
    with ExitStack() as stack:
        yield next((path for path in paths if not _take(path, inside, limit, stack)), None)


def _take(path: str, inside: str, limit: float, stack: ExitStack) -> bool:
    try:
        if os.path.isdir(path):
            patiently(lambda: _wait_for_folder(path), limit=limit)
            return True
        file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError as error:
        return error.errno != errno.EBUSY  # what may not be written here cannot be asked either
    try:
        patiently(lambda: _lock(file), limit=limit)
    except OSError as error:
        os.close(file)
        return error.errno in _NO_LOCKS
    if sys.platform == "win32" and os.path.normcase(path).startswith(os.path.normcase(inside) + os.sep):
        os.close(file)
    else:
        stack.callback(os.close, file)  # the lock ends with it
    return True


def _wait_for_folder(path: str) -> None:
    """Raises OSError while somebody keeps the folder fresh."""
    try:
        age = time.time() - os.stat(path).st_mtime
    except OSError:
        return
    if abs(age) < STALE:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), path)


def _lock(file: int) -> None:
    """Raises OSError while somebody else has it."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 0, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY)) from error
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
