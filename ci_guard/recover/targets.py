"""From a command line and the paths that its failure named to the environments it works on."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from ci_guard.recover import pip_command, uv_command
from ci_guard.recover.target import Kind, Target, of_paths, virtual_environment

PROGRAM_SUFFIX = re.compile(r"(?i)\.(?:exe|cmd|bat)$")
PYTHON = re.compile(r"pyw?|python[\d.]*w?")
PIP = re.compile(r"pip[\d.]*")


def find_targets(
    program: str, argv: Sequence[str], environment: Mapping[str, str], directory: str, paths: Sequence[str]
) -> tuple[Target, ...]:
    """The environments that `argv` works on, each once. `program` is the path that `argv[0]` stands for."""
    found: dict[str, Target] = {}
    for target in (*_of_command(program, argv, environment, directory), *of_paths(paths, directory)):
        found.setdefault(os.path.normcase(os.path.realpath(target.prefix)), target)
    return tuple(found.values())


def installer(argv: Sequence[str]) -> str | None:
    """The installer that `argv` runs, "uv" or "pip"; None for any other program."""
    return _parsed(argv)[0]


def _parsed(argv: Sequence[str]) -> tuple[str | None, bool, list[str]]:
    """The installer, whether it was started as a module of an interpreter, and its words."""
    name = PROGRAM_SUFFIX.sub("", os.path.basename(argv[0])).lower() if argv else ""
    words = list(argv[1:])
    module = False
    if PYTHON.fullmatch(name) and "-m" in words[:-1]:
        place = words.index("-m")
        module, name, words = True, words[place + 1], words[place + 2 :]
    if name == "uv":
        return "uv", module, words
    if PIP.fullmatch(name):
        return "pip", module, words
    return None, module, words


def _of_command(
    program: str, argv: Sequence[str], environment: Mapping[str, str], directory: str
) -> Iterator[Target]:
    name, module, words = _parsed(argv)
    if name == "uv" and not module:
        yield from uv_command.targets(program, words, environment, directory)
    elif name == "pip" and "install" in words:
        yield from pip_command.targets(program, program if module else None, words, environment, directory)
    elif name is None and os.path.isdir(os.path.join(directory, ".venv")):
        yield virtual_environment(os.path.join(directory, ".venv"), Kind.NEARBY)
