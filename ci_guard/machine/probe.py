"""Probing a path: does somebody hold it now? Changes nothing, and opens a file only as far as it must."""

import errno
import os
import stat
import sys
import time
from enum import Enum

from ci_guard.model.error_numbers import HELD_ERRNOS, HELD_STATUSES, SHARING_STATUSES, STATUS_SUCCESS
from ci_guard.random_name import random_word
from ci_guard.windows.paths import extended
from ci_guard.windows.rights import DELETE, READ_DATA, REMOVAL, REPLACEMENT, WRITE_DATA, needed

PROBE_PREFIX = ".ci-guard-probe-"  # of the file that is made to see whether a folder takes one
REMOVAL_LIMIT, REMOVAL_PAUSE = 1.0, 0.2  # seconds


class Lock(Enum):
    """What a probe says of a path."""

    HELD = "held"
    FREE = "free"
    UNKNOWN = "unknown"  # not there, or not to be opened for a reason that time does not change


def probe(path: str, operation: str | None = None) -> Lock:
    """Ask whether the file, or for a folder or a missing file its folder, may be written now.

    `operation`: what was refused. Windows refuses by what a holder shares: what may be read cannot always be
    deleted.
    """
    path = extended(path)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return _probe_folder(os.path.dirname(path) or ".")
    except OSError:
        return Lock.UNKNOWN
    word = (operation or "").lower()
    if sys.platform != "win32" and word in REMOVAL | REPLACEMENT:
        # a name goes by the rights on the folder that it stands in
        folder = _probe_folder(os.path.dirname(path) or ".")
        if folder is Lock.HELD:
            return folder
    if stat.S_ISDIR(status.st_mode):
        goes = sys.platform == "win32" and word in REMOVAL | REPLACEMENT
        return _probe_windows(path, word) if goes else _probe_folder(path)
    if not stat.S_ISREG(status.st_mode):
        return Lock.UNKNOWN
    return _probe_windows(path, word) if sys.platform == "win32" else _probe_file(path)


def is_kept(path: str) -> bool:
    """Whether somebody keeps an existing file or folder from being renamed, replaced or removed now.

    Makes nothing, unlike `probe`, so that it may be asked often. On Windows the question is an opening, and
    for its moment a program that does not share the removal of its own file is refused. On POSIX a folder is
    never kept.
    """
    path = extended(path)
    if sys.platform == "win32":
        from ci_guard.windows.opening import open_status

        return open_status(path, DELETE) in HELD_STATUSES
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode):
        return False
    if not os.access(path, os.W_OK):
        return _is_refused_to_its_owner(path)
    return _probe_file(path) is Lock.HELD


def _probe_file(path: str) -> Lock:
    if not os.access(path, os.W_OK):
        if _is_refused_to_its_owner(path):
            return Lock.HELD
        # a read-only file is replaced and removed by the rights on its folder
        return _probe_folder(os.path.dirname(path) or ".")
    try:
        # O_NONBLOCK: a lease that another process holds answers at once instead of waiting
        os.close(os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        return _refusal(error)
    return Lock.FREE


def _is_refused_to_its_owner(path: str) -> bool:
    """Whether we may write it by owner and mode, and are told EPERM: a flag of the file, ioctl_iflags(2)."""
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - the type checker asks for it
        try:
            status = os.lstat(path)
            if os.geteuid() not in (0, status.st_uid) or not status.st_mode & stat.S_IWUSR:
                return False
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        except OSError as error:
            return error.errno == errno.EPERM
        return False


def _probe_folder(folder: str) -> Lock:
    """Whether a file can be made in the folder; made, it is removed at once."""
    if not os.path.isdir(folder):
        return Lock.UNKNOWN
    path = os.path.join(folder, PROBE_PREFIX + random_word())
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR))
    except OSError as error:
        return _refusal(error)
    _remove(path)
    return Lock.FREE


def _refusal(error: OSError) -> Lock:
    return Lock.HELD if error.errno in HELD_ERRNOS else Lock.UNKNOWN


def _remove(path: str) -> None:
    """The probe's own file may be scanned, and so held, itself."""
    deadline = time.monotonic() + REMOVAL_LIMIT
    while True:
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() >= deadline:
                return
            time.sleep(REMOVAL_PAUSE)
        else:
            return


def _probe_windows(path: str, operation: str) -> Lock:
    """Open with the rights that the operation needs and share all: refused by what a holder does not share.

    What goes is opened for writing too: a running program opens for deletion, and is not deleted yet.
    """
    rights = needed(operation, exists=True).path if operation else DELETE | READ_DATA
    if sys.platform != "win32":
        return Lock.UNKNOWN
    else:  # noqa: RET505 - the type checker asks for it
        from ci_guard.windows.opening import open_status

        refused = open_status(path, rights)
        if refused != STATUS_SUCCESS:
            return Lock.HELD if refused in HELD_STATUSES else Lock.UNKNOWN
        if rights & DELETE and os.path.isfile(path) and open_status(path, WRITE_DATA) in SHARING_STATUSES:
            return Lock.HELD
        return Lock.FREE
