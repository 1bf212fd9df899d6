"""Whether a virtual environment is one, and throwing away what an attempt has left half made.

A plain `uv sync` over a `.venv` whose making failed before `pyvenv.cfg` was written installs into the base
interpreter and removes packages from it: the interpreter in the folder is then taken for the base one.
"""

import os
from collections.abc import Mapping

from ci_guard.model.history import Repair, RepairAction
from ci_guard.recover.installed import CLOCK_SLACK, fresh
from ci_guard.recover.interpreter import starts
from ci_guard.recover.removal import remove_file, remove_tree
from ci_guard.recover.target import VENV_MARK, Kind, Target, is_interpreter

INTERPRETERS = ("bin/python", "Scripts/python.exe", "bin/python.exe")
CONDA_MARK = "conda-meta"


def broken(target: Target, environment: Mapping[str, str]) -> str | None:
    """Why the folder, which is there, is no working virtual environment; None if it is one."""
    if not os.path.isfile(os.path.join(target.prefix, VENV_MARK)):
        return f"has no {VENV_MARK}"
    programs = [os.path.join(target.prefix, *program.split("/")) for program in INTERPRETERS]
    there = [program for program in programs if os.path.lexists(program)]
    if not there:
        return "has no interpreter"
    return (
        None
        if any(starts(program, environment) for program in there)
        else "has an interpreter that does not start"
    )


def made_since(prefix: str, since: float) -> bool:
    """Whether nothing directly in the folder is older than that."""
    try:
        with os.scandir(prefix) as entries:
            return all(fresh(entry.path, since - CLOCK_SLACK) for entry in entries)
    except OSError:
        return False


def changed_since(target: Target, since: float) -> bool:
    """Whether the run has changed the environment's own files; deeper changes show in its folders' times."""
    limit = since - CLOCK_SLACK
    entries = [os.path.join(target.prefix, name) for name in _names(target.prefix)]
    return any(fresh(path, limit) for path in (target.prefix, *entries, *target.site, *target.scripts))


def reset(
    target: Target, since: float, environment: Mapping[str, str]
) -> tuple[tuple[Repair, ...], str | None]:
    """Throw the target's folder away if this run made it, or broke it; the command then makes it anew.

    Returns the repairs, and a reason if no further attempt may run with what is there.
    """
    if target.kind in (Kind.INTERPRETER, Kind.DIRECTORY) or not os.path.isdir(target.prefix):
        return (), None
    if target.kind is Kind.TOOL and not changed_since(target, since):
        return (), None  # another tool's
    if target.kind is Kind.NEARBY and not made_since(target.prefix, since):
        return (), None  # nothing says that the command works on it
    if is_interpreter(target.prefix) or os.path.isdir(os.path.join(target.prefix, CONDA_MARK)):
        return (), None
    made = target.made_by_command and made_since(target.prefix, since)
    why = broken(target, environment)
    if not made and why is None:
        return (), None
    if made or (target.made_by_command and fresh(target.prefix, since - CLOCK_SLACK)):
        reason = "made in this run by an attempt that failed" if made else f"{why} since this run"
        if remove_tree(target.prefix):
            links = _remove_links(target, since)
            return (_removed(target.prefix, reason), *links), None
        why = broken(target, environment)
        if why is None:
            return (), None
    return (
        (),
        f"`{target.prefix}` {why}: another attempt could change the base interpreter; remove the folder",
    )


def _remove_links(target: Target, since: float) -> tuple[Repair, ...]:
    """The executables of a removed tool that this run has put outside of it."""
    repairs = []
    for name in _names(target.links):
        path = os.path.join(target.links or "", name)
        # links on POSIX; on Windows uv copies the launcher
        dangling = os.path.islink(path) and os.path.realpath(path).startswith(
            os.path.realpath(target.prefix) + os.sep
        )
        copied = os.name == "nt" and name.lower().endswith(".exe")
        if (dangling or copied) and fresh(path, since - CLOCK_SLACK) and remove_file(path):
            repairs.append(_removed(path, "made in this run for a tool that failed"))
    return tuple(repairs)


def _removed(path: str, reason: str) -> Repair:
    return Repair(action=RepairAction.REMOVE, target=path, project=None, reason=reason)


def _names(folder: str | None) -> list[str]:
    try:
        return sorted(os.listdir(folder)) if folder else []
    except OSError:
        return []
