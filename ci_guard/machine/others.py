"""Whether a file is held by the command's own processes alone, as far as the system tells."""

import os
import sys
from collections.abc import Collection
from enum import Enum

PROC = "/proc"


class Users(Enum):
    """Who has a file open, seen from a command."""

    ITSELF = "itself"  # its own processes, and nobody else
    OTHERS = "others"  # somebody else, too, or nobody
    UNTOLD = "untold"  # the system does not tell
    GONE = "gone"  # there is no such file


def users_beside(path: str, pids: Collection[int]) -> Users:
    """Ask Windows who has the file, which is in nobody's way: what opens only its attributes shares all."""
    if sys.platform != "win32":
        return Users.UNTOLD
    else:  # noqa: RET505 - the type checker asks for it
        from ci_guard.windows.opening import users_of

        told = users_of(path)  # ourselves as well, where the system tells
        if told is None:
            return Users.GONE
        if not told:
            return Users.UNTOLD
        using = told - {os.getpid()}
        return Users.ITSELF if using and using <= set(pids) else Users.OTHERS


def held_by_these_alone(path: str, pids: Collection[int]) -> bool:
    """Whether some of these processes have the file open, or run it, and nobody else is known to.

    False where the system cannot say, and where a filter driver refuses the file, which needs no handle.
    """
    if sys.platform == "win32":
        return _alone_on_windows(path, pids)
    return any(_has_open(path, pid) for pid in pids)


def holders_of(path: str, but: Collection[int]) -> tuple[str, ...]:
    """The programs that have the file open, each as `name (pid 7)`, without those; empty where none is named.

    Windows's Restart Manager or Linux's /proc is asked; neither sees a filter driver. Never raises.
    """
    if sys.platform == "win32":
        from ci_guard.machine._holders import holders

        try:
            return tuple(each for each in holders(path) if not any(f"(pid {pid})" in each for pid in but))
        except OSError:
            return ()
    else:
        try:
            others = [int(name) for name in os.listdir(PROC) if name.isdigit()]
        except OSError:
            return ()
        ours = {*but, os.getpid()}
        return tuple(
            f"{_name_of(pid)} (pid {pid})" for pid in others if pid not in ours and _has_open(path, pid)
        )


def _name_of(pid: int) -> str:
    try:
        with open(f"{PROC}/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "a program"


def _alone_on_windows(path: str, pids: Collection[int]) -> bool:
    if sys.platform != "win32":
        return False
    else:  # noqa: RET505 - the type checker asks for it
        from ci_guard.model.error_numbers import SHARING_STATUSES
        from ci_guard.windows.opening import open_status
        from ci_guard.windows.rights import DELETE

        if open_status(path, DELETE) not in SHARING_STATUSES:
            return False
        users = users_beside(path, pids)
        return _named_alone(path, pids) if users is Users.UNTOLD else users is Users.ITSELF


def _named_alone(path: str, these: Collection[int]) -> bool:
    """The same by the Restart Manager, which takes its time: for drives of which nothing else tells."""
    if sys.platform != "win32":
        return False
    else:  # noqa: RET505 - the type checker asks for it
        from ci_guard.machine._holders import pids

        try:
            using = pids(path) - {os.getpid()}
        except OSError:
            return False
        return bool(using) and using <= set(these)


def _has_open(path: str, pid: int) -> bool:
    """Linux tells of each descriptor and of the program itself; other systems do not."""
    folder = f"{PROC}/{pid}/fd"
    try:
        links = [f"{PROC}/{pid}/exe", *(f"{folder}/{name}" for name in os.listdir(folder))]
    except OSError:  # it has ended, or is another user's, or there is no such folder
        return False
    real = os.path.realpath(path)
    return any(_target(link) == real for link in links)


def _target(link: str) -> str | None:
    try:
        return os.readlink(link)
    except OSError:
        return None
