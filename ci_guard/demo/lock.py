"""How the launcher of the demonstration is locked: the choice for this machine, and the timing.

A lock is real: the operating system itself refuses the write; nothing in pip or in ci-guard is told of it.
"""

import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Protocol

from ci_guard.errors import GuardError

FAILURE = "Could not install packages"  # pip, _internal/commands/install.py, create_os_error_message
HOLD_SECONDS = 1.5  # from the first failure on: shorter than the pause before the second attempt
POLL_SECONDS = 0.01
REFUSED = "the demonstration cannot lock a file on this machine"


class Lock(Protocol):
    """Something that keeps an installer from writing a launcher."""

    how: str  # what refuses the write, for people
    late: bool  # has to be taken after the attempt has begun

    def hold(self) -> None:
        """Take the lock. Raises OSError."""

    def release(self) -> None:
        """Let go; does nothing if the lock is not held. Raises OSError."""


def choose_lock(*, environment: Path, launcher: Path, site: Path) -> Lock:
    """The lock that works here: `launcher` is what will be refused, in the virtual environment `environment`.

    Raises GuardError where no lock works: for root, mode bits mean nothing, so the kernel has to help.
    """
    if sys.platform == "win32":
        from ci_guard.demo.windows import SharingLock

        return SharingLock(launcher)
    if os.geteuid() != 0:
        from ci_guard.demo.mode import ModeLock

        return ModeLock(launcher.parent)
    from ci_guard.demo import landlock

    if not landlock.version():
        raise GuardError(
            f"{REFUSED}: root may write everywhere, and this kernel offers no Landlock",
            hint="run `ci-guard demo` as an ordinary user",
        )
    return landlock.LandlockLock(environment=environment, folder=launcher.parent, site=site)


class Scanner:
    """Plays the antivirus during one command: holds the lock until `HOLD_SECONDS` after the first failure.

    A context manager. `log` is the file that pip writes its log to (PIP_LOG); it tells when pip begins and
    when it has failed.
    """

    def __init__(self, lock: Lock, log: Path) -> None:
        self._lock = lock
        self._log = log
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> None:
        if not self._lock.late:
            self._lock.hold()
        self._thread.start()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._lock.release()

    def _play(self) -> None:
        if self._lock.late:
            if not self._seen(""):
                return
            self._lock.hold()
        if self._seen(FAILURE):
            self._over.wait(HOLD_SECONDS)
        self._lock.release()

    def _seen(self, text: str) -> bool:
        """Wait until the log is there and holds the text; False if the command ended before."""
        while not self._over.wait(POLL_SECONDS):
            try:
                if text in self._log.read_text("utf-8", "replace"):
                    return True
            except OSError:  # not there yet; on Windows also: being written
                continue
        return False
