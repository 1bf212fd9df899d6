"""A program that retries a few times, a file that somebody really holds, and what patience makes of both."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ci_guard.model.patience import Limits
from ci_guard.model.process import Launch, Outcome
from ci_guard.patience import engine
from ci_guard.patience.engine import Patience, Watch
from ci_guard.patience.places import Places
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.stillness import Stillness
from ci_guard.process.supervise import supervise
from rig.events import HANG
from rig.holder import held

TOOL = Path(__file__).parents[2] / "programs" / "tries_to_write.py"
LIMITS = Limits(after=0.1, still=0.3, limit=HANG)


class Beside:
    """Patience in a thread, as a run has it; `then` is called once `when` is true of it."""

    def __init__(
        self, path: Path, limits: Limits, when: Callable[[Patience], object], then: Callable[[], object]
    ) -> None:
        self._over = threading.Event()
        places = Places([], {}, str(path.parent), since=time.time(), named=[str(path)])
        self.patience = Patience(Watch(limits=limits, survives=1.0, places=places), self._over)
        self._when, self._then = when, then
        self._thread: threading.Thread | None = None

    def begin(self, stillness: Stillness) -> None:
        self._thread = threading.Thread(target=self.patience.run, args=(stillness,), daemon=True)
        self._thread.start()
        threading.Thread(target=self._tell, daemon=True).start()

    def end(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()  # on Windows its last look has the file open

    def _tell(self) -> None:
        while not self._over.wait(0.01):
            if self._when(self.patience):
                self._then()
                return


def steps(patience: Patience) -> float:
    """How many steps the command has stood still."""
    return sum(hold.seconds for hold in patience.holds) / LIMITS.still


def has_given_up(patience: Patience) -> bool:
    return any(file.given_up for file in list(patience._files.values()))


@contextlib.contextmanager
def kept(path: Path, until: threading.Event) -> Iterator[None]:
    """Another process holds the file until the event: on Windows it has it open, elsewhere it runs it."""
    with contextlib.ExitStack() as stack:
        if sys.platform == "win32":
            path.write_bytes(b"content")
            stack.enter_context(held(path))
        else:
            shutil.copy(shutil.which("sleep") or "/bin/sleep", path)
            holder = subprocess.Popen([path, "300"])
            stack.callback(holder.wait)
            stack.callback(holder.kill)

        def release() -> None:
            until.wait()
            stack.close()

        thread = threading.Thread(target=release, daemon=True)
        thread.start()
        yield
        until.set()
        thread.join()


def run(path: Path, beside: Beside | None) -> Outcome:
    launch = Launch(argv=(sys.executable, str(TOOL), str(path)), environment=dict(os.environ))
    with Interruptions() as interruptions:
        return supervise(launch, interruptions, (), beside)


def enough(path: Path) -> Path:
    """A file that lets the tool give up."""
    return path.with_name(f"{path.name}.enough")


def test_it_is_held_still_until_the_file_is_free_and_then_succeeds(tmp_path: Path) -> None:
    path, free = tmp_path / "x.exe", threading.Event()
    beside = Beside(path, LIMITS, lambda patience: steps(patience) >= 1, free.set)
    with kept(path, free):
        outcome = run(path, beside)
    assert outcome.passed
    (hold,) = beside.patience.holds
    if sys.platform == "linux":
        assert [who.partition(" (pid ")[0] for who in hold.holders] == ["x.exe"]
    assert hold.file == str(path)
    assert path.read_bytes() == b"written"


def test_without_patience_the_same_program_fails(tmp_path: Path) -> None:
    path, never = tmp_path / "x.exe", threading.Event()
    enough(path).touch()
    with kept(path, never):
        assert not run(path, None).passed


def test_a_file_that_does_not_come_free_is_given_up_after_the_limit(tmp_path: Path) -> None:
    path, never = tmp_path / "x.exe", threading.Event()
    limits = Limits(after=0.1, still=0.3, limit=0.8)
    beside = Beside(path, limits, has_given_up, enough(path).touch)
    with kept(path, never):
        outcome = run(path, beside)
    assert not outcome.passed
    (hold,) = beside.patience.holds
    assert hold.seconds >= limits.limit


@pytest.mark.skipif(sys.platform != "linux", reason="what has a file open is asked of the POSIX system Linux")
def test_a_file_that_the_command_itself_runs_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "x.exe"
    shutil.copy(os.path.realpath(shutil.which("sh") or "/bin/sh"), path)
    beside = Beside(path, LIMITS, has_given_up, enough(path).touch)
    script = f"while ! test -e {enough(path)}; do sleep 0.05; done"
    launch = Launch(argv=(str(path), "-c", script), environment=dict(os.environ))
    with Interruptions() as interruptions:
        assert supervise(launch, interruptions, (), beside).passed
    assert beside.patience.holds == ()


def test_a_long_hold_is_told_once_while_it_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LONG", LIMITS.still / 2)
    path, free = tmp_path / "x.exe", threading.Event()
    told: list[tuple[str, bool]] = []
    beside = Beside(path, LIMITS, lambda patience: told and steps(patience) >= 2, free.set)
    beside.patience._tell = lambda file, holders: told.append((file, free.is_set()))
    with kept(path, free):
        assert run(path, beside).passed
    assert told == [(str(path), False)]
