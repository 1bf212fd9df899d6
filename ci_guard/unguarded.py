"""Runs a command as if there were no guard: where ci-guard's own files cannot be used before it has started.

A scanner locks ci-guard's files as those of any program. Imports nothing of ci-guard, which may be what is
locked.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

DASHES = "--"
RUN = "run"
# what asks for an answer of ci-guard's own and not for the command
_ANSWERS = frozenset({"--dry-run", "--help", "-h", "--version", "-V"})
_DRY_RUN = "CI_GUARD_DRY_RUN"
_OFF = ("", "0", "n", "no", "off", "false")
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # as every shell says it


def guarded_command(words: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The command that ci-guard's words ask it to guard; empty if they ask for something else."""
    if DASHES not in words or environ.get(_DRY_RUN, "").lower() not in _OFF:
        return ()
    cut = list(words).index(DASHES)
    front, command = words[:cut], words[cut + 1 :]
    if front and front[0] != RUN and not front[0].startswith("-"):
        return ()
    return () if _ANSWERS & set(front) else tuple(command)


def run_unguarded(command: tuple[str, ...], error: BaseException) -> int:
    """Say why there is no guard, and run the command once; its exit status, or that of a shell without it.

    Does not return on POSIX if the command can be started: it takes the place of ci-guard.
    """
    told = " ".join(str(error).split()) or type(error).__name__
    said = f"ci-guard: warning: no guard, since a file of ci-guard itself cannot be used: {told}\n"
    os.write(2, said.encode("utf-8", "backslashreplace"))
    try:
        if sys.platform == "win32":
            return _wait_for(command)
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, for itself
            signal.signal(ignored, signal.SIG_DFL)
        os.execvp(command[0], command)
    except FileNotFoundError:
        status = _NOT_FOUND
    except OSError:
        status = _NOT_EXECUTABLE
    os.write(2, f"ci-guard: error: `{command[0]}` cannot be started\n".encode("utf-8", "backslashreplace"))
    return status


def _wait_for(command: Sequence[str]) -> int:
    if sys.platform != "win32":
        raise AssertionError
    import shutil

    with subprocess.Popen([shutil.which(command[0]) or command[0], *command[1:]]) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:  # the console has sent it to the command as well
                continue
