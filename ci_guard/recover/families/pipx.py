"""pipx: one environment for each program, and one that they share for pip.

Source: pipx's manual, "How pipx works" and "Configure paths". `pipx install` looks only whether the folder of
the environment is there ("already seems to be installed", exit status 0), so a half-made one has to go.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator

from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Fault
from ci_guard.recover.family import Installation, Step, Trail
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.project_name import ProjectName, named, normalised
from ci_guard.recover.python.target import Target, TargetKind, virtual_environment
from ci_guard.recover.python.venv import changed_since

COMMANDS = frozenset(
    {"install", "install-all", "inject", "upgrade", "upgrade-all", "upgrade-shared", "reinstall"}
    | {"reinstall-all"}
)
METADATA = "pipx_metadata.json"


class Pipx:
    """The family of pipx."""

    programs: frozenset[str] = frozenset({"pipx"})

    def find_installations(self, step: Step, trail: Trail, /) -> Iterable[Installation]:
        """The environments that the run has changed."""
        if COMMANDS.isdisjoint(step.words):
            return
        links = _links(step)
        for home in _homes(step):
            shared = step.environment.get("PIPX_SHARED_LIBS") or os.path.join(home, "shared")
            yield from self._changed(shared, None, Habits(puts_back=PutsBack.ENVIRONMENT), step, trail)
            habits = Habits(
                puts_back=PutsBack.PACKAGES,
                makes_anew=True,
                installs=named(step.words),
                own_faults=_own_faults,
                main=_main,
            )
            for name in _folders(os.path.join(home, "venvs")):
                yield from self._changed(os.path.join(home, "venvs", name), links, habits, step, trail)

    def _changed(
        self, folder: str, links: str | None, habits: Habits, step: Step, trail: Trail
    ) -> Iterator[Installation]:
        target = virtual_environment(folder, TargetKind.MANAGED, links)
        if os.path.isdir(folder) and changed_since(target, trail.beginning.on(folder)):
            # pipx `venv.py`, venv_lock; `shared_libs.py`, _maintenance_lock
            lock = os.path.join(os.path.dirname(folder), f".{normalised(os.path.basename(folder))}.lock")
            yield PythonEnvironment(target=target, habits=habits, environment=step.environment, lock=lock)


def _main(target: Target) -> ProjectName:
    return normalised(os.path.basename(target.prefix))


def _own_faults(target: Target) -> Iterator[Fault]:
    """What pipx noted, against the programs that it put into its folder of executables."""
    path = os.path.join(target.prefix, METADATA)
    try:
        with open_patiently(path, encoding="utf-8") as file:
            package = json.load(file)["main_package"]
        apps = [name for name in package["apps"] if isinstance(name, str)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Fault(project=None, path=path, what=f"cannot be read: {error}")
        return
    for name in apps:
        app = os.path.join(target.links or "", name + str(package.get("suffix") or ""))
        if not os.path.exists(app):
            yield Fault(project=None, path=app, what="missing")
        elif not os.access(app, os.X_OK):
            yield Fault(project=None, path=app, what="not executable")


def _homes(step: Step) -> Iterator[str]:
    """Where pipx keeps everything: what is set, else whichever of its default places is there."""
    named = step.environment.get("PIPX_HOME")
    if named:
        yield os.path.join(step.directory, named)
        return
    home = step.home
    data = step.environment.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    places = {
        "win32": (os.path.join(home, "pipx"), os.path.join(home, "AppData", "Local", "pipx", "pipx")),
        "darwin": (os.path.join(home, "Library", "Application Support", "pipx"),),
    }.get(sys.platform, (os.path.join(data, "pipx"),))
    yield from dict.fromkeys((*places, os.path.join(home, ".local", "pipx")))


def _links(step: Step) -> str:
    return step.environment.get("PIPX_BIN_DIR") or os.path.join(step.home, ".local", "bin")


def _folders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []
