"""What the run has touched, whatever is done to the clocks while it lasts."""

import os
import time
from pathlib import Path

import pytest

from ci_guard.recover.beginning import Beginning

HOUR = 3600.0


class Clocks:
    """The machine's clock and its steady one; the file system's is the real one, less `lag` seconds."""

    def __init__(self, lag: float = 0.0) -> None:
        # the guard's own idea of the time, `lag` seconds ahead of that of the volume
        self.wall = time.time() + lag
        self.steady = time.monotonic()


@pytest.mark.parametrize("lag", [0.0, 3.0, HOUR, -3.0])
def test_what_is_written_after_the_beginning_is_touched_whatever_the_volumes_clock_says(
    tmp_path: Path, lag: float
) -> None:
    clocks = Clocks(lag)
    beginning = Beginning(clocks.wall, clocks.steady)
    made = tmp_path / "made"
    made.touch()
    assert beginning.touched(str(made))


def test_a_clock_that_was_set_back_during_the_run_hides_nothing(tmp_path: Path) -> None:
    # seen from now, a run that began a second ago did so an hour later than the clock says
    beginning = Beginning(time.time() - 1 + HOUR, time.monotonic() - 1)
    made = tmp_path / "made"
    made.touch()
    assert beginning.touched(str(made))


def test_a_clock_that_was_set_forward_during_the_run_hides_nothing(tmp_path: Path) -> None:
    # an hour was skipped after the file was written, a second after the run had begun
    beginning = Beginning(time.time() - HOUR - 1, time.monotonic() - 2)
    made = tmp_path / "made"
    made.touch()
    os.utime(made, (time.time() - HOUR, time.time() - HOUR))
    assert os.stat(made).st_mtime > beginning.on(str(made))


def test_what_was_there_before_is_not_touched(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.touch()
    written = os.stat(old).st_ctime
    beginning = Beginning(written + 10, time.monotonic() - (time.time() - written) + 10)
    assert not beginning.touched(str(old))
    assert not beginning.touched(str(tmp_path / "missing"))


def test_looking_leaves_no_trace(tmp_path: Path) -> None:
    before = os.stat(tmp_path)
    Beginning(time.time(), time.monotonic()).on(str(tmp_path / "not" / "there"))
    assert os.listdir(tmp_path) == []
    assert os.stat(tmp_path).st_mtime == before.st_mtime


def test_another_look_sees_a_clock_that_was_set_meanwhile(tmp_path: Path) -> None:
    steady = iter([10.0, 10.0 + HOUR])  # an hour passed that the volume's clock does not show
    beginning = Beginning(time.time() + HOUR, 10.0, lambda: next(steady))
    first = beginning.on(str(tmp_path))
    assert beginning.on(str(tmp_path)) == first
    beginning.look_again()
    assert beginning.on(str(tmp_path)) < first - HOUR / 2
