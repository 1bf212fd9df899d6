"""Whether an attempt is watched, and what for: from the command line and the attempts before."""

import sys

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.machine import suspicion
from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Diagnosis, Match
from ci_guard.model.process import Exit, Launch, Outcome
from ci_guard.patience import engine
from ci_guard.patience.engine import Watch
from ci_guard.run import patience
from ci_guard.run.patience import PatienceBeside, watch_for

LIMIT = 120.0
FAILED = Outcome(exit=Exit(code=2), started=0.0, duration=1.0, captures=())


def watched_files(found: Watch) -> set[str]:
    """What is watched now, where no folder was read yet."""
    found.places.look(None)
    return {path for path, _ in found.places.files(LIMIT)}


def attempt(category: Category, path: str | None) -> Attempt:
    diagnosis = Diagnosis(category=category, match=Match(signature="x", path=path))
    return Attempt(number=1, argv=("x",), outcome=FAILED, diagnosis=diagnosis)


LOCKED, OTHER = attempt(Category.ANTIVIRUS_LOCK, "out/a.exe"), attempt(Category.NETWORK, "out/a.exe")


@pytest.mark.parametrize(
    ("argv", "attempts", "watched"),
    [
        (["uv", "sync"], (), True),
        (["uv.exe", "tool", "install", "ruff"], (), True),
        (["python", "-m", "pip", "install", "x"], (), True),
        (["pnpm", "install"], (), True),
        (["npm", "ci"], (), True),
        (["npx", "playwright", "install"], (), True),
        (["dotnet", "build"], (), True),
        (["msbuild", "a.sln"], (), True),
        (["rustup", "update"], (), True),
        (["cargo", "build"], (), False),
        (["true"], (), False),
        (["cargo", "build"], (LOCKED,), True),
        (["cargo", "build"], (OTHER,), False),
        (["cargo", "build"], (attempt(Category.ANTIVIRUS_LOCK, None),), False),
    ],
)
def test_known_tools_are_watched_at_once_and_others_after_a_lock(
    tmp_path, argv: list[str], attempts: tuple[Attempt, ...], watched: bool
) -> None:
    found = watch_for(argv, {}, str(tmp_path), LIMIT, attempts)
    assert (found is not None) is watched
    if found is not None:
        assert found.limits.limit == LIMIT
        locked = tmp_path / "out" / "a.exe"
        locked.parent.mkdir()
        locked.touch()
        assert watched_files(found) == {str(locked) for _ in attempts}


def test_each_tool_s_habits_fit_together() -> None:
    """It is held still sooner than it gives up, and no longer than a connection bears."""
    known = [tool.patience for tool in load_knowledge().tools if tool.patience is not None]
    assert len(known) >= 6
    for habits in known:
        assert 0 < habits.after < habits.retries_for
        assert 10 <= habits.still <= LIMIT
        assert habits.reference.startswith("https://")
        assert habits.places


@pytest.mark.parametrize(
    ("expected", "reason", "watched"),
    [(True, None, True), (False, "a scanner runs here", True), (False, None, False)],
)
def test_where_no_lock_is_expected_something_must_suggest_it(
    tmp_path, monkeypatch: pytest.MonkeyPatch, expected: bool, reason: str | None, watched: bool
) -> None:
    begun: list[object] = []
    monkeypatch.setattr(patience, "LOOK_AFTER", 0.0)
    monkeypatch.setattr(patience, "BEGIN_AFTER", 0.0)
    monkeypatch.setattr(suspicion, "suspects", lambda folders, products: reason)
    monkeypatch.setattr(engine.Patience, "run", lambda self, stillness: begun.append(stillness))
    launch = Launch(argv=("pip", "install", "x"), environment={"PATH": ""})
    PatienceBeside(launch, str(tmp_path), LIMIT, expected=expected)._run(object())  # type: ignore[arg-type]
    assert bool(begun) is watched


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX: elsewhere the folder has no version in its name")
def test_what_pip_replaces_is_watched_on_posix_too(tmp_path) -> None:
    info = tmp_path / "venv" / "lib" / "python3.11" / "site-packages" / "app-1.0.dist-info"
    info.mkdir(parents=True)
    environ = {"VIRTUAL_ENV": str(tmp_path / "venv")}
    found = watch_for(["pip", "install", "app"], environ, str(tmp_path), LIMIT, ())
    assert found is not None
    fresh = info / "RECORDx1y2.tmp"
    fresh.touch()
    assert str(fresh) in watched_files(found)
