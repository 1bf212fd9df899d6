"""Finds the program that a command names, in the search path of the command's own environment.

When there is none, says what was looked for and where. Does not start anything.
"""

import os
from collections.abc import Mapping

from ci_guard.errors import CommandNotExecutable, CommandNotFound, UsageError
from ci_guard.process._system import system

SUGGESTIONS = 3


def locate(program: str, environment: Mapping[str, str]) -> str:
    """Return the path of the program.

    Raises CommandNotFound, CommandNotExecutable, and UsageError for an empty name.
    """
    if not program:
        raise UsageError("the command is an empty string", hint="give the program to run after `--`")
    found = None
    for candidate in system.candidates(program, environment):
        if system.is_program(candidate):
            return candidate
        if found is None and os.path.exists(candidate) and not _is_searched_directory(program, candidate):
            found = candidate
    if found is None and os.path.dirname(program) and os.path.isdir(program):
        found = program  # Windows looks for names with an extension only
    if found is not None:
        raise _not_executable(found)
    raise _not_found(program, environment)


def _is_searched_directory(program: str, candidate: str) -> bool:
    """Whether this is only a directory of that name on the way, which a search passes by."""
    return os.path.isdir(candidate) and not os.path.dirname(program)


def _not_executable(path: str) -> CommandNotExecutable:
    if os.path.isdir(path):
        return CommandNotExecutable(f"`{path}` is a directory", hint="name a program inside it")
    return CommandNotExecutable(
        f"`{path}` is not executable",
        hint=system.remedy(path),
    )


def _not_found(program: str, environment: Mapping[str, str]) -> CommandNotFound:
    if os.path.dirname(program):
        return CommandNotFound(
            f"there is no file `{program}`",
            hint=f"a relative path counts from the working directory `{os.getcwd()}`",
        )
    from ci_guard.process.shell_words import advice_on  # only where no program was found

    meant = advice_on(program)
    if meant is not None:
        return CommandNotFound(f"there is no program `{program}`", hint=meant)
    directories = system.search_path(environment)
    similar = _similar(program, directories)
    searched = f"searched {os.pathsep.join(directories)}" if any(directories) else "PATH is empty"
    if " " in program:
        advice = "give the program and each argument separately, without quotes around the whole; "
    elif similar:
        advice = f"did you mean {' or '.join(f'`{name}`' for name in similar)}? "
    else:
        advice = ""
    return CommandNotFound(f"there is no program `{program}`", hint=advice + searched)


def _similar(program: str, directories: tuple[str, ...]) -> list[str]:
    import difflib

    names: set[str] = set()
    for directory in directories:
        try:
            names.update(os.listdir(directory))
        except OSError:  # a directory of PATH that is not there, or not ours to read
            continue
    return difflib.get_close_matches(program, sorted(names), n=SUGGESTIONS)
