"""A pseudo-terminal for the command where our own stream is a terminal, so that progress bars survive.

Imported only when there is a terminal.
"""

import contextlib
import fcntl
import os
import sys
import termios
from collections.abc import Sequence

from ci_guard.process import _dispositions
from ci_guard.process._interface import Channel

assert sys.platform != "win32"  # also tells the type checker

WINDOW_SIZE_BYTES = 8  # struct winsize: four unsigned shorts
OUTPUT_FLAGS = 1  # index in what tcgetattr returns


def is_interactive_shell(argv: Sequence[str]) -> bool:
    """Whether the command is a shell that reads what a person types: neither a script nor `-c`."""
    if os.path.basename(argv[0]) not in _dispositions.SHELLS:
        return False
    letters = "".join(word[1:] for word in argv[1:] if word.startswith("-") and word[1:2] != "-")
    scripts = [word for word in argv[1:] if not word.startswith(("-", "+"))]
    return "c" not in letters and ("i" in letters or not scripts)


def open_like(terminal: int) -> Channel:
    """Return a new terminal with the settings and the size of the given one.

    Output processing is off: the real terminal does it, and twice would double the carriage returns.
    """
    ours, theirs = os.openpty()
    attributes = termios.tcgetattr(terminal)
    attributes[OUTPUT_FLAGS] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    copy_size(terminal, ours)
    return Channel(ours, theirs, terminal)


def copy_size(terminal: int, other: int) -> None:
    """Give the other terminal the window size of the first; a terminal that has gone is left alone."""
    with contextlib.suppress(OSError):
        size = fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(WINDOW_SIZE_BYTES))
        fcntl.ioctl(other, termios.TIOCSWINSZ, size)
