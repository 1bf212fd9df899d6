"""When a file may be asked whether somebody holds it: as rarely as possible.

On Windows the question is an opening, for some microseconds, in which the command's own opening of the file
would be refused. So a file is left alone as long as its writer may have it, and one that was free is asked
again after twice the time, and twice that. One that is held may be asked at any time: the question itself is
refused then, and in nobody's way.
"""

from ci_guard.dataclass import dataclass

RARELY = 1.0  # seconds between two questions about a file that is free, at the most; pip itself tries for one


@dataclass(slots=True)
class _Turn:
    changed: float  # monotonic: when the file was, at the last question
    due: float  # monotonic
    pause: float  # seconds
    held: int = 0  # answers in a row that it was


class Turns:
    """The next turn of each file; times are seconds of the monotonic clock."""

    def __init__(self, after: float) -> None:
        """`after`: how long the writer of a fresh file may have it."""
        self._after = after
        self._turns: dict[str, _Turn] = {}

    def is_due(self, path: str, changed: float, now: float) -> bool:
        """Whether it may be asked now; `changed`: when somebody last wrote it."""
        if now - changed < self._after:
            return False
        turn = self._turns.get(path)
        return turn is None or turn.changed != changed or now >= turn.due

    def answered(self, path: str, changed: float, now: float, *, held: bool) -> None:
        """What the answer was."""
        turn = self._turns.get(path)
        if turn is None or turn.changed != changed:
            turn = self._turns[path] = _Turn(changed=changed, due=now, pause=self._after)
        turn.held = turn.held + 1 if held else 0
        if held:
            turn.due, turn.pause = now, self._after
        else:
            turn.due, turn.pause = now + turn.pause, min(2 * turn.pause, RARELY)

    def held_answers(self, path: str) -> int:
        """How many answers in a row said so, up to the last one."""
        turn = self._turns.get(path)
        return turn.held if turn is not None else 0
