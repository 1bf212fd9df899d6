"""A command that is held still: real processes, on every system; nobody stays still."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci_guard.model.process import Launch, Outcome
from ci_guard.process import supervise as supervision
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.stillness import Stillness
from ci_guard.process.supervise import supervise
from rig.events import HANG, until

pytestmark = pytest.mark.program

posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP and its watchdog are POSIX")
TREE = Path(__file__).parents[2] / "programs" / "counts.py"
MOMENTS = range(0, 12, 1 if sys.platform != "win32" else 4)  # hundredths of a second into the holds
LOOKS = 10  # a process that was in the middle of a write when it was stopped may still end it


def count(file: Path) -> int:
    """How far the program in `file` has counted."""
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


def moves(file: Path) -> None:
    """Return when the program counts on; fails if it does not."""
    before = count(file)
    until(lambda: count(file) > before)


def stands(file: Path) -> bool:
    """Whether the program has stopped to count: many times its own pause brings nothing new."""
    for _ in range(LOOKS):
        before = count(file)
        time.sleep(0.3)  # by the clock: nothing tells that nothing happens
        if count(file) == before:
            return True
    return False


class Holder:
    """Holds the command still once its tree counts, and does what a test wants then."""

    def __init__(self, files: list[Path], then: str) -> None:
        self._files, self._then = files, then
        self.held: bool | None = None
        self.stood: list[bool] = []
        self.is_done = threading.Event()
        self.done = self.is_done.set

    def begin(self, stillness: Stillness) -> None:
        threading.Thread(target=self._run, args=(stillness,), daemon=True).start()

    def end(self) -> None:
        pass

    def _run(self, stillness: Stillness) -> None:
        for file in self._files:
            moves(file)
        assert os.getpid() not in stillness.pids()
        self.held = stillness.hold()
        self.stood = [stands(file) for file in self._files]
        if self._then == "goes on":
            stillness.go_on()
            for file in self._files:
                moves(file)
            self._files[0].with_name("enough").touch()
        elif self._then == "interrupted":
            signal.raise_signal(signal.SIGINT)
        self.done()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Where the command and its child count."""
    return [tmp_path / "parent", tmp_path / "child"]


def run(files: list[Path], holder: Holder, timeout: float | None = None) -> Outcome:
    launch = Launch(
        argv=(sys.executable, str(TREE), *map(str, files)), environment=dict(os.environ), timeout=timeout
    )
    with Interruptions() as interruptions:

        def done() -> None:
            holder.is_done.set()
            interruptions.wake()

        holder.done = done
        return supervise(launch, interruptions, (), holder)


def test_the_whole_tree_stands_still_and_goes_on(files: list[Path]) -> None:
    holder = Holder(files, "goes on")
    outcome = run(files, holder)
    assert holder.held
    assert holder.stood == [True, True]
    assert outcome.passed


class HoursLater:
    """The clocks, of which the monotonic one jumps by hours at an event."""

    time = staticmethod(time.time)

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def monotonic(self) -> float:
        return time.monotonic() + (HANG * 60 if self._event.is_set() else 0)


def test_a_command_that_is_held_still_is_ended_by_its_timeout(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = Holder(files, "nothing")
    monkeypatch.setattr(supervision, "time", HoursLater(holder.is_done))
    outcome = run(files, holder, timeout=HANG)
    assert holder.held
    assert holder.stood == [True, True]
    assert outcome.stopped is not None
    assert outcome.stopped.timeout == HANG


@posix
def test_a_command_that_is_held_still_hears_of_an_interruption(files: list[Path]) -> None:
    outcome = run(files, Holder(files, "interrupted"))
    assert outcome.stopped is not None
    assert outcome.stopped.rungs == ("ask",), "held still it would have had to be killed"


@pytest.fixture
def guarded(files: list[Path]) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that holds its command still again and again."""
    program = Path(__file__).parents[2] / "programs" / "holds_still.py"
    command = [sys.executable, str(program), sys.executable, str(TREE), *map(str, files)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, start_new_session=sys.platform != "win32"
    ) as process:
        yield process
    files[0].with_name("enough").touch()


@pytest.mark.parametrize("moment", MOMENTS)
def test_whenever_the_guard_is_killed_its_command_does_not_stay_still(
    files: list[Path], guarded: "subprocess.Popen[bytes]", moment: int
) -> None:
    """The moments sweep over a hold, its beginning and its end.

    On Windows it ends with the guard. On POSIX it goes on; the kernel may be first, which sends SIGHUP, then
    SIGCONT to a group with stopped processes that becomes orphaned (POSIX, _exit).
    """
    assert guarded.stdout is not None
    assert guarded.stdout.readline().strip() == b"holding"
    time.sleep(moment * 0.01)  # by the clock: where it has got to is left to chance
    guarded.kill()
    guarded.wait()
    for file in files:
        stands_no_longer(file)


def stands_no_longer(file: Path) -> None:
    """Return when the program counts on or is gone; fails if it stands still."""
    before = count(file)
    pid = int(file.with_suffix(".pid").read_text())
    until(lambda: count(file) != before or not is_there(pid))


def is_there(pid: int) -> bool:
    """Whether the process has not ended."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x100000, False, pid)  # SYNCHRONIZE
        if not handle:
            return False
        ended = kernel.WaitForSingleObject(handle, 0) == 0
        kernel.CloseHandle(handle)
        return not ended
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return shown.strip()[:1] not in ("", "Z")


class Slow:
    """A tree of which a thread is kept from standing still, until it goes on."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.stillness = Stillness(self)  # type: ignore[arg-type]

    def hold(self) -> bool:
        self.done.append("asked")
        return True

    def settle(self) -> None:
        self.stillness.end()  # by another thread, which must not wait for this one
        self.done.append("stands")

    def go_on(self) -> None:
        self.done.append("goes on")


def test_a_hold_ends_when_the_tree_stands_and_keeps_nobody_from_letting_it_go_on() -> None:
    tree = Slow()
    assert tree.stillness.hold()
    assert tree.done == ["asked", "goes on", "stands"]
    assert not tree.stillness.hold()
    assert tree.done == ["asked", "goes on", "stands"]
