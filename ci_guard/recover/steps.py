"""From a command line to the steps that families look at."""

import os
import re
from collections.abc import Callable, Mapping, Sequence

from ci_guard.command_line.programs import program_name
from ci_guard.recover.families import FAMILIES, UNREAD
from ci_guard.recover.family import Family, Step

PYTHON = re.compile(r"pyw?|python[\d.]*w?|pypy[\d.]*")
_SUFFIX = re.compile(r"(?i)\.(?:exe|cmd|bat)$")

Locate = Callable[[str, Mapping[str, str]], str | None]  # the path of a program; None if there is none


def read_steps(
    argv: Sequence[str], environment: Mapping[str, str], directory: str, locate: Locate
) -> tuple[Step, ...]:
    """The commands that `argv` runs, as far as they can be told."""
    program = locate(argv[0], environment) if argv else None
    if program is None:
        return ()
    name, words, interpreter = _SUFFIX.sub("", os.path.basename(argv[0])).lower(), tuple(argv[1:]), None
    if PYTHON.fullmatch(name) and "-m" in words[:-1]:
        place = words.index("-m")
        name, words, interpreter = words[place + 1], words[place + 2 :], program
    return (
        Step(
            name=program_name(name),
            program=program,
            words=words,
            environment=environment,
            directory=directory,
            interpreter=interpreter,
        ),
    )


def family_of(step: Step) -> Family:
    """The family that serves the step."""
    return FAMILIES.get(step.name, UNREAD)


def is_known(argv: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a family serves the command, so that its result can be repaired and verified."""
    steps = read_steps(argv, environment, os.getcwd(), lambda name, _environment: name)
    return any(step.name in FAMILIES for step in steps)
