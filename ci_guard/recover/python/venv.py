"""Whether a virtual environment is one, and throwing away what an attempt has left half made.

A plain `uv sync` over a `.venv` whose making failed before `pyvenv.cfg` was written installs into the base
interpreter and removes packages from it: the interpreter in the folder is then taken for the base one.
"""

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from functools import partial

from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Repair, RepairAction
from ci_guard.recover.beginning import CLOCK_SLACK, is_fresh
from ci_guard.recover.family import Owed, RepairOutcome, noted, taken_away
from ci_guard.recover.python.interpreter import starts
from ci_guard.recover.python.target import VENV_MARK, Target, TargetKind, is_interpreter
from ci_guard.recover.removal import remove_file, remove_tree

INTERPRETERS = ("bin/python", "Scripts/python.exe", "bin/python.exe")
CONDA_MARK = "conda-meta"
ACTIVATORS = ("activate", "activate.bat")  # every maker of environments writes one of them
NOTES = (".lock", ".gitignore", "CACHEDIR.TAG")  # what uv puts into a folder before it looks into it
OWN = frozenset(
    {"bin", "lib", "lib64", "include", "share", "etc", "man", "src", "tmp", "log", "Scripts", "Lib"}
    | {"Include", "libs", "DLLs", VENV_MARK, "CACHEDIR.TAG", ".gitignore", ".lock", "uv-receipt.toml"}
    | {"pipx_metadata.json", "pip-selfcheck.json", ".project"}  # the last is pipenv's
)
OWN_STARTS = (".install_state_", ".tox-", ".hatch", ".package", ".tmp")


def broken(prefix: str, environment: Mapping[str, str]) -> str | None:
    """Why the folder, which is there, is no working virtual environment; None if it is one."""
    if not os.path.isfile(os.path.join(prefix, VENV_MARK)):
        return f"has no {VENV_MARK}"
    there = list(_interpreters(prefix))
    if not there:
        return "has no interpreter"
    if any(starts(program, environment) for program in there if safe(program, prefix)):
        return None
    if not all(safe(program, prefix) for program in there):
        return None  # it was not tried, so nothing is known against it
    return "has an interpreter that does not start"


def _interpreters(prefix: str) -> Iterator[str]:
    programs = (os.path.join(prefix, *program.split("/")) for program in INTERPRETERS)
    return (program for program in programs if os.path.lexists(program))


def safe(program: str, prefix: str) -> bool:
    """Whether nobody else could have put the program there: with root's rights that would be their way in."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return True
    for path in (prefix, os.path.dirname(program), program, os.path.realpath(program)):
        try:
            status = os.stat(path)
        except OSError:
            return True  # it cannot be started either
        if status.st_uid != 0 or status.st_mode & stat.S_IWOTH:
            return False
    return True


def half_made(prefix: str) -> bool:
    """Whether the folder is what a maker of environments leaves when it fails in the middle."""
    if os.path.lexists(os.path.join(prefix, VENV_MARK)):
        return False
    folders = [os.path.join(prefix, name) for name in ("bin", "Scripts")]
    return any(
        name.startswith("python") or name in ACTIVATORS for folder in folders for name in _names(folder)
    )


def foreign(prefix: str) -> bool:
    """Whether the folder holds something that no maker of environments puts there: it is somebody's."""
    return any(name not in OWN and not name.startswith(OWN_STARTS) for name in _names(prefix))


def made_since(prefix: str, since: float) -> bool:
    """Whether nothing directly in the folder is older than that."""
    try:
        with os.scandir(prefix) as entries:
            return all(is_fresh(entry.path, since) for entry in entries)
    except OSError:
        return False


def changed_since(target: Target, since: float) -> bool:
    """Whether the run has changed the environment's own files; deeper changes show in its folders' times."""
    entries = [os.path.join(target.prefix, name) for name in _names(target.prefix)]
    return any(is_fresh(path, since) for path in (target.prefix, *entries, *target.site, *target.scripts))


def reset(
    target: Target, since: float, environment: Mapping[str, str], why: str | None = None
) -> Iterator[RepairOutcome]:
    """Throw the target's folder away if this run made it or broke it; the command then makes it anew.

    `why`: what is wrong with it beyond its being no environment. What is whole stays, finished or not.
    """
    if target.kind in (TargetKind.INTERPRETER, TargetKind.DIRECTORY) or not os.path.isdir(target.prefix):
        return
    if target.kind in (TargetKind.TOOL, TargetKind.MANAGED) and not changed_since(target, since):
        return  # another tool's
    if target.kind is TargetKind.NEARBY and not made_since(target.prefix, since):
        return  # nothing says that the command works on it
    if is_interpreter(target.prefix) or os.path.isdir(os.path.join(target.prefix, CONDA_MARK)):
        return
    unfit = broken(target.prefix, environment)
    made = target.made_by_command and made_since(target.prefix, since)
    reason = unfit or why or (_unfinished(target) if made else None)
    if made and target.kind is TargetKind.VENV:
        reason = reason or "was made by an attempt that failed"  # its maker does not go on with what is there
    if reason is None:
        return
    ours = made or (why is not None and target.kind is TargetKind.MANAGED)
    ours = ours or (unfit is not None and _is_undone(target, since))
    if target.made_by_command and ours and not foreign(target.prefix):
        yield from _thrown_away(target, since, reason)
        if not os.path.isdir(target.prefix):
            return
        unfit = broken(target.prefix, environment)
    if unfit is None or os.path.isfile(os.path.join(target.prefix, VENV_MARK)):
        return  # with its mark no tool takes it for the base interpreter
    danger = "another attempt could change the base interpreter; remove the folder"
    yield RepairOutcome(refusal=f"`{target.prefix}` {unfit}: {danger}")


def _thrown_away(target: Target, since: float, reason: str) -> Iterator[RepairOutcome]:
    repair = _removed(target.prefix, f"{reason}, since this run")
    for part in taken_away(partial(remove_tree, target.prefix), repair, Owed(path=target.prefix)):
        yield part
        yield from noted(remove_links(target, since))


def _is_undone(target: Target, since: float) -> bool:
    """Whether this run has taken away what makes the folder an environment, as who makes it anew begins.

    One of before counts as such only if something went from it: a lock or a note that was put into it says
    nothing, and an interpreter that does not start, whoever holds it, is there.
    """
    if os.path.isfile(os.path.join(target.prefix, VENV_MARK)):
        gone = not any(_interpreters(target.prefix))
        return gone and any(_modified(folder) >= since for folder in (target.prefix, *target.scripts))
    notes = [_modified(os.path.join(target.prefix, name)) for name in NOTES]
    changed = _modified(target.prefix)
    return changed >= since and not any(abs(changed - noted) <= CLOCK_SLACK for noted in notes)


def _modified(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _unfinished(target: Target) -> str | None:
    """What its maker writes after `pyvenv.cfg`, or beside it, and would not write again."""
    scripts = [name for folder in target.scripts for name in _names(folder)]
    if not any(name in ACTIVATORS for name in scripts):
        return "has no activation script"
    if _lacks_lib64(target.prefix):
        return "has no lib64"
    return None


def _lacks_lib64(prefix: str) -> bool:
    """Whether uv made it and did not come to the link `lib64` (uv-virtualenv/src/virtualenv.rs)."""
    if sys.platform != "linux" or sys.maxsize < 2**32 or os.path.lexists(os.path.join(prefix, "lib64")):
        return False
    try:
        with open_patiently(os.path.join(prefix, VENV_MARK), encoding="utf-8", errors="replace") as file:
            return any(line.startswith("uv =") for line in file)
    except OSError:
        return False


def remove_links(target: Target, since: float) -> Iterator[Repair]:
    """The executables of a removed tool that this run has put outside of it."""
    for name in _names(target.links):
        path = os.path.join(target.links or "", name)
        # links on POSIX; on Windows uv copies the launcher
        dangling = os.path.islink(path) and os.path.realpath(path).startswith(
            os.path.realpath(target.prefix) + os.sep
        )
        copied = os.name == "nt" and name.lower().endswith(".exe")
        if (dangling or copied) and is_fresh(path, since) and remove_file(path):
            yield _removed(path, "made in this run for a tool that failed")


def _removed(path: str, reason: str) -> Repair:
    return Repair(action=RepairAction.REMOVE, target=path, project=None, reason=reason)


def _names(folder: str | None) -> list[str]:
    try:
        return sorted(os.listdir(folder)) if folder else []
    except OSError:
        return []
