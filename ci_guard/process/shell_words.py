"""What looks like a program and is a shell's own: its builtins, and `NAME=value` in front of a command.

The words are those of POSIX sh and bash (bash's manual, "Shell Builtin Commands", "Reserved Words") and
of cmd.exe (`help`), without those that are programs as well. Imported only where no program was found.
"""

import os

from ci_guard.expression import expression

_ASSIGNMENT = expression(r"[A-Za-z_]\w*=")
_OF_SH = """
. : [[ alias bg bind break builtin case cd command continue declare dirs do eval exec exit export fg
for function getopts hash if let local popd pushd read readonly return select set shift shopt source
times trap type typeset ulimit umask unalias unset until wait while
"""
_OF_CMD = """
assoc break call cd chdir cls color copy date del dir echo endlocal erase exit for ftype goto if md
mkdir mklink move path pause popd prompt pushd rd rem ren rename rmdir set setlocal shift start time
title type ver verify vol
"""


def advice_on(program: str) -> str | None:
    """What to write instead, if a shell is what the user had in mind."""
    if _ASSIGNMENT.match(program):
        return (
            f"`{program}` sets a variable, which only a shell does: set it before ci-guard starts, or under "
            "`environment:` in the policy"
        )
    windows = os.name == "nt"
    if program.lower() not in (_OF_CMD if windows else _OF_SH).split():
        return None
    line = f"cmd /c {program} ..." if windows else f"sh -c '{program} ...'"
    return f"`{program}` is a shell builtin, not a program: write `ci-guard -- {line}`"
