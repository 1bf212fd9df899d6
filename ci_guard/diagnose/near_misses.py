"""Hears of the locks that a tool survives, while its output passes; keeps out of it what was asked for us.

A line that begins like such chatter is held back until it is told apart, so that all else passes at once.
"""

import os
import time
from collections.abc import Callable, Sequence

from ci_guard.expression import expression
from ci_guard.model.history import NearMiss
from ci_guard.model.knowledge import Telling

LINE_LIMIT = 4096  # bytes of a line that are read
FILES_LIMIT = 1000  # files that are told apart
# at the end of what has come also a part of one
_COLOUR = expression(rb"\x1b\[[0-9;]*m|\x1b(?:\[[0-9;]*)?\Z")


class Listener:
    """One stream of one attempt."""

    def __init__(
        self,
        tellings: Sequence[Telling],
        chatter: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`chatter`: how lines begin that are not to be shown."""
        self._patterns = [expression(telling.pattern) for telling in tellings]
        self._chatter = [start.encode() for start in chatter]
        self._clock = clock
        self._line = bytearray()
        self._shown: bool | None = None  # of the line that has begun; None: not told apart yet
        self._heard: dict[str, NearMiss] = {}

    @property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """What was heard so far, by file, in the order of the first time."""
        return tuple(self._heard.values())

    def pass_on(self, chunk: bytes) -> bytes:
        """What of the next bytes, and of those that were held back, is to be shown."""
        return b"".join(self._piece(piece) for piece in chunk.splitlines(keepends=True))

    def rest(self) -> bytes:
        """What is still held back at the end of the stream."""
        held = bytes(self._line) if self._shown is None else b""
        self._line.clear()
        return held

    def _piece(self, piece: bytes) -> bytes:
        ended = piece.endswith(b"\n")
        told_apart = self._shown is not None
        self._line += piece[: max(0, LINE_LIMIT - len(self._line))]
        if not told_apart:
            self._shown = self._is_shown(ended=ended)
        shown = b""
        if self._shown:
            shown = piece if told_apart else bytes(self._line) + piece[len(self._line) :]
        if ended:
            self._hear(_COLOUR.sub(b"", bytes(self._line)).decode("utf-8", "replace").strip())
            self._line.clear()
            self._shown = None
        return shown

    def _is_shown(self, *, ended: bool) -> bool | None:
        plain = _COLOUR.sub(b"", bytes(self._line))
        if any(plain.startswith(start) for start in self._chatter):
            return False
        if not ended and any(start.startswith(plain) for start in self._chatter):
            return None
        return True

    def _hear(self, line: str) -> None:
        for pattern in self._patterns:
            match = pattern.search(line)
            if match is None:
                continue
            now, file = self._clock(), os.path.normpath(match["path"])
            before = self._heard.get(file)
            if before is not None:
                self._heard[file] = NearMiss(
                    file=file, tries=before.tries + 1, seconds=now - before.started, started=before.started
                )
            elif len(self._heard) < FILES_LIMIT:
                self._heard[file] = NearMiss(file=file, tries=1, seconds=0.0, started=now)
            return
