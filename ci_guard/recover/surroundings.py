"""Where a command inside of a command line runs: its directory and its variables, filled in."""

import os
import re
from collections.abc import Mapping

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression
from ci_guard.model.command import Command

_VARIABLE = expression(r"\$\{(\w+)\}|\$env:(\w+)|\$(\w+)|%(\w+)%", re.IGNORECASE)
_UNKNOWN = expression(r"[$`]|%\w+%")  # a substitution that only a shell can make
_BATCH_FOLDER = expression(r"%~dp0\\?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The working directory, absolute as the whole command line's is, and all variables."""

    directory: str
    environment: Mapping[str, str]

    def expanded(self, text: str) -> str | None:
        """The text with the variables of a shell filled in; None where only the shell could."""
        return expanded(text, self.environment)


def surroundings(command: Command, environment: Mapping[str, str], directory: str) -> Surroundings | None:
    """Where the command runs, if its whole line runs in `directory` with `environment`.

    None if only the shell could tell.
    """
    variables = dict(environment)
    for name, value in command.environment.items():
        filled = None if value is None else expanded(value, variables)
        if filled is not None:
            variables[name] = filled
        elif value is None:
            variables.pop(name, None)
    folder = expanded(command.directory or "", variables)
    if folder is None:
        return None
    place = os.path.join(directory, os.path.expanduser(folder))
    if command.activated is not None:
        prefix = expanded(command.activated, variables)
        if prefix is None:
            return None
        prefix = os.path.normpath(os.path.join(directory, os.path.expanduser(prefix)))
        # what `activate` does: venv's own scripts
        variables["VIRTUAL_ENV"] = prefix
        folders = (os.path.join(prefix, "bin"), os.path.join(prefix, "Scripts"), variables.get("PATH", ""))
        variables["PATH"] = os.pathsep.join(filter(None, folders))
    return Surroundings(directory=os.path.normpath(place), environment=variables)


def expanded(text: str, environment: Mapping[str, str]) -> str | None:
    """The text with `$X`, `${X}`, `$env:X` and `%X%` filled in; None where only a shell could tell."""

    def fill(found: re.Match[str]) -> str:
        name = next(group for group in found.groups() if group is not None)
        return environment.get(name, environment.get(name.upper(), found[0]))

    filled = _VARIABLE.sub(fill, _BATCH_FOLDER.sub("", text))
    return None if _UNKNOWN.search(filled) else filled
