"""The part of a step's output that is worth keeping: its two ends, and what in between tells of a failure."""

from collections import deque
from collections.abc import Iterator

from ci_guard.dataclass import dataclass
from ci_guard.model.process import KIB

HEAD = 64 * KIB  # bytes of a step's output that are kept from its beginning
TAIL = 512 * KIB  # and from its end, where the cause mostly stands
MIDDLE = 256 * KIB  # and of the places in between; the last ones count
_AROUND = 2 * KIB  # bytes before and after a sign
_MOST_SIGNS = 32  # places looked at in one piece
_PIECE = 64 * KIB
# few, because each costs a search through the whole log; without first letters, which may be capitals
_SIGNS = (b"rror", b"RROR", b"ailed", b"enied", b"annot ", b"EPERM", b"EBUSY", b"irus", b"used by another")
# a step that has none of these in what is kept of it has hardly failed
_TELLING = (
    *(sign.lower() for sign in _SIGNS),
    *(b"err!", b"fatal", b"exception", b"no solution", b"not found", b"could not", b"unable", b"no such"),
    *(b"mismatch", b"conflict", b"refused", b"timed out", b"no space", b"unsatisf", b"unresolv", b"block"),
    *(b"invalid", b"missing", b"not permitted", b"not recognized", b"killed", b"warn", b"0xc0", b"lock"),
    "\u00d7".encode(),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """Whole lines of a log, and the number of the first one, from 1."""

    line: int
    data: bytes


class LogSample:
    """Takes any number of lines, holds a bounded number of bytes."""

    def __init__(self) -> None:
        self._head: list[Segment] = []
        self._head_room = HEAD
        self._middle: deque[Segment] = deque()
        self._middle_size = 0
        self._tail: deque[Segment] = deque()
        self._tail_size = 0

    def add(self, line: int, data: bytes) -> None:
        """Take whole lines; `line` is the number of the first one."""
        for segment in _pieces(line, data):
            if self._head_room > 0:
                self._head_room -= len(segment.data)
                self._head.append(segment)
                continue
            self._tail.append(segment)
            self._tail_size += len(segment.data)
            while self._tail_size > TAIL:
                oldest = self._tail.popleft()
                self._tail_size -= len(oldest.data)
                self._keep_signs(oldest)

    def segments(self) -> list[Segment]:
        """What was kept, in the order of the log."""
        return [*self._head, *self._middle, *self._tail]

    def tells_of_failure(self) -> bool:
        """Whether anything in it can be a failure."""
        if self._middle:
            return True
        lowered = b"".join(segment.data for segment in (*self._head, *self._tail)).lower()
        return any(word in lowered for word in _TELLING)

    def _keep_signs(self, segment: Segment) -> None:
        for start, end in _windows(segment.data):
            kept = Segment(segment.line + segment.data.count(b"\n", 0, start), segment.data[start:end])
            self._middle.append(kept)
            self._middle_size += len(kept.data)
        while self._middle_size > MIDDLE:
            self._middle_size -= len(self._middle.popleft().data)


def _pieces(line: int, data: bytes) -> Iterator[Segment]:
    start = 0
    while start < len(data):
        cut = data.find(b"\n", start + _PIECE) + 1 or len(data)
        piece = data[start:cut]
        yield Segment(line, piece)
        line += piece.count(b"\n")
        start = cut


def _windows(data: bytes) -> Iterator[tuple[int, int]]:
    """Whole lines around the signs, in order and apart from each other."""
    places: set[int] = set()
    for sign in _SIGNS:
        at = data.find(sign)
        for _ in range(_MOST_SIGNS):
            if at < 0:
                break
            places.add(at)
            at = data.find(sign, at + _AROUND)
    start = end = 0
    for at in sorted(places):
        low = max(data.rfind(b"\n", 0, max(at - _AROUND, 0)) + 1, 0)
        high = data.find(b"\n", at + _AROUND) + 1 or len(data)
        if low > end:
            if end:
                yield start, end
            start = low
        end = max(end, high)
    if end:
        yield start, end
