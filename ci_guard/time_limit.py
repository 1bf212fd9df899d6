"""A limit on time for what nothing else ends: a search by a regular expression that a user has written.

The engine of `re` looks now and then whether there is a signal for the main thread, and stops if its handler
raises. On POSIX the signal comes when the process has used so much of the processor, on Windows after so much
time: its timer calls the interpreter's own function for that, which may be called without its lock
(docs.python.org/3/c-api/exceptions.html#c.PyErr_SetInterruptEx). `tests/unit/test_time_limit.py` holds every
Python to it.
"""

import signal
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")
MOST_SECONDS = 2.0  # of the processor, for a pattern of a user's in one text
MILLISECONDS = 1000


class TimeIsUp(Exception):
    """The work was given up."""


def within(seconds: float, work: "Callable[[], T]") -> "T":
    """What the work comes to; raises TimeIsUp after so many seconds. Only the main thread has a limit."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    works = is_up = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal is_up
        is_up = True
        if works:
            raise TimeIsUp

    former = signal.signal(SIGNAL, stop)
    disarm = None
    try:
        try:
            disarm = _arm(seconds)
            works = True
            if is_up:
                raise TimeIsUp
            return work()
        finally:
            works = False  # one that comes later finds nothing to stop
    finally:
        if disarm is not None:
            disarm()
        signal.signal(SIGNAL, former)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    SIGNAL = signal.SIGTERM  # which nobody sends there
    BITS_32 = 2**32
    ONCE = 0x8  # WT_EXECUTEONLYONCE
    IN_TIMER_THREAD = 0x20  # WT_EXECUTEINTIMERTHREAD: for what is short
    WAIT_FOR_IT = wintypes.HANDLE(-1)

    def _arm(seconds: float) -> "Callable[[], None]":
        if sys.maxsize <= BITS_32:  # there the timer and the interpreter call functions in different ways
            return lambda: None
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.DeleteTimerQueueTimer.argtypes = (wintypes.HANDLE,) * 3
        interrupt = ctypes.cast(ctypes.pythonapi.PyErr_SetInterruptEx, ctypes.c_void_p)
        timer = wintypes.HANDLE()
        due = wintypes.DWORD(max(int(seconds * MILLISECONDS), 1))
        number = ctypes.c_void_p(SIGNAL)
        if not kernel32.CreateTimerQueueTimer(
            ctypes.byref(timer), None, interrupt, number, due, 0, ONCE | IN_TIMER_THREAD
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        return lambda: kernel32.DeleteTimerQueueTimer(None, timer, WAIT_FOR_IT)

else:
    SIGNAL = signal.SIGVTALRM

    def _arm(seconds: float) -> "Callable[[], None]":
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        return lambda: signal.setitimer(signal.ITIMER_VIRTUAL, 0) and None
