"""Which files a command line works on: a refusal that names none is mostly that of the command above it.

The commands of cmd.exe, the cmdlets of PowerShell and the few programs of Unix that do the same.
Source: Microsoft's Windows Commands reference; about_Prompts for how a prompt looks.
"""

import ntpath
from typing import NamedTuple

from ci_guard.expression import IGNORECASE, expression

_OPERATIONS = {
    **dict.fromkeys(("copy", "xcopy", "cp", "copy-item"), "copy"),
    **dict.fromkeys(("move", "mv", "move-item"), "move"),
    **dict.fromkeys(("ren", "rename", "rename-item"), "rename"),
    **dict.fromkeys(("del", "erase", "rd", "rmdir", "rm", "remove-item"), "remove"),
    **dict.fromkeys(("md", "mkdir"), "create"),
    **dict.fromkeys(("takeown", "attrib"), "chmod"),
}
_NAMES = "|".join(sorted(_OPERATIONS, key=len, reverse=True))
_EXISTING = r"\bexist (?:\"[^\"\n]{1,300}\"|[^\s\"]{1,300}) "  # of `if exist`
_COMMAND = expression(  # at the beginning, behind a prompt, or as one of several in a line
    rf"(?:^|[>\"'&|(] ?@?|[+$] |: |\bdo |{_EXISTING})(?P<name>{_NAMES})(?:\.exe)?(?=\s)", IGNORECASE
)
_PROMPT = expression(r"^(?:PS )?(?P<folder>[A-Za-z]:\\[^\n<>|\"*?:]{0,240})>")
_WORD = expression(r"\"(?P<quoted>[^\"\n]{1,400})\"|(?P<bare>[^\s\"&|<>]{1,400})|(?P<end>[&|<>])")
_REDIRECTION = expression(r"(?<!-)[12]?>{1,2} ?\"?(?P<file>[^\s\"&|<>]{1,400})")
_OPTION = expression(r"^(?:/[A-Za-z][\w:-]{0,12}|-[\w-]{1,20}:?)$")
_SHOWN_BESIDE = "["  # what MSBuild adds: the project that the command is of
_WITH_GOAL = frozenset({"copy", "move", "rename"})
_PATHLIKE = expression(r"[\\/.:]")
_SEPARATORS = ("\\", "/")
_WILD = frozenset("*?%$")
_NAME = expression(r"[\w*.~%$]")  # in the comma behind a command that JavaScript shows there is none


class ShellCommand(NamedTuple):
    """What the last such command of a line does, to which file, and where that is to go."""

    operation: str
    path: str
    target: str | None = None


def command_in(line: str) -> ShellCommand | None:
    """The command that a line shows; None if it shows none that works on files."""
    prompt = _PROMPT.match(line)
    folder = prompt["folder"] if prompt else ""
    found = next(iter(reversed(list(_COMMAND.finditer(line)))), None)
    if found is None:
        written = _REDIRECTION.search(line, prompt.end()) if prompt else None
        return ShellCommand("write", _whole(folder, written["file"])) if written else None
    operation = _OPERATIONS[found["name"].lower()]
    operands = [_whole(folder, each) for each in _operands(line[found.end() :])]
    if not operands or not (prompt or any(_PATHLIKE.search(each) for each in operands)):
        return None  # `Copy all files` is a sentence
    if operation not in _WITH_GOAL or len(operands) == 1:
        return ShellCommand(operation, operands[-1])
    path, target = operands[0], operands[-1]
    name = ntpath.basename(path)
    if target.endswith(_SEPARATORS) and "." in name and _WILD.isdisjoint(name):
        target += name
    return ShellCommand(operation, path, target)


def _operands(rest: str) -> list[str]:
    found: list[str] = []
    for word in _WORD.finditer(rest):
        written = word["quoted"] or word["bare"]
        if word["end"] or (written and written.startswith(_SHOWN_BESIDE)):
            break
        if written and _NAME.search(written) and not _OPTION.match(written):
            found.append(written.rstrip(")'"))
    return found


def _whole(folder: str, written: str) -> str:
    """The path from the folder that the prompt shows."""
    if not folder or ntpath.isabs(written) or not _WILD.isdisjoint(written) or written.startswith("~"):
        return written
    whole = ntpath.normpath(ntpath.join(folder, written))
    return whole + "\\" if written.endswith(_SEPARATORS) else whole
