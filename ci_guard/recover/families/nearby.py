"""A line that cannot be read, as that of a script or of `make`: environments that it made or changed.

Nobody can say from the outside which program wrote a file, so only what lies below the working directory is
repaired. An environment elsewhere that a failure named is looked at, and nothing of it is started or removed.
"""

import os
import re
from collections.abc import Iterable, Iterator

from ci_guard.expression import expression
from ci_guard.recover.family import Installation, Step, Trail
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.target import VENV_MARK, TargetKind, virtual_environment
from ci_guard.recover.python.venv import changed_since, half_made

DEPTH = 3  # folders below the working directory
FOLDERS = 2000  # looked into in all: a checkout may be large, and the answer must not take long
SKIPPED = frozenset({"node_modules", ".git", ".hg", ".svn", "__pycache__", "site-packages"})

# what an environment that was hardly begun is called, and may hold (uv-virtualenv/src/virtualenv.rs)
USUAL_NAMES = frozenset({".venv", "venv"})
FIRST_ENTRIES = frozenset(
    {".gitignore", ".lock", "CACHEDIR.TAG", "bin", "Scripts", "lib", "Lib", "lib64", "include"}
)

SITE_PACKAGES = expression(
    r"^(?P<prefix>.+?)[\\/]lib(?:64)?[\\/](?:python[\d.]+t?[\\/])?site-packages(?:[\\/]|$)", re.IGNORECASE
)
SCRIPT = expression(r"^(?P<prefix>.+)[\\/](?:bin|Scripts)[\\/][^\\/]+$", re.IGNORECASE)


class Nearby:
    """The family of everything that no other family serves."""

    programs: frozenset[str] = frozenset()

    def find_installations(self, step: Step, trail: Trail) -> Iterable[Installation]:
        """Environments below the working directory that the run has changed."""
        habits = Habits(puts_back=PutsBack.ENVIRONMENT)
        for folder in _environments(step.directory):
            target = virtual_environment(folder, TargetKind.NEARBY)
            if changed_since(target, trail.beginning.on(folder)):
                yield PythonEnvironment(target=target, habits=habits, environment=step.environment)
        untouchable = Habits(puts_back=PutsBack.NOTHING)
        for folder in _around(trail.paths):
            target = virtual_environment(folder, TargetKind.ENVIRONMENT)
            yield PythonEnvironment(target=target, habits=untouchable, environment=step.environment)


def _around(paths: Iterable[str]) -> Iterator[str]:
    """The environments that files lie in."""
    for path in paths:
        whole = os.path.normpath(path)
        found = SITE_PACKAGES.match(whole) or SCRIPT.match(whole)
        if found and os.path.isfile(os.path.join(found["prefix"], VENV_MARK)):
            yield found["prefix"]


def _is_environment(folder: str) -> bool:
    """Whether the folder is an environment, or what its maker has begun."""
    if os.path.isfile(os.path.join(folder, VENV_MARK)) or half_made(folder):
        return True
    return os.path.basename(folder) in USUAL_NAMES and FIRST_ENTRIES.issuperset(_names(folder))


def _environments(directory: str) -> Iterator[str]:
    """Whole and half made environments, breadth first."""
    level, looked = [directory], 0
    for _ in range(DEPTH + 1):
        below: list[str] = []
        for folder in level:
            looked += 1
            if looked > FOLDERS:
                return
            if folder != directory and _is_environment(folder):
                yield folder
            else:
                below += _folders(folder)
        level = below


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _folders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.path
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and entry.name not in SKIPPED
            )
    except OSError:
        return []
