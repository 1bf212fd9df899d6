"""Standard input for each attempt of a run: what one has read, the next one reads again.

A terminal and a device are the command's own, a file is wound back. From a pipe an attempt gets exactly the
bytes that it reads: they are looked at without being taken, offered, and taken once the command has taken
them, so that what it leaves is still there for whoever reads after us (`while read`, the next command).
"""

import os
import stat
import threading

from ci_guard.model.process import MIB
from ci_guard.process._interface import InputSource
from ci_guard.process._system import system

STDIN = 0
KEPT_LIMIT = 8 * MIB  # what can be given again; ci-guard itself is to stay small
JOIN_SECONDS = 1.0  # a thread that the system does not let go of ends with the program


class StandardInput:
    """What the attempts of one run have read of our standard input."""

    def __init__(self, descriptor: int = STDIN) -> None:
        self._descriptor = descriptor
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
            os.lseek(self._descriptor, self._offset, os.SEEK_SET)
        self._begun = True
        return Feed(self, system.open_source(self._descriptor)) if self._feeds else None

    def keep(self, data: bytes) -> None:
        """Add what an attempt has read."""
        if len(self._kept) + len(data) > KEPT_LIMIT:
            self._lost = True
            self._kept.clear()
        if not self._lost:
            self._kept += data


class Feed:
    """The input of one attempt, and the thread that offers it."""

    def __init__(self, given: StandardInput, source: InputSource) -> None:
        self._given = given
        self._source = source
        self._thread = threading.Thread(target=self._run, name="feed stdin", daemon=True)

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
