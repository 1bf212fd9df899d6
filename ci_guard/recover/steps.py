"""From a command line to the steps that families look at."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ci_guard.command_line.parse import parse
from ci_guard.dataclass import replace
from ci_guard.errors import GuardError
from ci_guard.model.command import Command, CommandLine
from ci_guard.model.knowledge import Wrapper
from ci_guard.process.locate import locate
from ci_guard.recover.families import FAMILIES, unread
from ci_guard.recover.family import Family, Step
from ci_guard.recover.justfiles import just_line
from ci_guard.recover.makefiles import recipe_line
from ci_guard.recover.scripts import script_line
from ci_guard.recover.surroundings import Surroundings, surroundings

SCRIPTS_DEEP = 3  # scripts that start scripts


def read_steps(
    line: CommandLine, environment: Mapping[str, str], directory: str, wrappers: Sequence[Wrapper] = ()
) -> tuple[Step, ...]:
    """The commands of the line as far as they can be told; the ones that a family serves first.

    `environment` and `directory`: of the whole command line. Where none is served, or the line may start more
    than it tells, the others stand for all that may have happened where they ran. `wrappers`: by which script
    files are read; without them none is.
    """
    steps = [step for command in line.commands for step in _step(command, environment, directory)]
    if line.complete and line.single and len(steps) == 1:
        steps = [replace(steps[0], alone=True)]
    served = [step for step in steps if step.name in FAMILIES]
    if is_served(line) and line.complete:
        return tuple(served)
    if wrappers:
        served += _in_scripts(line, environment, directory, wrappers, SCRIPTS_DEEP)
    others = [step for step in steps if step.name not in FAMILIES]
    whole = Step(name="", program="", words=(), environment=environment, directory=directory)
    places = {step.directory: step for step in (*reversed(others), whole)}
    return (*served, *places.values())


def _in_scripts(
    line: CommandLine, environment: Mapping[str, str], directory: str, wrappers: Sequence[Wrapper], deep: int
) -> Iterator[Step]:
    """The steps that a family serves in the scripts, makefiles and justfiles that the line starts."""
    for command in line.commands if deep else ():
        around = surroundings(command, environment, directory)
        if around is None:
            continue
        script = script_line(command, around) or recipe_line(command, around) or just_line(command, around)
        if script is None:
            continue
        told = parse(script, wrappers)
        for each in told.commands:
            steps = _step(each, around.environment, around.directory)
            yield from (step for step in steps if step.name in FAMILIES)
        yield from _in_scripts(told, around.environment, around.directory, wrappers, deep - 1)


def family_of(step: Step) -> Family:
    """The family that serves the step."""
    return FAMILIES[step.name] if step.name in FAMILIES else unread()


def is_served(line: CommandLine) -> bool:
    """Whether families serve the line, so that its result can be repaired and verified."""
    return any(command.program in FAMILIES for command in line.commands)


def _step(command: Command, environment: Mapping[str, str], directory: str) -> Iterator[Step]:
    around = surroundings(command, environment, directory)
    if around is None:  # only the shell could tell where it ran
        return
    program = _program(command, around)
    if program is None and command.interpreter is not None:
        return
    interpreter = None
    if command.interpreter is not None and program is not None:
        interpreter = (program, *command.interpreter[1:])
    yield Step(
        name=command.program,
        program=program or command.argv[0],
        words=tuple(_expanded(command.argv[1:], around)),
        environment=around.environment,
        directory=around.directory,
        interpreter=interpreter,
        runner=command.runner,
    )


def _expanded(words: Iterable[str], around: Surroundings) -> Iterator[str]:
    return (around.expanded(word) or word for word in words)


def _program(command: Command, around: Surroundings) -> str | None:
    """The path of the program that the command starts (the interpreter's of a module); None without one."""
    name = around.expanded((command.interpreter or command.argv)[0])
    if name is None:
        return None
    try:
        place = os.path.join(around.directory, name) if os.path.dirname(name) else name
        return locate(place, around.environment)
    except GuardError:
        return None
