"""Which of the known tools a command line can run."""

from collections.abc import Sequence

from ci_guard.command_line.programs import programs_of
from ci_guard.model.knowledge import Knowledge, Tool


def tools_for(knowledge: Knowledge, argv: Sequence[str]) -> tuple[Tool, ...]:
    """The tools that the command can run: all of them where that cannot be told (a script, say)."""
    programs = programs_of(argv, knowledge.wrappers)
    if programs is None:
        return knowledge.tools
    known = {program for tool in knowledge.tools for program in tool.programs}
    if not programs or not known.issuperset(programs):
        return knowledge.tools
    named = [tool for tool in knowledge.tools if not programs.isdisjoint(tool.programs)]
    inside = {name for tool in named for name in tool.runs}
    return tuple(tool for tool in knowledge.tools if tool in named or tool.name in inside)
