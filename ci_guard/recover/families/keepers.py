"""Tools that keep environments themselves: poetry, pdm, hatch, pipenv, tox, nox, pre-commit.

Where they keep them and what they make anew is the table at the end; see each tool's manual on
"environments". One counts only where the run has changed it: the folders hold those of other projects, too.
"""

import glob
import os
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator

from ci_guard.dataclass import dataclass
from ci_guard.machine.held import open_patiently
from ci_guard.recover.family import Installation, Step, Trail
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.locked import PIPENV, locked
from ci_guard.recover.python.project_name import ProjectName
from ci_guard.recover.python.target import VENV_MARK, TargetKind, option, upwards, virtual_environment
from ci_guard.recover.python.venv import changed_since, half_made


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """One such tool."""

    programs: frozenset[str]
    # the folders that may be its environments, as patterns of `glob`
    places: Callable[[Step], Iterable[str]]
    puts_back: PutsBack
    # `VENV`: does not go on with one that an attempt has begun ("already exists"), so that it is made anew
    kind: TargetKind = TargetKind.MANAGED
    commands: frozenset[str] = frozenset()  # the sub-commands that install; empty: all
    lock: str | None = None  # the file beside the project's with all that has to be there afterwards
    project: Callable[[Step], str] | None = None  # the project's folder
    held_by: Callable[[Step], str] | None = None  # the file that the tool locks while it makes environments

    def find_installations(self, step: Step, trail: Trail, /) -> Iterable[Installation]:
        """The environments of the tool that the run has changed."""
        if self.commands and self.commands.isdisjoint(step.words):
            return
        habits = Habits(puts_back=self.puts_back, makes_anew=True, asked=self._locked(step))
        for folder in _environments(self.places(step)):
            target = virtual_environment(folder, self.kind)
            if changed_since(target, trail.beginning.on(folder)):
                lock = self.held_by(step) if self.held_by is not None else None
                yield PythonEnvironment(target=target, habits=habits, environment=step.environment, lock=lock)

    def _locked(self, step: Step) -> frozenset[ProjectName]:
        if self.lock is None or self.project is None or not step.alone:
            return frozenset()
        return locked(self.project(step), self.lock, step.words)


def _environments(patterns: Iterable[str]) -> Iterator[str]:
    """The folders that are environments, or were to become some."""
    for pattern in dict.fromkeys(patterns):
        for folder in sorted(glob.glob(pattern)):
            if os.path.isfile(os.path.join(folder, VENV_MARK)) or half_made(folder):
                yield os.path.normpath(folder)


def _project(step: Step, directory: str | None = None, mark: str = "pyproject.toml") -> str:
    """The folder of the project that the tool works for, as a pattern."""
    return glob.escape(_project_folder(step, directory, mark))


def _project_folder(step: Step, directory: str | None, mark: str = "pyproject.toml") -> str:
    start = os.path.join(step.directory, directory or "")
    found = (folder for folder in upwards(start) if os.path.isfile(os.path.join(folder, mark)))
    return next(found, start)


def _poetry_project(step: Step) -> str:
    words = list(step.words)
    return _project_folder(step, option(words, "--directory", "-C") or option(words, "--project", "-P"))


def _pdm_project(step: Step) -> str:
    return _project_folder(step, option(list(step.words), "--project", "-p"))


def _pipenv_project(step: Step) -> str:
    return _project_folder(step, None, "Pipfile")


def _data(step: Step, name: str) -> str:
    """The folder for the data of a program, as the package `platformdirs` has it."""
    if sys.platform == "win32":
        return os.path.join(step.environment.get("LOCALAPPDATA", step.home), name, name)
    if sys.platform == "darwin":
        return os.path.join(step.home, "Library", "Application Support", name)
    base = step.environment.get("XDG_DATA_HOME") or os.path.join(step.home, ".local", "share")
    return os.path.join(base, name)


def _cache(step: Step, name: str) -> str:
    if sys.platform == "win32":
        return os.path.join(step.environment.get("LOCALAPPDATA", step.home), name, "Cache")
    if sys.platform == "darwin":
        return os.path.join(step.home, "Library", "Caches", name)
    base = step.environment.get("XDG_CACHE_HOME") or os.path.join(step.home, ".cache")
    return os.path.join(base, name)


def _active(step: Step) -> Iterator[str]:
    """The environment that is active, which poetry, pdm and pipenv then work on."""
    if step.environment.get("VIRTUAL_ENV"):
        yield glob.escape(step.environment["VIRTUAL_ENV"])


def _poetry(step: Step) -> Iterator[str]:
    variables = step.environment
    yield from _active(step)
    yield os.path.join(glob.escape(_poetry_project(step)), ".venv")
    cache = variables.get("POETRY_CACHE_DIR") or _cache(step, "pypoetry")
    yield os.path.join(variables.get("POETRY_VIRTUALENVS_PATH") or os.path.join(cache, "virtualenvs"), "*")


def _pdm(step: Step) -> Iterator[str]:
    yield from _active(step)
    yield os.path.join(glob.escape(_pdm_project(step)), ".venv")
    yield os.path.join(_data(step, "pdm"), "venvs", "*")


def _hatch(step: Step) -> Iterator[str]:
    project = _project(step)
    for path in _hatch_paths(project):
        yield os.path.join(project, path)
    data = step.environment.get("HATCH_DATA_DIR") or _data(step, "hatch")
    yield os.path.join(data, "env", "virtual", "*", "*", "*")
    yield os.path.join(project, ".hatch", "*")


def _hatch_paths(project: str) -> Iterator[str]:
    """The places that the project itself gives its environments."""
    for name, keys in (("pyproject.toml", ("tool", "hatch", "envs")), ("hatch.toml", ("envs",))):
        try:
            with open_patiently(os.path.join(project, name), "rb") as file:
                found = tomllib.load(file)
        except (OSError, ValueError):  # also of bytes that are no text
            continue
        for key in keys:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        for each in found.values() if isinstance(found, dict) else ():
            if isinstance(each, dict) and isinstance(each.get("path"), str):
                yield glob.escape(each["path"])


def _pipenv(step: Step) -> Iterator[str]:
    yield from _active(step)
    yield os.path.join(glob.escape(_pipenv_project(step)), ".venv")
    kept = ".virtualenvs" if sys.platform == "win32" else os.path.join(".local", "share", "virtualenvs")
    yield os.path.join(step.environment.get("WORKON_HOME") or os.path.join(step.home, kept), "*")


def _tox(step: Step) -> Iterator[str]:
    folder = option(list(step.words), "--workdir") or step.environment.get("TOX_WORK_DIR") or ".tox"
    yield os.path.join(glob.escape(step.directory), folder, "*")
    yield os.path.join(_project(step, mark="tox.ini"), folder, "*")


def _nox(step: Step) -> Iterator[str]:
    folder = option(list(step.words), "--envdir") or step.environment.get("NOX_ENVDIR") or ".nox"
    yield os.path.join(glob.escape(step.directory), folder, "*")


def _pre_commit(step: Step) -> Iterator[str]:
    yield os.path.join(_pre_commit_home(step), "repo*", "py_env-*")


def _pre_commit_home(step: Step) -> str:
    base = step.environment.get("XDG_CACHE_HOME") or os.path.join(step.home, ".cache")
    return step.environment.get("PRE_COMMIT_HOME") or os.path.join(base, "pre-commit")


def _pre_commit_lock(step: Step) -> str:
    return os.path.join(_pre_commit_home(step), ".lock")  # pre_commit/store.py, exclusive_lock


KEEPERS = (
    Keeper(
        programs=frozenset({"poetry"}),
        places=_poetry,
        puts_back=PutsBack.WANTED,
        lock="poetry.lock",
        project=_poetry_project,
        commands=frozenset({"install", "sync", "update", "add", "remove"}),
    ),
    Keeper(
        programs=frozenset({"pdm"}),
        places=_pdm,
        puts_back=PutsBack.WANTED,
        lock="pdm.lock",
        project=_pdm_project,
        commands=frozenset({"install", "sync", "update", "add", "remove"}),
    ),
    Keeper(programs=frozenset({"hatch"}), places=_hatch, puts_back=PutsBack.PACKAGES, kind=TargetKind.VENV),
    Keeper(
        programs=frozenset({"pipenv"}),
        places=_pipenv,
        puts_back=PutsBack.WANTED,
        lock=PIPENV,
        project=_pipenv_project,
        commands=frozenset({"install", "sync", "update", "upgrade"}),
    ),
    Keeper(programs=frozenset({"tox"}), places=_tox, puts_back=PutsBack.ENVIRONMENT),
    Keeper(programs=frozenset({"nox"}), places=_nox, puts_back=PutsBack.ENVIRONMENT),
    Keeper(
        programs=frozenset({"pre-commit"}),
        places=_pre_commit,
        puts_back=PutsBack.ENVIRONMENT,
        held_by=_pre_commit_lock,
    ),
)
