"""Signals end a wait at once, stay known, and leave the former handlers in place afterwards."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from ci_guard.process.interruptions import ECHO_SECONDS, Interruptions

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="a process cannot send itself these signals on Windows"
)
FOREVER = 3600.0


@pytest.fixture(autouse=True)
def _as_a_shell_starts_us() -> Iterator[None]:
    """None of them ignored, as `nohup` and a shell's `&` leave them to whoever runs the tests."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    former = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


def test_a_sleep_without_a_signal_is_a_sleep():
    with Interruptions() as interruptions:
        before = time.monotonic()
        assert interruptions.sleep(0.05) is False
        assert time.monotonic() - before >= 0.03, "Windows's clock moves in steps of 16 ms"
        assert (interruptions.received, interruptions.count) == (None, 0)


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_ends_the_sleep_and_every_later_one(name):
    number = getattr(signal, name)
    with Interruptions() as interruptions:
        timer = threading.Timer(0.1, os.kill, (os.getpid(), number))
        timer.start()
        assert interruptions.sleep(FOREVER) is True
        assert interruptions.sleep(FOREVER) is True
        assert interruptions.received == number
        timer.join()


@posix
def test_a_storm_of_signals_deadlocks_nothing_and_counts_as_few_wishes():
    with Interruptions() as interruptions:
        stop = threading.Event()

        def storm() -> None:
            while not stop.is_set():
                os.kill(os.getpid(), signal.SIGTERM)
                interruptions.wake()

        thread = threading.Thread(target=storm)
        began = time.monotonic()
        thread.start()
        while interruptions.count < 2:
            interruptions.wait(FOREVER)
        stop.set()
        thread.join()
        assert interruptions.count <= 1 + (time.monotonic() - began) / ECHO_SECONDS


@posix
def test_former_handlers_come_back_and_ignored_signals_stay_ignored():
    formerly = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        interrupt = signal.getsignal(signal.SIGINT)
        with Interruptions() as interruptions:
            assert signal.getsignal(signal.SIGINT) is not interrupt
            os.kill(os.getpid(), signal.SIGHUP)
            assert interruptions.sleep(0.01) is False
        assert signal.getsignal(signal.SIGINT) is interrupt
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, formerly)


def test_a_thread_that_outlives_the_run_may_still_wake():
    with Interruptions() as interruptions:
        interruptions.wake()
        interruptions.wait(FOREVER)
    interruptions.wake()
    assert interruptions.received is None
