"""Which programs a command line starts, seen through shells, interpreters and runners.

What the wrappers are is data (`Wrapper`); what a program does is not known here.
"""

import re
import shlex
from collections.abc import Sequence

from ci_guard.model.knowledge import Wrapper

DEPTH = 8  # wrappers inside wrappers; deeper is no command line that a person wrote
_VERSION = re.compile(r"(?<=[a-z])[-_]?\d+(?:\.\d+)*$")
_SUFFIX = re.compile(r"\.(?:exe|cmd|bat|com|ps1)$")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_SEPARATORS = re.compile(r"(&&|\|\||[;&|\n])")


def program_name(argument: str) -> str:
    """The bare name: without folder, `.exe` and version (`C:\\\\Py\\\\Scripts\\\\pip3.11.exe` is `pip`)."""
    name = _SUFFIX.sub("", re.split(r"[\\/]", argument.strip("\"'"))[-1].lower())
    return _VERSION.sub("", name) or name


def programs_of(
    argv: Sequence[str], wrappers: Sequence[Wrapper], depth: int = DEPTH
) -> frozenset[str] | None:
    """The names of all programs that the command line starts; None if that cannot be told."""
    arguments = list(argv)
    while arguments and _ASSIGNMENT.match(arguments[0]):
        arguments.pop(0)
    if not arguments or not depth:
        return frozenset() if depth else None
    name = program_name(arguments[0])
    wrapper = next((known for known in wrappers if name in known.programs), None)
    if wrapper is None:
        return frozenset({name})
    if wrapper.silent:
        return frozenset()
    if wrapper.anything:
        return None
    inner = _inner(wrapper, arguments[1:], wrappers, depth - 1)
    if wrapper.itself:
        return inner if inner is None else inner | {name}
    return inner


def _inner(
    wrapper: Wrapper, arguments: list[str], wrappers: Sequence[Wrapper], depth: int
) -> frozenset[str] | None:
    rest = iter(range(len(arguments)))
    waiting = bool(wrapper.after)
    subcommand: list[str] = []
    operands = wrapper.operands
    for index in rest:
        argument = arguments[index]
        if argument.lower() in wrapper.script_options:
            return _script(arguments[index + 1 :], wrappers, depth)
        if argument in wrapper.module_options:
            return programs_of(arguments[index + 1 : index + 2], wrappers, depth)
        if argument in wrapper.value_options:
            next(rest, None)
        elif argument.startswith("-") or argument.lower() in wrapper.flags or _ASSIGNMENT.match(argument):
            continue
        elif waiting:
            subcommand.append(argument)
            spoken = " ".join(subcommand)
            waiting = spoken not in wrapper.after
            if waiting and not any(known.startswith(f"{spoken} ") for known in wrapper.after):
                return frozenset()  # another sub-command: no program of somebody else's
        elif operands:
            operands -= 1
        elif wrapper.script_options or wrapper.module_options:
            return None  # a script file: it may run anything
        else:
            return programs_of(arguments[index:], wrappers, depth)
    return frozenset() if waiting else None


def _script(arguments: list[str], wrappers: Sequence[Wrapper], depth: int) -> frozenset[str] | None:
    found: set[str] = set()
    for command in commands_of(" ".join(arguments)):
        programs = programs_of(command, wrappers, depth)
        if programs is None:
            return None
        found |= programs
    return frozenset(found)


def argv_of(line: str) -> tuple[str, ...]:
    """The arguments of a command line as a person or a log writes it; of a shell's if it holds several."""
    commands = commands_of(line)
    return tuple(commands[0]) if len(commands) == 1 else ("sh", "-c", line)


def commands_of(script: str) -> list[list[str]]:
    """The commands of a shell line, roughly: good enough to find their programs."""
    commands: list[list[str]] = []
    for part in _SEPARATORS.split(script):
        if _SEPARATORS.fullmatch(part):
            continue
        try:
            words = shlex.split(part, posix="\\" not in part)
        except ValueError:  # an open quote: the separator stood inside a string
            words = part.split()
        if words:
            commands.append(words)
    return commands
