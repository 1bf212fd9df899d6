"""The signals that end a run: remembers them and ends every wait at once. Does not know what is running."""

import signal
import threading
import time
from types import FrameType, TracebackType

from ci_guard.annotation import Any, Self
from ci_guard.process._system import system

# GNU timeout(1) signals its child, then the group; a shell and the kernel both send SIGHUP: one wish, twice
ECHO_SECONDS = 0.5


class Interruptions:
    """Watches for the signals that end a run; to be entered once, in the main thread, around the whole run.

    Signals that were ignored from the start stay ignored, as under nohup(1).
    """

    def __init__(self) -> None:
        self._received: int | None = None
        self._latest: int | None = None
        self._count = 0
        self._counted_at = 0.0
        self._passed_on: list[int] = []
        self._former: dict[int, Any] = {}
        self._wakeup = system.make_wakeup()
        self._closing = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        for number in system.signals:
            former = signal.getsignal(number)
            if former != signal.SIG_IGN:
                self._former[number] = signal.SIG_DFL if former is None else former
                signal.signal(number, self._note)
        for number in system.passed_on:
            former = signal.getsignal(number)
            if former != signal.SIG_IGN:
                self._former[number] = signal.SIG_DFL if former is None else former
                signal.signal(number, self._pass_on)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)
        self._former.clear()
        with self._closing:
            self._closed = True
            self._wakeup.close()

    @property
    def received(self) -> int | None:
        """The first signal that came, if any."""
        return self._received

    def take_passed_on(self) -> list[int]:
        """The signals that came for the command since the last call."""
        taken, self._passed_on = self._passed_on, []
        return taken

    @property
    def latest(self) -> int | None:
        """The last signal that came, if any."""
        return self._latest

    @property
    def count(self) -> int:
        """How many times we were asked to stop; a signal at the heels of another one counts as its echo."""
        return self._count

    def sleep(self, seconds: float) -> bool:
        """Wait so many seconds; return True as soon as a signal has come, at once if one came before."""
        until = time.monotonic() + seconds
        while self._received is None:
            left = until - time.monotonic()
            if left <= 0:
                return False
            self._wakeup.wait(left)
        return True

    def wait(self, seconds: float | None) -> None:
        """Return at a signal, at `wake`, or after so many seconds; may return early."""
        self._wakeup.wait(seconds)

    def wake(self) -> None:
        """End the main thread's wait; for other threads, which may outlive the run."""
        with self._closing:
            if not self._closed:
                self._wakeup.wake()

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._passed_on.append(number)
        self._wakeup.wake()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._received is None:
            self._received = number
        self._latest = number
        if self._count == 0 or now - self._counted_at >= ECHO_SECONDS:
            self._count += 1
            self._counted_at = now
        self._wakeup.wake()
