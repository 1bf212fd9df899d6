"""Which other command does the same with fewer fresh files: a suggestion for people, never run unasked."""

import re
import shlex
from collections.abc import Iterator, Sequence

from ci_guard.command_line.parse import parse
from ci_guard.model.knowledge import Knowledge


def suggested_fallbacks(argv: Sequence[str], knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Sentences about the commands that a command line runs, each with its reference."""
    for command in parse(argv, knowledge.wrappers).commands:
        written = shlex.join((command.program, *command.argv[1:]))
        for tool in knowledge.tools:
            for each in tool.fallbacks:
                if found := re.fullmatch(each.pattern, written):
                    instead = each.command.format(**found.groupdict())
                    yield (
                        f"try `{instead}` instead of `{written}`: {each.why}",
                        each.reference,
                    )
