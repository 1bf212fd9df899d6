"""Takes one wrapper off a command line."""

from enum import Enum, auto

from ci_guard.command_line.options import Option, read_option
from ci_guard.dataclass import dataclass
from ci_guard.model.knowledge import Shell, Wrapper


class InnerKind(Enum):
    """What is under a wrapper."""

    COMMAND = auto()  # another command line
    SCRIPT = auto()  # a shell's script, in one word or (for cmd and PowerShell) in several
    MODULE = auto()  # a Python module with its arguments
    NOTHING = auto()  # the wrapper is the only program
    UNTOLD = auto()  # something that the command line does not tell: what a script file says


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """What is under a wrapper, and how the wrapper's options change where that runs."""

    kind: InnerKind
    words: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()  # of a module: the interpreter with its own options
    directories: tuple[str, ...] = ()  # changed to, one after the other
    unset: tuple[str, ...] = ()  # variables that are removed


def unwrap(wrapper: Wrapper, argv: tuple[str, ...]) -> Inner:
    """What the command line `argv` runs, whose program is the wrapper."""
    return _Unwrapper(wrapper, argv).inner()


class _Unwrapper:
    def __init__(self, wrapper: Wrapper, argv: tuple[str, ...]) -> None:
        self._wrapper = wrapper
        self._argv = argv
        self._place = 1  # of the next argument
        self._subcommand = ""
        self._waiting = bool(wrapper.after or wrapper.after_anything)  # for the sub-command
        self._operands = wrapper.operands
        self._script_follows = False
        self._directories: list[str] = []
        self._unset: list[str] = []

    def inner(self) -> Inner:
        while self._place < len(self._argv):
            word = self._argv[self._place]
            self._place += 1
            option = read_option(self._wrapper, word)
            found = self._operand(word) if option is None else self._option(option)
            if found is not None:
                return found
        return self._found(InnerKind.NOTHING if self._waiting else InnerKind.UNTOLD)

    def _found(self, kind: InnerKind, words: tuple[str, ...] = (), starts: tuple[str, ...] = ()) -> Inner:
        return Inner(
            kind=kind,
            words=words,
            starts=starts,
            directories=tuple(self._directories),
            unset=tuple(self._unset),
        )

    def _option(self, option: Option) -> Inner | None:
        if option.is_script and self._wrapper.shell is Shell.POSIX:
            self._script_follows = True  # `bash -c -e SCRIPT`: the first operand is the script
            return None
        following = (*option.attached, *self._argv[self._place :])
        if option.is_script:
            return self._found(InnerKind.SCRIPT, following) if following else self._found(InnerKind.UNTOLD)
        if option.is_module:
            starts = self._argv[: self._place - 1]
            return (
                self._found(InnerKind.MODULE, following, starts)
                if following
                else self._found(InnerKind.UNTOLD)
            )
        if option.takes_value:
            self._place += not option.attached
            if option.is_directory:
                self._directories += following[:1]
            if option.is_unset:
                self._unset += following[:1]
        return None

    def _operand(self, word: str) -> Inner | None:
        wrapper = self._wrapper
        if self._script_follows:
            return self._found(InnerKind.SCRIPT, (word,))  # what follows it are the script's own arguments
        if self._waiting:
            return self._spoken(word)
        if not word:
            return None  # no program has this name: the window's title in `start "" PROGRAM`
        if self._operands:
            self._operands -= 1
            return None
        if wrapper.shell is not None or (wrapper.module_options and not wrapper.after):
            return self._found(InnerKind.UNTOLD)  # a script file
        return self._found(InnerKind.COMMAND, self._argv[self._place - 1 :])

    def _spoken(self, word: str) -> Inner | None:
        """A further word of the sub-command, which may have two (`uv tool run`)."""
        self._subcommand = f"{self._subcommand} {word}".lstrip()
        if self._subcommand in self._wrapper.after_anything:
            return self._found(InnerKind.UNTOLD)
        self._waiting = self._subcommand not in self._wrapper.after
        longer = any(known.startswith(f"{self._subcommand} ") for known in self._wrapper.after)
        return self._found(InnerKind.NOTHING) if self._waiting and not longer else None
