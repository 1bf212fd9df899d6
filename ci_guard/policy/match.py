"""Which entry of `commands:` speaks of a command."""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from ci_guard.command_line.programs import file_name, program_name
from ci_guard.model.command import Command, CommandLine

Parse = Callable[[Sequence[str]], CommandLine]  # which commands a command line runs
_ANY_ARGUMENTS = " *"
_GLOB = "*?["


class CommandMatcher:
    """Compares one command line with globs such as `uv tool install *`.

    It fits as it is written, and so does each command that it runs: `timeout 60 uv sync` fits `uv sync`, and
    `python -m pip install x` fits `pip install *`. A program counts by its name alone, without folder, case
    and the suffix of Windows; inside of the line also without its version (`pip3.11` is `pip`). A ` *`
    at the end fits no arguments too, so that `uv sync *` speaks of every `uv sync`.
    """

    def __init__(self, command: Sequence[str], parse: Parse) -> None:
        """`parse` is asked only where a glob may fit a command inside of the line."""
        self._command = command
        self._parse = parse
        self._written = _text(file_name(command[0]), command[1:]) if command else ""

    def fits(self, pattern: str) -> bool:
        """Whether the glob speaks of the command."""
        program = pattern.partition(" ")[0]
        glob = _bare(pattern)
        if _fits(self._written, glob):
            return True
        if not self._command or not self._may_hold(file_name(program)):
            return False
        return any(_fits(text, glob) for text in self._inside)

    def _may_hold(self, program: str) -> bool:
        literal = program[: next((at for at, char in enumerate(program) if char in _GLOB), len(program))]
        return literal in " ".join(self._command).lower()

    @cached_property
    def _inside(self) -> tuple[str, ...]:
        line = self._parse(self._command)
        return tuple(dict.fromkeys(text for command in line.commands for text in _texts(command)))


def covers(wide: str, narrow: str) -> bool:
    """Whether the first glob is known to fit all that the second fits.

    The `*` of the second stands in for what it may be: a `*` of the first that takes it takes all of that.
    Of globs with `?` or `[` nothing is known.
    """
    if any(sign in wide + narrow for sign in "?["):
        return False
    wide, narrow = _bare(wide), _bare(narrow)
    without = narrow.removesuffix(_ANY_ARGUMENTS)
    return _fits(narrow, wide) and _fits(without, wide)


def _bare(glob: str) -> str:
    program, space, rest = glob.partition(" ")
    return file_name(program) + space + rest


def _texts(command: Command) -> Iterator[str]:
    """The command in the ways that people write it."""
    first, *arguments = command.argv
    for name in dict.fromkeys((command.program, file_name(first))):
        yield _text(name, arguments)
        if command.interpreter is not None:
            python, *options = command.interpreter
            for interpreter in dict.fromkeys((program_name(python), file_name(python))):
                yield _text(interpreter, (*options, "-m", name, *arguments))


def _text(program: str, arguments: Sequence[str]) -> str:
    return " ".join((program, *arguments))


def _fits(text: str, glob: str) -> bool:
    without = glob.removesuffix(_ANY_ARGUMENTS)
    return fnmatchcase(text, glob) or (without != glob and fnmatchcase(text, without))
