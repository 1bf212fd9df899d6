"""Holding a tree of processes still on POSIX: SIGSTOP and SIGCONT, which no program can refuse.

If ci-guard dies meanwhile, even by SIGKILL, a shell that waits for the end of a pipe from us lets the tree go
on. It knows of each process before that is stopped, is apart from the terminal, and ignores the signals that
a CI agent sends to all.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable

assert sys.platform != "win32"  # also tells the type checker

from ci_guard.process._tree import Process  # noqa: E402 - there is none on Windows

LOOKS = 10  # at the tree until no process is found that still moves
SHELL = "/bin/sh"
WATCH = """trap '' HUP INT TERM QUIT
while read -r line; do pids=$line; done
for pid in $pids; do kill -CONT "$pid"; done"""


class Freezer:
    """Stops and continues the processes that `tree` finds."""

    def __init__(self, tree: Callable[[], list[Process]]) -> None:
        self._tree = tree
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._held: list[int] = []

    def hold(self) -> bool:
        """Hold all of them still; False where nobody could let them go on if we died."""
        if self._watchdog is None and not self._start_watchdog():
            return False
        for _ in range(LOOKS):
            new = [process.pid for process in self._tree() if process.pid not in self._held]
            if not new:
                break
            if not self._tell([*self._held, *new]):
                self.go_on()
                return False
            self._held += new
            _send(signal.SIGSTOP, new)
        return bool(self._held)

    def go_on(self) -> None:
        """Let all of them go on, the youngest first: a parent finds its children running."""
        if self._held:
            _send(signal.SIGCONT, reversed(self._held))
            self._held.clear()
            self._tell([])

    def close(self) -> None:
        """Let them go on, and the watchdog end."""
        self.go_on()
        if self._watchdog is not None:
            with self._watchdog as watchdog:
                assert watchdog.stdin is not None
                with contextlib.suppress(OSError):
                    watchdog.stdin.close()
            self._watchdog = None

    def _start_watchdog(self) -> bool:
        try:
            self._watchdog = subprocess.Popen(
                [SHELL, "-c", WATCH],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=os.sep,
                env={},
            )
        except OSError:
            return False
        return True

    def _tell(self, pids: Iterable[int]) -> bool:
        assert self._watchdog is not None
        assert self._watchdog.stdin is not None
        try:
            os.write(self._watchdog.stdin.fileno(), f"{' '.join(map(str, pids))}\n".encode())
        except OSError:  # it is gone
            return False
        return True


def _send(number: int, pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
