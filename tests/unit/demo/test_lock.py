"""The choice of the lock, and when the scanner that is played holds and lets go."""

import os
import sys
from pathlib import Path

import pytest

from ci_guard.demo import landlock, lock
from ci_guard.demo.lock import FAILURE, Scanner, choose_lock
from ci_guard.demo.mode import ModeLock
from ci_guard.errors import GuardError
from rig.events import until

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has one lock only")


class Notes:
    """A lock that notes what is done with it."""

    how = "it is not"

    def __init__(self, *, late: bool) -> None:
        self.late = late
        self.held = False
        self.taken = 0

    def hold(self) -> None:
        self.held = True
        self.taken += 1

    def release(self) -> None:
        self.held = False


def test_a_lock_is_let_go_after_the_first_failure_and_not_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "HOLD_SECONDS", 0.0)
    log, notes = tmp_path / "log", Notes(late=False)
    with Scanner(notes, log):
        assert notes.held
        log.write_text("begins\n")
        assert notes.held
        log.write_text(f"begins\nERROR: {FAILURE} due to an OSError\n")
        until(lambda: not notes.held)
    assert notes.taken == 1


def test_a_late_lock_is_taken_when_the_attempt_has_begun(tmp_path: Path) -> None:
    log, notes = tmp_path / "log", Notes(late=True)
    with Scanner(notes, log):
        assert not notes.held
        log.touch()
        until(lambda: notes.held)
    assert not notes.held


def test_a_command_that_never_begins_leaves_no_lock(tmp_path: Path) -> None:
    notes = Notes(late=True)
    with Scanner(notes, tmp_path / "log"):
        pass
    assert (notes.taken, notes.held) == (0, False)


@posix
def test_an_ordinary_user_gets_the_lock_by_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    chosen = choose_lock(environment=tmp_path, launcher=tmp_path / "bin" / "demo-app", site=tmp_path)
    assert isinstance(chosen, ModeLock)


@posix
def test_root_without_landlock_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    with pytest.raises(GuardError, match="no Landlock") as caught:
        choose_lock(environment=tmp_path, launcher=tmp_path / "bin" / "demo-app", site=tmp_path)
    assert caught.value.hint is not None
