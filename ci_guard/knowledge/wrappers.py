"""The wrappers alone: what a command line runs is asked before anything else that is known is needed."""

from collections.abc import Sequence

from ci_guard.command_line.parse import parse
from ci_guard.knowledge.load import load_wrappers
from ci_guard.model.command import CommandLine


def parse_command(argv: Sequence[str]) -> CommandLine:
    """The commands that the command line runs; see `ci_guard.command_line.parse`."""
    return parse(argv, load_wrappers())
