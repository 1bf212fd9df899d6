"""Which entry of `commands:` speaks of a command."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_EXECUTABLE = re.compile(r"\.(exe|cmd|bat|com)$")


def matches(pattern: str, command: Sequence[str]) -> bool:
    """Whether a glob such as `uv tool install *` fits a command line.

    The program counts by its name alone, without folder, case and the suffix of Windows. A ` *` at the end
    fits no arguments too, so that `uv sync *` speaks of every `uv sync`.
    """
    program, space, rest = pattern.partition(" ")
    glob = _program(program) + space + rest
    text = " ".join((_program(command[0]), *command[1:])) if command else ""
    return fnmatchcase(text, glob) or (glob.endswith(" *") and fnmatchcase(text, glob[: -len(" *")]))


def _program(word: str) -> str:
    return _EXECUTABLE.sub("", re.split(r"[\\/]", word)[-1].lower())
