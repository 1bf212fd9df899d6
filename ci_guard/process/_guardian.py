"""The command never outlives its guard (POSIX): a second process that waits for our end, however it comes.

It holds the reading end of a pipe whose other end only we have. When that closes without a word, we were
killed, and it kills what carries our mark, is in the command's group, or came from either. PR_SET_PDEATHSIG
would follow one thread's end and the command alone, and is cleared where a program gains rights (prctl(2)).
It is a fork without a new program: nothing is opened or imported, which costs a millisecond.
"""

import contextlib
import os
import signal
import sys
import time
import warnings

from ci_guard.process import _tree

assert sys.platform != "win32"  # also tells the type checker

DISMISSED = b"."
MOST_DESCRIPTORS = 65536
LOOK_SECONDS = 0.02
LOOKING_SECONDS = 5.0  # for what is born while we kill
QUIET_LOOKS = 5  # a command that was only just being started carries its mark a moment later
NOT_IGNORED = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}


class Guardian:
    """The process that survives us, for one attempt; begun before the command is started."""

    def __init__(self, *, own_group: bool, mark: str, pipes: frozenset[str]) -> None:
        """Go without where the system lets us have no further process: `remark` says so."""
        self.remark: tuple[str, ...] = ()
        reader, self._writer = os.pipe()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", DeprecationWarning
                )  # of forks beside threads: it takes no lock
                self._pid = os.fork()
        except OSError as error:
            self._pid = -1
            self.remark = (f"if ci-guard is killed, the command may live on ({error.strerror})",)
        if not self._pid:
            try:
                _watch(reader, own_group=own_group, mark=mark, pipes=pipes)
            finally:
                os._exit(0)
        os.close(reader)

    def tell(self, pid: int) -> None:
        """Say which process the command is."""
        self._write(b"%d\n" % pid)

    def dismiss(self) -> None:
        """Let it go: what is left of the command lives on."""
        self._write(DISMISSED)
        os.close(self._writer)
        if self._pid > 0:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, 0)

    def _write(self, message: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # somebody has killed it
            os.write(self._writer, message)


def _watch(reader: int, *, own_group: bool, mark: str, pipes: frozenset[str]) -> None:
    os.setsid()  # what is sent to our group or typed at our terminal is not meant for it
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - NOT_IGNORED:
        signal.signal(number, signal.SIG_IGN)
    close_all_but({reader})
    guard = os.getppid()
    told = b""
    tree: _tree.Tree | None = None
    while message := os.read(reader, 64):
        told += message
        if DISMISSED in told:
            return
        if told.endswith(b"\n"):
            tree = _tree.Tree(int(told), own_group=own_group, mark=mark, parent=guard, pipes=pipes)
            if not os.path.exists(f"{_tree.PROC}/self/environ"):
                tree.refresh()  # without marks a process must have been seen while its parent lived
    _kill(tree or _tree.Tree(-1, own_group=False, mark=mark, parent=guard, pipes=pipes))


def _kill(tree: _tree.Tree) -> None:
    until = time.monotonic() + LOOKING_SECONDS
    quiet = 0
    while quiet < QUIET_LOOKS and time.monotonic() < until:
        tree.kill()
        quiet = 0 if tree.remains() else quiet + 1
        time.sleep(LOOK_SECONDS)


def close_all_but(kept: set[int]) -> None:
    """Close every descriptor but these."""
    first = 0
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, _most_descriptors())


def _most_descriptors() -> int:
    try:
        return min(os.sysconf("SC_OPEN_MAX"), MOST_DESCRIPTORS)
    except (OSError, ValueError):
        return MOST_DESCRIPTORS
