"""`python -m venv` and virtualenv: the folder that the line names is made, or it is not.

Neither goes on with what an attempt has left: venv skips what is there, so that a second `python -m venv`
ends without pip and with exit status 0. What this run has made goes; what was there before is left alone.
"""

import os
from collections.abc import Iterable, Iterator
from functools import partial

from ci_guard.model.history import Fault
from ci_guard.recover.family import Installation, Step, Trail
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.project_name import normalised, project_of
from ci_guard.recover.python.target import VENV_MARK, Target, TargetKind, virtual_environment
from ci_guard.recover.python.venv import made_since

WITHOUT_PIP = frozenset({"--without-pip", "--no-pip", "--no-seed", "--without-seed"})
WITH_VALUE = frozenset(
    {"--prompt", "-p", "--python", "--app-data", "--creator", "--seeder", "--extra-search-dir", "--pip"}
    | {"--setuptools", "--wheel", "--activators", "--discovery", "--try-first-with", "--symlink-app-data"}
)


class Venv:
    """The family of both."""

    programs: frozenset[str] = frozenset({"venv", "virtualenv"})

    def find_installations(self, step: Step, trail: Trail, /) -> Iterable[Installation]:
        """The folders that the line names; of several commands, those that it makes.

        One that was there before is left to what the line then installs into it.
        """
        faults = _no_faults if WITHOUT_PIP.intersection(step.words) else partial(_without, "pip")
        habits = Habits(puts_back=PutsBack.ENVIRONMENT, own_faults=faults)
        for folder in _folders(step.words):
            target = virtual_environment(os.path.join(step.directory, folder), TargetKind.VENV)
            whole = os.path.isfile(os.path.join(target.prefix, VENV_MARK))
            if whole and not step.alone and not made_since(target.prefix, trail.beginning.on(target.prefix)):
                continue
            yield PythonEnvironment(target=target, habits=habits, environment=step.environment)


def _folders(words: Iterable[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in WITH_VALUE
        else:
            yield word


def _no_faults(_target: Target) -> Iterable[Fault]:
    return ()


def _without(name: str, target: Target) -> Iterator[Fault]:
    """That an environment lacks a package that it is made with."""
    for site in target.site:
        try:
            names = os.listdir(site)
        except OSError:
            continue
        if any(project_of(each) == name for each in names if each.endswith(".dist-info")):
            return
    if os.path.isdir(target.prefix):
        yield Fault(project=normalised(name), path=target.prefix, what="not installed")
