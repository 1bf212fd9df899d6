"""What the command is given to read, for each attempt of a run: what one has read, the next one reads again.

A terminal and a device are the command's own, a file is wound back. From a pipe an attempt gets exactly the
bytes that it reads: they are looked at without being taken, offered, and taken once the command has taken
them, so that what it leaves is still there for whoever reads after us (`while read`, the next command).
"""

import os
import stat
import sys
import threading
from collections.abc import Iterator, Sequence

from ci_guard.model.process import MIB
from ci_guard.process._interface import InputSource
from ci_guard.process._system import system

STDIN = 0
OTHERS = range(3, 64)  # where shells open what a line redirects: `3<file`; bash, `<(command)`, from 63 down
MOST_PIPES = 8  # each costs a thread; more of them are no input, but what somebody forgot to close
BY_NAME = ("/dev/fd/{}", "/proc/self/fd/{}")
KEPT_LIMIT = 8 * MIB  # what can be given again; ci-guard itself is to stay small
JOIN_SECONDS = 1.0  # a thread that the system does not let go of ends with the program


class Input:
    """What the attempts of one run have read of one of our descriptors."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._kept = bytearray()
        self._lost = False
        self._begun = False
        self._offset: int | None = None
        self._feeds = False
        try:
            mode = os.fstat(descriptor).st_mode
        except OSError:  # closed
            return
        self._feeds = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
        if stat.S_ISREG(mode):
            self._offset = os.lseek(descriptor, 0, os.SEEK_CUR)

    @property
    def kept(self) -> bool:
        """Whether all that was read can be read again."""
        return not self._lost

    @property
    def copy(self) -> bytes:
        """All that has been read so far."""
        return bytes(self._kept)

    def open(self) -> "Feed | None":
        """Prepare the input of the next attempt; None: it inherits ours."""
        if self._offset is not None and self._begun:
            os.lseek(self.descriptor, self._offset, os.SEEK_SET)
        self._begun = True
        return Feed(self, system.open_source(self.descriptor)) if self._feeds else None

    def keep(self, data: bytes) -> None:
        """Add what an attempt has read."""
        if len(self._kept) + len(data) > KEPT_LIMIT:
            self._lost = True
            self._kept.clear()
        if not self._lost:
            self._kept += data


class Feed:
    """The input of one attempt, and the thread that offers it."""

    def __init__(self, given: Input, source: InputSource) -> None:
        self._given = given
        self._source = source
        self._thread = threading.Thread(target=self._run, name=f"feed {given.descriptor}", daemon=True)

    @property
    def descriptor(self) -> int:
        """Which of the command's descriptors it is."""
        return self._given.descriptor

    @property
    def theirs(self) -> int:
        """The end from which the command reads."""
        return self._source.theirs

    def start(self) -> None:
        """Begin to offer."""
        self._thread.start()

    def close(self) -> None:
        """End it after the command: what it has left unread stays for others."""
        self._source.stop()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)
        self._source.close()

    def _run(self) -> None:
        try:
            if not self._source.write(self._given.copy):
                return
            while offered := self._source.offer():
                left = self._source.wait_until_taken()
                read = offered[: len(offered) - left]
                self._source.take(len(read))
                self._given.keep(read)
                if left:
                    return
            if offered is not None:
                self._source.end()
        except OSError:  # whoever wrote or read has gone
            return


def inputs(argv: Sequence[str]) -> tuple[Input, ...]:
    """Standard input, and what else we were given for the command to read."""
    return (Input(STDIN), *(Input(descriptor) for descriptor in _others(argv)))


def _others(argv: Sequence[str]) -> Iterator[int]:
    """Files and pipes that are open for reading alone, and are handed down.

    A pipe that is open for writing, too, as that of a job server (GNU make), is no input: who takes something
    from it puts it back. Where a pipe cannot be looked into, it must be one that the command line names.
    """
    if sys.platform == "win32":  # where a program is told of no other descriptor
        return
    files, readers, writers = [], {}, set()
    for descriptor in OTHERS:
        try:
            status = os.fstat(descriptor)
        except OSError:
            continue
        is_pipe = stat.S_ISFIFO(status.st_mode)
        if not (is_pipe or stat.S_ISREG(status.st_mode)) or not os.get_inheritable(descriptor):
            continue
        import fcntl  # opens a file: where there is something to ask

        access = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        if is_pipe and access != os.O_RDONLY:
            writers.add(status.st_ino)
        elif is_pipe and (sys.platform == "linux" or _names(argv, descriptor)):
            readers[descriptor] = status.st_ino
        elif not is_pipe and access == os.O_RDONLY:
            files.append(descriptor)
    yield from files
    pipes = [descriptor for descriptor, inode in readers.items() if inode not in writers]
    yield from (each for each in pipes if len(pipes) <= MOST_PIPES or _names(argv, each))


def _names(argv: Sequence[str], descriptor: int) -> bool:
    names = tuple(name.format(descriptor) for name in BY_NAME)
    return any(word.endswith(names) for word in argv)
