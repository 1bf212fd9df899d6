"""Probing files and waiting for them, with real files that are really refused."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.model.history import Waited
from ci_guard.recover import fresh as module
from ci_guard.recover.fresh import FreshFiles
from ci_guard.recover.wait import SETTLE, trusts_probes, wait_until_free
from rig.clock import Clock
from unit.run.contexts import locked

LEAST, MOST = 3.0, 40.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="ETXTBSY is what POSIX says of a running program")


def until_it_is_let_go(clock: Clock, child: "subprocess.Popen[bytes]") -> Callable[[float], bool]:
    """A sleep by this clock, after which the running program ends once it is late enough."""

    def sleep(seconds: float) -> bool:
        clock.sleep(seconds)
        if clock.now > LEAST * 2:
            child.kill()
            child.wait()
        return False

    return sleep


@posix
def test_waiting_ends_when_the_file_comes_free(running: tuple[Path, "subprocess.Popen[bytes]"]) -> None:
    program, child = running
    clock = Clock()
    sleep = until_it_is_let_go(clock, child)
    wait = wait_until_free(str(program), LEAST, MOST, sleep, clock)
    assert wait.seen_held
    assert wait.free
    assert not wait.held_throughout
    assert LEAST * 2 < wait.seconds < MOST


@posix
def test_a_file_that_stays_held_is_waited_for_no_longer_than_allowed(
    running: tuple[Path, "subprocess.Popen[bytes]"],
) -> None:
    clock = Clock()
    wait = wait_until_free(str(running[0]), LEAST, MOST, clock.sleep, clock)
    assert (wait.seen_held, wait.free, wait.held_throughout) == (True, False, True)
    assert wait.seconds == pytest.approx(MOST)


@posix
def test_only_a_wait_to_its_end_shows_that_the_file_itself_was_held_throughout(
    running: tuple[Path, "subprocess.Popen[bytes]"],
) -> None:
    program, clock = running[0], Clock()
    beside = str(program.with_name("free"))
    for path, most, sleep, since in (
        (str(program), 0.0, clock.sleep, None),  # one look
        (str(program), MOST, lambda _: True, None),  # cut short
        (beside, MOST, clock.sleep, 0.0),  # another file of the folder
        (None, MOST, clock.sleep, None),
    ):
        fresh = None if since is None else FreshFiles(path, since, clock=clock)
        wait = wait_until_free(path, LEAST, most, sleep, clock, fresh=fresh)
        assert not wait.held_throughout, (path, most)


@posix
@pytest.mark.parametrize(("since", "waits"), [(0.0, True), (1e12, False), (None, False)])
def test_a_fresh_file_beside_it_is_waited_for(
    running: tuple[Path, "subprocess.Popen[bytes]"], since: float | None, waits: bool
) -> None:
    """What an attempt has written beside the file that it failed on, and a scanner still has."""
    program, child = running
    clock = Clock()
    sleep = until_it_is_let_go(clock, child)
    named = str(program.with_name("free"))
    fresh = None if since is None else FreshFiles(named, since, clock=clock)
    wait = wait_until_free(named, LEAST, MOST, sleep, clock, fresh=fresh)
    assert wait.free is waits
    assert (wait.seconds > LEAST * 2) is waits


@pytest.mark.parametrize("path", [None, "free"])
def test_a_file_that_nobody_has_seen_held_is_given_the_backoff(tmp_path: Path, path: str | None) -> None:
    clock = Clock()
    where = None if path is None else str(tmp_path / path)
    wait = wait_until_free(where, LEAST, MOST, clock.sleep, clock)
    assert (wait.seen_held, wait.free) == (False, False)
    assert wait.seconds == pytest.approx(LEAST)


def test_a_signal_ends_the_wait() -> None:
    clock = Clock()
    wait = wait_until_free(None, LEAST, MOST, lambda _: True, clock)
    assert wait.seconds == 0.0


@pytest.mark.parametrize(
    ("there", "trusted", "at_once"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_file_that_is_there_and_free_is_not_waited_for_if_probes_are_trusted(
    tmp_path: Path, there: bool, trusted: bool, at_once: bool
) -> None:
    path, clock = tmp_path / "tool", Clock()
    if there:
        path.touch()
    wait = wait_until_free(str(path), LEAST, MOST, clock.sleep, clock, trusted=trusted)
    assert (wait.free, wait.seen_held) == (at_once, False)
    assert wait.seconds == pytest.approx(SETTLE if at_once else LEAST)


def test_probes_are_trusted_until_an_attempt_disproves_one() -> None:
    first = locked(("uv", "sync"))
    free = replace(first, waited=Waited(seconds=0.4, reason="free", free=True))
    slept = replace(first, waited=Waited(seconds=2.0, reason="backoff"))
    assert trusts_probes([first])
    assert trusts_probes([first, slept])
    assert not trusts_probes([first, free, slept])


@posix
@pytest.mark.parametrize("named", ["elsewhere/tool.exe", None])
def test_what_was_written_elsewhere_is_waited_for_as_well(
    running: tuple[Path, "subprocess.Popen[bytes]"], named: str | None
) -> None:
    """In the folders that the command installs into, whatever file it named, or none."""
    program, child = running
    clock = Clock()
    sleep = until_it_is_let_go(clock, child)
    path = str(program.parent / named) if named is not None else None
    fresh = FreshFiles(path, 0.0, [str(program.parent)], clock=clock)
    wait = wait_until_free(path, LEAST, MOST, sleep, clock, fresh=fresh)
    assert (wait.seen_held, wait.free, wait.stayed) == (True, True, ())
    assert LEAST * 2 < wait.seconds < MOST


@posix
def test_a_file_that_stayed_held_for_a_whole_wait_is_not_waited_for_again(
    running: tuple[Path, "subprocess.Popen[bytes]"],
) -> None:
    """The log of a daemon that the attempt has started, say: it is held for ever."""
    program, clock = running[0], Clock()
    folders = [str(program.parent)]
    wait = wait_until_free(
        None, LEAST, MOST, clock.sleep, clock, fresh=FreshFiles(None, 0.0, folders, clock=clock)
    )
    assert (wait.free, wait.stayed) == (False, (str(program),))
    assert wait.seconds == pytest.approx(MOST)
    again = FreshFiles(None, 0.0, folders, wait.stayed, clock)
    wait = wait_until_free(None, LEAST, MOST, clock.sleep, clock, fresh=again)
    assert (wait.seen_held, wait.stayed) == (False, ())
    assert wait.seconds == pytest.approx(LEAST)


@pytest.mark.parametrize(
    ("held", "named", "all_held"),
    [
        ({"a.exe", "b.exe"}, "a.exe", True),
        ({"a.exe", "b.exe", "notes.txt"}, "a.exe", True),
        ({"a.exe"}, "a.exe", False),  # of two fresh programs one is free
        ({"b.exe"}, "a.exe", False),
        ({"a.exe", "b.exe"}, "missing.exe", False),
        ({"notes.txt"}, "notes.txt", False),  # one alone proves nothing
        ({"a.exe", "b.exe"}, None, False),
    ],
)
def test_whether_each_fresh_file_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: set[str], named: str | None, all_held: bool
) -> None:
    for name in ("a.exe", "b.exe", "notes.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(module, "is_kept", lambda path: Path(path).name in held)
    assert FreshFiles(named and str(tmp_path / named), 0.0).all_held() is all_held
