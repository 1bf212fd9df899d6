"""Guarded retries on one agent take turns: a lock of the system's, which ends with the process that holds it.

POSIX: `fcntl.lockf`, whose locks belong to a process and are not handed on to its children; Windows:
`msvcrt.locking`. So nobody has to tidy up after a guard that was killed.
"""

import os
import sys
import time
from collections.abc import Callable

from ci_guard.dataclass import dataclass

FILE = "turn.lock"
LOOK = 0.2  # seconds between two tries


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What waiting for a turn came to."""

    waited: float  # seconds
    has_it: bool  # False: it goes on without
    trouble: str | None = None  # why there are no turns here, if there are none


class Turns:
    """One process's part in it: take a turn, give it back."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file: int | None = None

    def take(
        self,
        limit: float,
        sleep: Callable[[float], bool],
        waiting: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> Turn:
        """Wait for the turn, `limit` seconds at the most; never raises.

        `waiting` is called once, if somebody else has it. `sleep(seconds)` returns True when the wait is to
        end at once.
        """
        began = clock()
        try:
            os.makedirs(self._folder, exist_ok=True)
            file = os.open(os.path.join(self._folder, FILE), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            return Turn(waited=0.0, has_it=False, trouble=str(error))
        told = False
        while not _try_lock(file):
            left = limit - (clock() - began)
            if not told:
                waiting()
                told = True
            if left <= 0 or sleep(min(LOOK, left)):
                os.close(file)
                return Turn(waited=clock() - began, has_it=False)
        self._file = file
        return Turn(waited=clock() - began if told else 0.0, has_it=True)

    def give_back(self) -> None:
        """Let the next one have it."""
        if self._file is not None:
            os.close(self._file)  # the lock ends with it
            self._file = None


def _try_lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
