"""From a command line and the paths that its failure named to the environments it works on."""

import os
from collections.abc import Iterator, Mapping, Sequence

from ci_guard.errors import GuardError
from ci_guard.model.command import Command, CommandLine
from ci_guard.process.locate import locate
from ci_guard.recover import pip_command, uv_command
from ci_guard.recover.surroundings import Surroundings, surroundings
from ci_guard.recover.target import Kind, Target, of_paths, virtual_environment

INSTALLERS = ("uv", "pip")


def find_targets(
    line: CommandLine, environment: Mapping[str, str], directory: str, paths: Sequence[str]
) -> tuple[Target, ...]:
    """The environments that the commands of `line` work on, each once.

    `environment` and `directory`: of the whole command line. `paths`: the files that its failure named.
    """
    found: dict[str, Target] = {}
    for target in (*_of_line(line, environment, directory), *of_paths(paths, directory)):
        found.setdefault(os.path.normcase(os.path.realpath(target.prefix)), target)
    return tuple(found.values())


def installers(line: CommandLine) -> tuple[Command, ...]:
    """The commands of `line` that are an installer whose environments are known, as uv and pip are."""
    return tuple(command for command in line.commands if command.program in INSTALLERS)


def program_of(command: Command, around: Surroundings) -> str | None:
    """The path of the program that the command starts (the interpreter's of a module); None without one."""
    name = around.expanded((command.interpreter or command.argv)[0])
    if name is None:
        return None
    try:
        return locate(
            os.path.join(around.directory, name) if os.path.dirname(name) else name, around.environment
        )
    except GuardError:
        return None


def _of_line(line: CommandLine, environment: Mapping[str, str], directory: str) -> Iterator[Target]:
    known = installers(line)
    for command in known:
        around = surroundings(command, environment, directory)
        if around is not None:
            yield from _of_command(command, around)
    if not known or not line.complete:
        yield from _nearby(line, environment, directory)


def _of_command(command: Command, around: Surroundings) -> Iterator[Target]:
    program = program_of(command, around)
    words = [around.expanded(word) or word for word in command.argv[1:]]
    if command.interpreter is None:
        interpreter = None
    elif program is None:
        return
    else:
        interpreter = [program, *command.interpreter[1:]]
    if command.program == "uv":
        start = [program or command.argv[0]] if interpreter is None else [*interpreter, "-m", "uv"]
        yield from uv_command.targets(start, interpreter, words, around.environment, around.directory)
    elif (
        "install" in words and command.runner is None
    ):  # the runner's own environment is found as the runner's
        yield from pip_command.targets(program, interpreter, words, around.environment, around.directory)


def _nearby(line: CommandLine, environment: Mapping[str, str], directory: str) -> Iterator[Target]:
    """`.venv` where a command that is not known works: a script that may have made it."""
    places = [surroundings(command, environment, directory) for command in line.commands]
    for folder in dict.fromkeys([directory, *(place.directory for place in places if place is not None)]):
        if os.path.isdir(os.path.join(folder, ".venv")):
            yield virtual_environment(os.path.join(folder, ".venv"), Kind.NEARBY)
