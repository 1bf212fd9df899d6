"""What outlives the step keeps its output (POSIX): a process that carries it on after we have ended.

Without us a background server would hold our stream itself; with us it holds a pipe that must not break.
"""

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence

from ci_guard.process import _guardian
from ci_guard.process.sieve import Sieve

assert sys.platform != "win32"  # also tells the type checker

CHUNK = 64 * 1024


def carry_on(streams: Sequence[tuple[int, int]], sieve: Callable[[], Sieve] | None) -> None:
    """Copy from each source to its target in a process of its own, until the source ends; the sources are
    closed here. Raises nothing: where no process is to be had, the streams end with us.
    """
    sieves = [sieve() if sieve is not None else None for _ in streams]
    for each in sieves:
        if each is not None:
            each.pass_on(b"")  # what it needs it opens and compiles here: after a fork there may be locks
    with warnings.catch_warnings(), contextlib.suppress(OSError):
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of forks beside threads: it takes no lock of ours
        if not os.fork():
            try:
                _carry(streams, sieves)
            finally:
                os._exit(0)
    for source, _ in streams:
        os.close(source)


def _carry(streams: Sequence[tuple[int, int]], sieves: Sequence[Sieve | None]) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - _guardian.NOT_IGNORED:
        signal.signal(number, signal.SIG_IGN)
    _guardian.close_all_but({descriptor for stream in streams for descriptor in stream})
    if os.fork():  # nobody waits for it: it is not to be ours
        return
    threads = [
        threading.Thread(target=_copy, args=(*stream, sieve))
        for stream, sieve in zip(streams, sieves, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _copy(source: int, target: int, sieve: Sieve | None) -> None:
    with contextlib.suppress(OSError):  # nobody reads any more, or a pseudo-terminal says its end so
        while chunk := os.read(source, CHUNK):
            _write(target, chunk if sieve is None else sieve.pass_on(chunk))
        if sieve is not None:
            _write(target, sieve.rest())
    os.close(source)


def _write(target: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
