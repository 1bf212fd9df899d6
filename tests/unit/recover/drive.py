"""Calls of the recovery as a run makes them, with defaults for what a test does not care about."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ci_guard.model.command import CommandLine
from ci_guard.model.history import Verification
from ci_guard.recover import promise
from ci_guard.recover.beginning import Beginning
from ci_guard.recover.family import Installation, RepairOutcome, Trail
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.target import Target
from ci_guard.recover.steps import family_of, read_steps
from ci_guard.recover.stumbles import Stumbles

BEGUN = 1.0  # seconds since the epoch: all that a test makes is younger
HABITS = Habits(puts_back=PutsBack.WANTED)


def beginning(since: float) -> Beginning:
    """A run that began then, in seconds since the epoch."""
    return Beginning(since, time.monotonic() - (time.time() - since))


def trail(since: float, *, paths: Collection[str | Path] = (), **more) -> Trail:
    return Trail(beginning=beginning(since), paths=tuple(map(str, paths)), **more)


class NoStumbles(Stumbles):
    """For a test in which nothing goes wrong: what is raised is raised."""

    @contextmanager
    def noted(self, place: str) -> Iterator[None]:
        yield


def mended(installation: Installation, seen: Trail) -> RepairOutcome:
    """All that a repair of it comes to."""
    return RepairOutcome.joined(installation.repair(seen))


def mend(
    targets: Sequence[Target],
    since: float,
    *,
    environment: Mapping[str, str] | None = None,
    habits: Habits = HABITS,
    **more,
) -> RepairOutcome:
    """Repair these environments after a failed attempt."""
    found = [_environment(target, habits, environment) for target in targets]
    return promise.repair(found, trail(since, **more), NoStumbles())


def examine(
    targets: Sequence[Target],
    since: float,
    *,
    environment: Mapping[str, str] | None = None,
    habits: Habits = HABITS,
    owed=(),
    command: str = "uv",
    **more,
) -> Verification:
    """Verify these environments after an attempt that passed."""
    found = [_environment(target, habits, environment) for target in targets]
    return promise.verify(found, trail(since, **more), owed, command, NoStumbles())


def find_targets(
    line: CommandLine, environment: Mapping[str, str], directory: str, paths: Collection[str | Path] = ()
) -> tuple[Target, ...]:
    """The Python environments that the families find for a line, each once, after a run that changed all."""
    steps = read_steps(line, environment, directory)
    found = promise.find_installations(steps, trail(BEGUN, paths=paths), family_of, NoStumbles())
    return tuple(each.target for each in found if isinstance(each, PythonEnvironment))


def _environment(target: Target, habits: Habits, environment: Mapping[str, str] | None) -> PythonEnvironment:
    return PythonEnvironment(target=target, habits=habits, environment=environment or {})
