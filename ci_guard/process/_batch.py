"""Command lines for cmd.exe, which runs batch files: quoted so that it passes on what was meant, or refused.

cmd.exe takes a command line apart by rules of its own, so that quotes for a C program let an argument run
another command (CVE-2024-24576, "BatBadBut"). What no quotes can protect is refused. Pure.
"""

from collections.abc import Sequence

from ci_guard.errors import NotStarted, UsageError
from ci_guard.expression import expression

LONGEST = 8191  # characters; Microsoft, "Command prompt (Cmd.exe) command-line string limitation"
REMEDY = "call the program behind the batch file (node, java), or pass the value in a file or variable"
_QUOTE_OR_CONTROL = expression('["\x00-\x08\x0a-\x1f]')  # a quote ends our own; the tab alone is harmless
_VARIABLE = expression("%[^%]+%")  # expanded within quotes too, some into a quote: `%CMDCMDLINE:~-1%`
# `if "%1"=="x"` in batch files compares the argument with its quotes, so there are none without need
_PLAIN = expression(r"[\w#$*+\-./:?@\\]*[\w#$*+\-./:?@]")


def command_line(shell: str, path: str, arguments: Sequence[str]) -> str:
    """The command line with which `shell` (the path of cmd.exe) runs the batch file `path`.

    /e:ON: command extensions, /v:OFF: `!` is no variable, /d: no AutoRun, /s: only the outermost quotes go.
    Raises UsageError for an argument that cannot be passed, NotStarted if the whole is too long.
    """
    for argument in arguments:
        if _QUOTE_OR_CONTROL.search(argument):
            raise UsageError(
                f"the argument `{argument}` cannot be passed safely to the batch file `{path}`: "
                "cmd.exe acts on quotes and line breaks within an argument",
                hint=REMEDY,
            )
    inner = " ".join((f'"{path}"', *map(_quoted, arguments)))
    if (found := _VARIABLE.search(inner)) is not None:
        raise UsageError(
            f"the arguments cannot be passed safely to the batch file `{path}`: "
            f"cmd.exe would put the value of a variable in the place of `{found[0]}`",
            hint=REMEDY,
        )
    line = f'"{shell}" /e:ON /v:OFF /d /s /c "{inner}"'
    if len(line) > LONGEST:
        raise NotStarted(
            f"the command line for the batch file `{path}` is too long: {len(line)} characters, "
            f"of {LONGEST} at most",
            hint="pass long lists in a file (many tools take `@file`), or call the program behind it",
        )
    return line


def _quoted(argument: str) -> str:
    if _PLAIN.fullmatch(argument):
        return argument
    # the program behind takes a backslash before the closing quote as "a quote is meant"
    backslashes = argument[len(argument.rstrip("\\")) :]
    return f'"{argument}{backslashes}"'
