"""Patience asks for files whether somebody holds them, and the command never meets the question.

On Windows the question is an opening, which for its moment keeps the command from its own file.
"""

import os
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from ci_guard.machine.others import Users
from ci_guard.model.patience import Limits, WatchedPlace
from ci_guard.model.process import Launch
from ci_guard.patience import engine
from ci_guard.patience import quiet as quiet_module
from ci_guard.patience.engine import Patience, Watch
from ci_guard.patience.places import Places
from ci_guard.patience.quiet import Quiet
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.stillness import Stillness
from ci_guard.process.supervise import supervise
from rig.events import HANG

PROGRAM = Path(__file__).parents[2] / "programs" / "rewrites_its_files.py"
TIMES = os.environ.get("TEST_CI_GUARD_REWRITES", "200")  # six openings or renamings each


class Beside:
    """Patience in a thread from the first moment on."""

    def __init__(self, watch: Watch) -> None:
        self._over = threading.Event()
        self.patience = Patience(watch, self._over)
        self._thread: threading.Thread | None = None

    def begin(self, stillness: Stillness) -> None:
        self._thread = threading.Thread(target=self.patience.run, args=(stillness,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()


@pytest.mark.parametrize(("place", "named"), [("bin/.tmp*", True), ("*/.tmp*", False)])
def test_the_command_s_own_fresh_files_are_never_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, named: bool
) -> None:
    """Nor those that an earlier attempt failed on, which this one writes again and again."""
    monkeypatch.chdir(tmp_path)  # the system is asked about the working directory
    moments = _record_questions(monkeypatch)
    folder = tmp_path / "bin"
    failed = [str(folder / f".tmp-stays-{number}") for number in range(20)] if named else []
    places = Places(
        [WatchedPlace(path=place, replaces="*.exe")], {}, str(tmp_path), since=time.time(), named=failed
    )
    limits = Limits(after=0.1, still=1.0, limit=1.0)
    beside = Beside(Watch(limits=limits, survives=1.0, places=places))
    launch = Launch(argv=(sys.executable, str(PROGRAM), str(folder), TIMES), environment=dict(os.environ))
    with Interruptions() as interruptions:
        outcome = supervise(launch, interruptions, (), beside)
    assert outcome.passed, b"".join(each.head for each in outcome.captures).decode()
    assert all(moments)
    if sys.platform == "win32":
        assert moments
    else:  # Wine does not tell who has a file: that may be the command itself
        assert beside.patience.holds == ()


def _record_questions(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each opening whether the command stood still; Windows does not tell who has a file."""
    moments: list[bool] = []
    if sys.platform == "win32":
        from ci_guard.windows import opening

        still = threading.Event()
        hold, go_on, ask, users = Stillness.hold, Stillness.go_on, opening.open_status, opening.users_of

        def held(tree: Stillness) -> bool:
            if hold(tree):
                still.set()
            return still.is_set()

        def moves(tree: Stillness) -> None:
            still.clear()
            go_on(tree)

        def open_status(path: str, rights: int) -> int:
            moments.append(still.is_set())
            return ask(path, rights)

        monkeypatch.setattr(Stillness, "hold", held)
        monkeypatch.setattr(Stillness, "go_on", moves)
        monkeypatch.setattr(opening, "open_status", open_status)
        monkeypatch.setattr(opening, "users_of", lambda path: None if users(path) is None else frozenset())
    return moments


class Tree:
    """A command that tells when it was held still."""

    def __init__(self, pids: set[int]) -> None:
        self.still, self.held = False, 0
        self._pids = frozenset(pids)

    def hold(self) -> bool:
        self.still, self.held = True, self.held + 1
        return True

    def go_on(self) -> None:
        self.still = False

    def pids(self) -> frozenset[int]:
        return self._pids


US, COMMAND, OTHER = os.getpid(), 7, 8


@pytest.mark.skipif(sys.platform != "win32", reason="POSIX never refuses an opening for another's")
@pytest.mark.parametrize(
    ("users", "asked", "still"),
    [
        ({US, COMMAND}, 0, 0),  # the command has it: it is not asked, and nothing in its way
        ({US, COMMAND, OTHER}, 1, 0),
        ({US}, 1, 0),  # nobody has it; a filter driver may refuse it all the same
        (set(), 1, 1),  # Windows does not tell: in a moment of stillness
        (None, 0, 0),  # it was not there a moment ago: the command is making it
    ],
)
def test_who_has_a_file_is_asked_before_whether_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, users: set[int] | None, asked: int, still: int
) -> None:
    from ci_guard.windows import opening

    file = tmp_path / "x.exe"
    file.write_bytes(b"content")
    tree, questions = Tree({COMMAND}), []
    real = opening.open_status

    def open_status(path: str, rights: int) -> int:
        questions.append(tree.still)
        return real(path, rights)

    monkeypatch.setattr(opening, "open_status", open_status)
    monkeypatch.setattr(opening, "users_of", lambda path: None if users is None else frozenset(users))
    places = Places([], {}, str(tmp_path), since=time.time() + 3600, named=[str(file)])
    limits = Limits(after=0.1, still=1.0, limit=1.0)
    patience = Patience(Watch(limits=limits, survives=1.0, places=places), threading.Event())
    patience._look(tree, None)
    assert (len(questions), tree.held) == (asked, still)
    assert all(questions) or not still
    assert not tree.still


@pytest.mark.parametrize("own", [False, True])
def test_who_holds_a_file_is_asked_while_the_command_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    """It may have come free: to see that is to open it."""
    file = tmp_path / "x.exe"
    file.write_bytes(b"content")
    tree, asked = Tree({COMMAND}), []

    def alone(path: str, pids: Collection[int]) -> bool:
        asked.append((path, tree.still, set(pids)))
        return own

    for name, answer in (("is_kept", True), ("users_beside", Users.OTHERS)):
        monkeypatch.setattr(engine, name, lambda *_, answer=answer: answer)
    monkeypatch.setattr(engine, "held_by_these_alone", alone)
    places = Places([], {}, str(tmp_path), since=0.0, named=[str(file)])
    watch = Watch(limits=Limits(after=0.0, still=0.01, limit=HANG), survives=0.0, places=places)
    patience = Patience(watch, threading.Event())
    while not asked:
        patience._look(tree, None)
    assert asked == [(str(file), True, {COMMAND})]
    assert [hold.file for hold in patience.holds] == ([] if own else [str(file)])
    assert not tree.still


@pytest.mark.parametrize(("between", "held"), [(3600.0, 1), (0.0, 10)])
def test_moments_of_stillness_are_rare(monkeypatch: pytest.MonkeyPatch, between: float, held: int) -> None:
    monkeypatch.setattr(quiet_module, "BETWEEN", between)
    tree, quiet = Tree(set()), Quiet()
    for _ in range(10):
        with quiet.beside(tree) as ask:
            ask()
            ask()
        assert not tree.still
    assert tree.held == held
