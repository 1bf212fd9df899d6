"""Whether an attempt is watched, and what for: from the command line and the attempts before."""

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Diagnosis, Match
from ci_guard.model.process import Exit, Outcome
from ci_guard.run.patience import watch_for

LIMIT = 120.0
FAILED = Outcome(exit=Exit(code=2), started=0.0, duration=1.0, captures=())


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
        assert list(found.named) == [str(tmp_path / "out" / "a.exe")] * len(attempts)


def test_each_tool_s_habits_fit_together() -> None:
    """It is held still sooner than it gives up, and no longer than a connection bears."""
    known = [tool.patience for tool in load_knowledge().tools if tool.patience is not None]
    assert len(known) >= 5
    for habits in known:
        assert 0 < habits.after < habits.retries_for
        assert 10 <= habits.still <= LIMIT
        assert habits.reference.startswith("https://")
        assert habits.places
