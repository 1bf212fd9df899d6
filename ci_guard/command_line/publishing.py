"""Whether a command line changes something outside of the machine, so that running it twice does it twice."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

from ci_guard.command_line.parse import parse
from ci_guard.model.command import Command
from ci_guard.model.knowledge import Knowledge, Publishing


def published_by(knowledge: Knowledge, argv: Sequence[str]) -> str | None:
    """The first command of the line that publishes, in the words that say so (`git push`); None without one.

    A line that may run more than it tells (a script, `make`) is judged by the names in it.
    """
    line = parse(argv, knowledge.wrappers)
    told = (_words(entry, command) for command in line.commands for entry in knowledge.publishing)
    return next(filter(None, told), None)


def _words(entry: Publishing, command: Command) -> str | None:
    """The words by which the command is one that the entry means; None if it is another."""
    if not any(fnmatchcase(command.program, pattern) for pattern in entry.programs):
        return None
    arguments = command.argv[1:]
    pairs = (f"{word} {after}" for word, after in pairwise(arguments))
    spoken = (*arguments, *pairs)
    if _first(entry.unless, spoken) is not None:
        return None
    option = _first(entry.options, spoken)
    if option is not None:  # without what `*` stands for, which may be a secret (`-dtoken=x`)
        return f"{command.program} {option.rstrip('*')}"
    if entry.subcommand is None:
        return command.program if not entry.options else None
    operands = " ".join(_operands(arguments, entry.value_options))
    found = re.match(rf"(?i)(?:{entry.subcommand})(?= |$)", operands)
    return f"{command.program} {found[0]}" if found else None


def _first(patterns: Sequence[str], words: Sequence[str]) -> str | None:
    return next((each for each in patterns if any(fnmatchcase(word, each) for word in words)), None)


def _operands(arguments: Sequence[str], value_options: Sequence[str]) -> Iterator[str]:
    """The arguments without options and their values, without assignments (`make TOKEN=x deploy`)."""
    rest = iter(arguments)
    for word in rest:
        if word in value_options:
            next(rest, None)
        elif not word.startswith("-") and "=" not in word:
            yield word
