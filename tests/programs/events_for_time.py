"""For programs that run `supervise`: its time passes by what the command has done, not by the clock.

A command is slow to start, and to hear a signal, on a busy machine: a time that is short enough for a test
would be over too early.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from ci_guard.process import supervise

SUPERVISION: Any = supervise
LOOK = 0.005  # seconds


def be_over_at(file: str, least: int = 1, *others: str) -> None:
    """Let the time of an attempt be over, if it has a limit, once the files have their words."""
    begin = SUPERVISION._Run.__init__

    def begun(run: Any, *given: object) -> None:
        begin(run, *given)
        threading.Thread(target=end, args=(run,), daemon=True).start()

    def end(run: Any) -> None:
        for name, words in ((file, least), *((other, 1) for other in others)):
            _wait_for_words(name, words)
        run._began = float("-inf")
        run._interruptions.wake()

    SUPERVISION._Run.__init__ = begun


def be_heard(log: str) -> None:
    """Let no rung begin to count before the command has noted in the log that it heard of it.

    Its first word there is `ready`. On Windows there is nothing to hear of the end of a job.
    """
    heard = 0

    def note() -> None:
        nonlocal heard
        heard += 1
        _wait_for_words(log, 1 + heard)

    names = ("ask",) if sys.platform == "win32" else ("ask", "end")
    _once_started(lambda child: [_after(child, name, note) for name in names])


def end_first() -> None:
    """Let the first rung begin to count when the command itself has ended, whatever it has left behind."""
    _once_started(lambda child: _after(child, "ask", child.wait))


def _once_started(do: Callable[[Any], object]) -> None:
    """Do something with each command that was started, before it is waited for."""
    start = SUPERVISION._start

    def started(*given: object) -> Any:
        found = start(*given)
        do(found[0])
        return found

    SUPERVISION._start = started


def _after(child: Any, name: str, then: Callable[[], object]) -> None:
    """Do something after each call of this method."""
    act = getattr(child, name)

    def acts(*given: object) -> Any:
        answer = act(*given)
        then()
        return answer

    setattr(child, name, acts)


def _wait_for_words(file: str, least: int) -> None:
    """Return when the file has so many words; whoever started us ends what waits in vain."""
    while _words(file) < least:
        time.sleep(LOOK)


def _words(file: str) -> int:
    try:
        with open(file, "rb") as stream:
            return len(stream.read().split())
    except OSError:
        return 0
