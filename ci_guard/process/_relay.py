"""What outlives the step keeps its output (POSIX): a process that carries it on after we have ended.

Without us a background server would hold our stream itself; with us it holds a pipe that must not break.
"""

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Sequence

from ci_guard.process import _guardian

assert sys.platform != "win32"  # also tells the type checker

CHUNK = 64 * 1024


def carry_on(streams: Sequence[tuple[int, int]]) -> None:
    """Copy from each source to its target in a process of its own, until the source ends; the sources are
    closed here. Raises nothing: where no process is to be had, the streams end with us.
    """
    with warnings.catch_warnings(), contextlib.suppress(OSError):
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of forks beside threads: it takes no lock of ours
        if not os.fork():
            try:
                _carry(streams)
            finally:
                os._exit(0)
    for source, _ in streams:
        os.close(source)


def _carry(streams: Sequence[tuple[int, int]]) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - _guardian.NOT_IGNORED:
        signal.signal(number, signal.SIG_IGN)
    _guardian.close_all_but({descriptor for stream in streams for descriptor in stream})
    if os.fork():  # nobody waits for it: it is not to be ours
        return
    threads = [threading.Thread(target=_copy, args=stream) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _copy(source: int, target: int) -> None:
    with contextlib.suppress(OSError):  # nobody reads any more, or a pseudo-terminal says its end so
        while chunk := os.read(source, CHUNK):
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(target, rest) :]
    os.close(source)
