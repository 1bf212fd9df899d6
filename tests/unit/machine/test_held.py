"""Locks that ci-guard itself meets are waited out; what lasts is told at once, what stays costs one wait."""

import errno
import sys
import threading
import time
from pathlib import Path

import pytest

from ci_guard.machine.held import LONG, SHORT, is_held, open_patiently, patiently, waiting
from rig.clock import Clock
from rig.holder import held


def refusing(number: int, clock: Clock, until: float):
    def act() -> str:
        if clock.now < until:
            raise OSError(number, "refused")
        return "done"

    return act


HELD = [errno.EBUSY, errno.ETXTBSY, errno.EAGAIN]
PERHAPS = [errno.EACCES, errno.EPERM, errno.ENOTEMPTY, errno.EIO]
LASTING = [errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EROFS]


@pytest.mark.parametrize(
    ("number", "most"),
    [*((n, LONG) for n in HELD), *((n, SHORT) for n in PERHAPS), *((n, 0.0) for n in LASTING)],
)
def test_how_long_a_refusal_is_waited_out(number: int, most: float) -> None:
    clock = Clock()
    with waiting(clock.sleep):
        if most:
            assert patiently(refusing(number, clock, most * 0.8), clock=clock) == "done"
        begun = clock.now
        with pytest.raises(OSError, match="refused") as raised:
            patiently(refusing(number, clock, 1e9), clock=clock)
    assert raised.value.errno == number
    assert most <= clock.now - begun <= most + 0.2


def test_who_let_go_of_nothing_is_not_waited_for_again() -> None:
    clock = Clock()
    with waiting(clock.sleep):
        for _ in range(100):
            with pytest.raises(OSError, match="refused"):
                patiently(refusing(errno.EBUSY, clock, 1e9), clock=clock)
        assert clock.now <= LONG + 100 * (SHORT + 0.2)
        begun = clock.now
        for _ in range(100):
            with pytest.raises(OSError, match="refused"):
                patiently(refusing(errno.EACCES, clock, 1e9), clock=clock)
    assert clock.now - begun <= SHORT + 0.2


def test_whoever_stops_us_ends_the_wait() -> None:
    tries = []

    def act() -> None:
        tries.append(1)
        raise OSError(errno.EBUSY, "refused")

    with waiting(lambda _: True), pytest.raises(OSError, match="refused"):
        patiently(act)
    assert len(tries) == 1


@pytest.mark.parametrize(("number", "is_one"), [(32, True), (33, True), (5, True), (2, False), (112, False)])
def test_windows_numbers_decide_there(number: int, is_one: bool) -> None:
    error = OSError(errno.EACCES, "refused")
    error.winerror = number
    assert is_held(error) is is_one


@pytest.mark.skipif(sys.platform != "win32", reason="share modes of Windows")
def test_a_file_that_somebody_really_holds_is_read_when_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "RECORD"
    file.write_text("content", "utf-8")
    holding = held(file)
    holding.__enter__()
    threading.Timer(0.5, holding.__exit__, (None, None, None)).start()
    begun = time.monotonic()
    with open_patiently(str(file), encoding="utf-8") as stream:
        assert stream.read() == "content"
    assert time.monotonic() > begun
