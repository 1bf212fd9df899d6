"""Every process that came from one command, on POSIX: its group, its descendants, the bearers of its mark.

A process that has left the group and lost its parent is still found by the mark in its environment (Linux),
as Jenkins finds what a build left behind, and one without its environment (`env -i setsid`) by the pipe of
ours that it writes to. A pid alone proves nothing: it is compared with the start time.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator

from ci_guard.dataclass import dataclass

assert sys.platform != "win32"  # also tells the type checker

PROC = "/proc"
# after the name in /proc/PID/stat, see proc(5)
STATE, PARENT, GROUP, STARTED = 0, 1, 2, 19
HUNT_LIMIT = 2.0  # seconds
NEWBORN_LOOKS = 200
QUIET_LOOKS = 3  # a listing of /proc is no snapshot: where numbers begin anew, it can miss a link
OUTPUTS = (1, 2)
GONE = "ZX"  # a zombie waits for its parent only


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is alive."""

    pid: int
    parent: int
    group: int
    born: str  # start time, in whatever form the system tells it


class Tree:
    """The processes of one command; it learns of new ones at each look and forgets those that have ended."""

    def __init__(
        self,
        root: int,
        *,
        own_group: bool,
        mark: str,
        parent: int | None = None,
        pipes: frozenset[str] = frozenset(),
    ) -> None:
        """Begin with `root`, the direct child of `parent` (us); `mark` is `NAME=value` in its environment.

        `pipes`: what its output goes to, as `pipe_name` says it.
        """
        self._root = root
        self._parent = os.getpid() if parent is None else parent
        self._own_group = own_group
        name, _, value = mark.partition("=")
        self._mark = (name.encode() + b"=", value.encode())
        self._pipes = pipes
        self._known: dict[int, str] = {}  # pid -> start time
        self._seen: set[int] = set()  # all that the last look has seen

    def refresh(self) -> list[Process]:
        """Look at the whole machine; return the tree as it is now."""
        table = {process.pid: process for process in living()}
        self._seen = set(table)
        children: dict[int, list[Process]] = {}
        for process in table.values():
            children.setdefault(process.parent, []).append(process)
        us = table.get(os.getpid())
        tree = [process for process in table.values() if self._belongs(process, us)]
        found = {process.pid for process in tree}
        for process in tree:  # grows while we walk
            new = [child for child in children.get(process.pid, ()) if child.pid not in found]
            tree += new
            found.update(child.pid for child in new)
        self._known = {process.pid: process.born for process in tree}
        return tree

    def remains(self) -> bool:
        """Whether any of them is alive."""
        if any(_is_alive(pid, born) for pid, born in self._known.items()):
            return True
        return bool(self.refresh()) or self._newborn() is not None

    def send(self, number: int) -> None:
        """Send a signal to all of them, to each one once."""
        tree = self.refresh()
        if self._own_group:
            # macOS answers EPERM when only zombies are left
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._root, number)
        for process in tree:
            if not (self._own_group and process.group == self._root):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, number)

    def kill(self) -> None:
        """Kill all of them, and what is born meanwhile."""
        self.send(signal.SIGKILL)
        until = time.monotonic() + HUNT_LIMIT
        while (pid := self._newborn()) is not None and time.monotonic() < until:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _newborn(self) -> int | None:
        """A bearer of the mark that was born since the last full look.

        A chain in which each process forks the next and ends is faster than a full look. Nothing is left of
        it once no process is new.
        """
        if not os.path.exists(f"{PROC}/self/environ"):
            return None
        quiet = 0
        for _ in range(NEWBORN_LOOKS):
            there = {int(name) for name in os.listdir(PROC) if name.isdecimal()}
            new = there - self._seen
            for pid in new:
                if self._carries_mark(pid) or self._writes_to_us(pid):
                    return pid
            self._seen = there  # the number of one that has ended is given again
            quiet = 0 if new else quiet + 1
            if quiet == QUIET_LOOKS:
                return None
        return None

    def _belongs(self, process: Process, us: Process | None) -> bool:
        if process.pid == self._root and process.parent == self._parent:
            return True
        if self._own_group and process.group == self._root:
            return True
        if self._known.get(process.pid) == process.born or self._carries_mark(process.pid):
            return True
        # what is older than we are has been given the pipe: a server that a client of it lets write there
        younger = us is not None and process.born.isdecimal() and int(process.born) >= int(us.born)
        return younger and self._writes_to_us(process.pid)

    def _carries_mark(self, pid: int) -> bool:
        name, value = self._mark
        with contextlib.suppress(OSError), open(f"{PROC}/{pid}/environ", "rb") as file:
            for entry in file.read().split(b"\0"):
                if entry.startswith(name):
                    return value in entry[len(name) :].split(b":")
        return False

    def _writes_to_us(self, pid: int) -> bool:
        return bool(self._pipes) and any(pipe_name(each, pid) in self._pipes for each in OUTPUTS)


def pipe_name(descriptor: int | str, pid: int | str = "self") -> str | None:
    """What tells a pipe from every other one of the machine; None for what is none, or does not tell."""
    with contextlib.suppress(OSError):
        name = os.readlink(f"{PROC}/{pid}/fd/{descriptor}")
        return name if name.startswith("pipe:") else None
    return None


def living() -> Iterator[Process]:
    """Yield every process of the machine that is alive, without our own helper of the moment."""
    return _from_proc() if os.path.exists(f"{PROC}/self/stat") else _from_ps()


def _from_proc() -> Iterator[Process]:
    for name in os.listdir(PROC):
        if name.isdecimal() and (process := _read_stat(int(name))):
            yield process


def _read_stat(pid: int) -> Process | None:
    try:
        with open(f"{PROC}/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].decode("ascii").split()
    except OSError:  # ended in the meantime
        return None
    if not fields or fields[STATE] in GONE:
        return None
    return Process(pid, int(fields[PARENT]), int(fields[GROUP]), fields[STARTED])


def _from_ps() -> Iterator[Process]:
    import subprocess

    with subprocess.Popen(
        ["ps", "-axo", "pid=,ppid=,pgid=,stat=,lstart="], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as ps:
        output = ps.communicate()[0].decode("ascii", "replace")
    for line in output.splitlines():
        pid, parent, group, state, born = line.split(None, 4)
        if state[0] not in GONE and int(pid) != ps.pid:
            yield Process(int(pid), int(parent), int(group), born)


def _is_alive(pid: int, born: str) -> bool:
    if os.path.exists(f"{PROC}/self/stat"):
        process = _read_stat(pid)
        return process is not None and process.born == born
    return any(process.pid == pid and process.born == born for process in living())
