"""Which signals the command finds ignored, as it would without us; POSIX.

CPython ignores SIGPIPE and SIGXFSZ before any of our code runs, and `subprocess` resets both for the child:
what we were started with is lost. A shell with `trap '' PIPE` ignores it itself and passes that on; other
parents (CPython, node) ignore it for themselves and reset it for their children.
"""

import os
import signal
import sys

assert sys.platform != "win32"  # also tells the type checker

OF_CPYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"})
_child_signal_was_ignored = False


def ignored() -> tuple[int, ...]:
    """The signals to be ignored by the command; from now on we ourselves are told of our children's ends.

    Where SIGCHLD is ignored, the kernel forgets how a child has ended (wait(2)).
    """
    global _child_signal_was_ignored  # noqa: PLW0603 - it is the process that has dispositions
    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
        _child_signal_was_ignored = True
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    found = (signal.SIGCHLD,) if _child_signal_was_ignored else ()
    return (*found, signal.SIGPIPE) if _shell_ignores(signal.SIGPIPE) else found


def ignore(numbers: tuple[int, ...]) -> None:
    """Ignore them; called in the command's process before its program begins."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)


def _shell_ignores(number: int) -> bool:
    """Whether we were started by a shell that ignores the signal."""
    try:
        with open(f"/proc/{os.getppid()}/status", "rb") as file:
            fields = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
    except OSError:
        return False
    if fields.get(b"Name", b"").strip().decode("ascii", "replace") not in SHELLS:
        return False
    return bool(int(fields.get(b"SigIgn", b"0"), 16) >> (number - 1) & 1)
