"""Which commands a command line runs, seen through shells, interpreters and runners.

What the wrappers are is data (`Wrapper`); what a program does is not known here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from ci_guard.command_line.programs import program_name
from ci_guard.command_line.shell import Group, split_script
from ci_guard.command_line.unwrap import Inner, InnerKind, unwrap
from ci_guard.dataclass import dataclass, field, replace
from ci_guard.expression import expression
from ci_guard.model.command import Command, CommandLine
from ci_guard.model.knowledge import Shell, Wrapper

DEPTH = 8  # wrappers inside wrappers; deeper is no command line that a person wrote
_ASSIGNMENT = expression(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_POWERSHELL_ASSIGNMENT = expression(r"(?i)\$(?:env:)?(?P<name>\w+)")
_VARIABLE = expression(r"[$%]")  # the program's name stands in a variable
_ABSOLUTE = expression(r"[\\/~]|[A-Za-z]:|[$%]")
_ACTIVATION = expression(r"(?i)(?P<prefix>.*?)[\\/]?(?:bin|Scripts)[\\/]activate(?:\.\w+)?")
_BACK = ("popd", "pop-location")
_PYTHON = "python"  # what a variable in front of `-m` stands for
_NOTHING_TOLD = CommandLine(complete=False)


def parse(argv: Sequence[str], wrappers: Sequence[Wrapper]) -> CommandLine:
    """The commands that the command line runs; `complete` says whether it may run others, too."""
    return _Parser(wrappers).commands(tuple(argv), _Scope(), DEPTH)


def argv_of(line: str) -> tuple[str, ...]:
    """The arguments of a command line as a person or a log writes it; of a shell's if it holds several."""
    parts = list(split_script(line, Shell.POSIX))
    if len(parts) == 1 and isinstance(parts[0], tuple):
        return parts[0]
    return ("sh", "-c", line)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a command is started, and with what; see the fields of `Command`."""

    directory: str | None = None
    before: str | None = None  # the directory before the last change, for `cd -` and `popd`
    activated: str | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    interpreter: tuple[str, ...] | None = None
    runner: str | None = None

    def command(self, argv: tuple[str, ...], program: str) -> Command:
        return Command(
            program=program,
            argv=argv,
            interpreter=self.interpreter,
            runner=self.runner,
            directory=self.directory,
            activated=self.activated,
            environment=dict(self.environment),
        )

    def within(self, folder: str) -> "_Scope":
        """The scope after a change of the working directory."""
        return replace(self, directory=_joined(self.directory, folder), before=self.directory)

    def assigned(self, name: str, value: str | None) -> "_Scope":
        return replace(self, environment={**self.environment, name: value})


class _Parser:
    def __init__(self, wrappers: Iterable[Wrapper]) -> None:
        self._wrappers = {name: wrapper for wrapper in wrappers for name in wrapper.programs}

    def commands(self, argv: tuple[str, ...], scope: _Scope, depth: int) -> CommandLine:
        if not depth:
            return _NOTHING_TOLD
        while argv and (found := _ASSIGNMENT.fullmatch(argv[0])):
            scope, argv = scope.assigned(found["name"], found["value"]), argv[1:]
        if not argv:
            return CommandLine()
        name = program_name(argv[0])
        wrapper = self._wrapper(name, argv, scope)
        this = scope.command(argv, name)
        if wrapper is None:
            return CommandLine(commands=(this,), complete=not _VARIABLE.match(argv[0]))
        if wrapper.silent or wrapper.changes_directory or wrapper.sets_variables:
            return CommandLine()
        if wrapper.anything:
            return CommandLine(commands=(this,), complete=False)
        inner = unwrap(wrapper, argv)
        if wrapper.keyword and inner.kind is InnerKind.UNTOLD:
            return CommandLine()
        if inner.kind in (InnerKind.NOTHING, InnerKind.UNTOLD):
            return CommandLine(commands=(this,), complete=inner.kind is InnerKind.NOTHING)
        told = self._inside(wrapper, inner, replace(scope, interpreter=None), depth - 1)
        return replace(told, commands=(this, *told.commands)) if wrapper.itself else told

    def _wrapper(self, name: str, argv: tuple[str, ...], scope: _Scope) -> Wrapper | None:
        if scope.interpreter is None and _VARIABLE.match(argv[0]) and "-m" in argv:
            return self._wrappers.get(_PYTHON)
        wrapper = self._wrappers.get(name)
        if scope.interpreter is not None and wrapper is not None and not wrapper.itself:
            return None  # a module that bears the name of a program, as `time`
        return wrapper

    def _inside(self, wrapper: Wrapper, inner: Inner, scope: _Scope, depth: int) -> CommandLine:
        for folder in inner.directories:
            scope = scope.within(folder)
        for name in inner.unset:
            scope = scope.assigned(name, None)
        if wrapper.itself:
            scope = replace(scope, runner=wrapper.programs[0])
        if inner.kind is InnerKind.SCRIPT:
            return self._script(wrapper.shell, inner.words, scope, depth)
        if inner.kind is InnerKind.MODULE:  # `uv run -m pytest` finds the interpreter itself
            starts = (_PYTHON,) if wrapper.itself else inner.starts
            return self.commands(inner.words, replace(scope, interpreter=starts), depth)
        return self.commands(inner.words, scope, depth)

    def _script(self, shell: Shell | None, words: tuple[str, ...], scope: _Scope, depth: int) -> CommandLine:
        told: list[CommandLine] = []
        outside: list[_Scope] = []
        for part in split_script(_line(words, shell), shell or Shell.POSIX):
            if part is Group.OPEN:
                outside.append(scope)
            elif part is Group.CLOSE:
                scope = outside.pop() if outside else scope
            elif isinstance(part, tuple):
                first = part[0].lstrip("@") if shell is Shell.CMD else part[0]  # `@`: is not echoed
                command = (first, *part[1:]) if first else part[1:]
                changed = self._changed(command, scope)
                if changed is None:
                    told.append(self.commands(command, scope, depth))
                scope = changed or scope
        return CommandLine(
            commands=tuple(command for each in told for command in each.commands),
            complete=all(each.complete for each in told),
            single=len(told) <= 1 and all(each.single for each in told),
        )

    def _changed(self, words: tuple[str, ...], scope: _Scope) -> _Scope | None:
        """The scope after a command that only changes it; None for any other."""
        if not words:
            return scope
        assignments = [found for word in words if (found := _ASSIGNMENT.fullmatch(word))]
        wrapper = self._wrappers.get(program_name(words[0]))
        if len(assignments) == len(words) or (wrapper is not None and wrapper.sets_variables):
            for each in assignments:
                scope = scope.assigned(each["name"], each["value"])
            return scope
        if (variable := _POWERSHELL_ASSIGNMENT.fullmatch(words[0])) and words[1:2] == ("=",):
            is_environment = ":" in words[0]
            return scope.assigned(variable["name"], " ".join(words[2:])) if is_environment else scope
        if wrapper is not None and wrapper.changes_directory:
            folders = [word for word in words[1:] if not word.startswith("-") and word.lower() != "/d"]
            back = program_name(words[0]) in _BACK or "-" in words[1:]
            return replace(scope, directory=scope.before) if back else scope.within((*folders, "~")[0])
        read = words[:2] if wrapper is not None else words[:1]  # `source`, `.` and `call` are wrappers
        activation = _ACTIVATION.fullmatch(read[-1])
        if activation is not None:
            return replace(scope, activated=_joined(scope.directory, activation["prefix"] or "."))
        return None


def _line(words: Sequence[str], shell: Shell | None) -> str:
    """The script: one word, but for cmd and PowerShell, which take all that follows.

    `cmd` is given the whole command line, with the quotes that its starter has put around words with spaces.
    """
    if shell in (None, Shell.POSIX) or len(words) == 1:
        return words[0]
    quoted = shell is Shell.CMD
    return " ".join(f'"{word}"' if quoted and " " in word and '"' not in word else word for word in words)


def _joined(folder: str | None, name: str) -> str:
    return name if folder is None or _ABSOLUTE.match(name) else f"{folder}/{name}"
