"""Which of the known tools a command line can run."""

from collections.abc import Sequence

from ci_guard.command_line.parse import parse
from ci_guard.command_line.programs import program_name
from ci_guard.model.command import CommandLine
from ci_guard.model.knowledge import Knowledge, Tool


def tools_for(knowledge: Knowledge, argv: Sequence[str]) -> tuple[Tool, ...]:
    """The tools that the command can run: all of them where that cannot be told (a script, say)."""
    line = parse(argv, knowledge.wrappers)
    if not line.complete or not line.commands:
        return knowledge.tools
    named = named_tools(knowledge, line)
    known = {program_name(program) for tool in named for program in (*tool.programs, *tool.modules)}
    if not known.issuperset(line.programs):
        return knowledge.tools
    inside = {name for tool in named for name in tool.runs}
    return tuple(tool for tool in knowledge.tools if tool in named or tool.name in inside)


def successes_of(knowledge: Knowledge, argv: Sequence[str]) -> tuple[int, ...]:
    """The exit statuses beside 0 that mean no failure; none behind a shell, whose status may be another's."""
    program = program_name(argv[0]) if argv else ""
    return next(
        (tool.successes for tool in knowledge.tools if tool.successes and program in tool.programs), ()
    )


def named_tools(knowledge: Knowledge, line: CommandLine) -> tuple[Tool, ...]:
    """The tools whose programs the command line names."""
    modules = {command.program for command in line.commands if command.interpreter is not None}
    return tuple(
        tool
        for tool in knowledge.tools
        if not line.programs.isdisjoint(program_name(program) for program in tool.programs)
        or not modules.isdisjoint(tool.modules)
    )
