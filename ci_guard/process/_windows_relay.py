"""What outlives the step keeps its output (Windows): a process for each stream carries it on after our end.

Without us a background server would hold our stream itself; with us it holds a pipe that must not break. The
process needs nothing of ours but the two handles: no folder that it would keep from being removed, no file of
the project, no console whose end would be its own, and no variable by which a CI server would find and end it
before the server that it is there for. It ends when nobody writes to the pipe any more.
"""

import contextlib
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence

from ci_guard.process.sieve import Sieve

assert sys.platform == "win32"  # also tells the type checker

CREATE_NO_WINDOW = 0x08000000
CREATE_NEW_PROCESS_GROUP = 0x200  # no Ctrl+C
# usage: MODULE NAME PATH...; the module's function makes the sieve, if there is one. An empty read is no end
CARRY = r"""
import _winapi, importlib, msvcrt, os, sys
module, name, *sys.path[:0] = sys.argv[1:]
sieve = getattr(importlib.import_module(module), name)() if module else None
source = msvcrt.get_osfhandle(0)
def write(data):
    while data:
        data = data[os.write(1, data):]
try:
    while True:
        chunk = _winapi.ReadFile(source, 65536)[0]
        write(chunk if sieve is None else sieve.pass_on(chunk))
except BrokenPipeError:
    if sieve is not None:
        write(sieve.rest())
"""


def carry_on(streams: Sequence[tuple[int, int]], sieve: Callable[[], Sieve] | None) -> None:
    """Copy from each source to its target in a process of its own, until the source ends; the sources are
    closed here. Raises nothing: where no process is to be had, the streams end with us.

    `sieve` is a function of a module, by whose name the process finds it.
    """
    made_by = ["", ""] if sieve is None else [sieve.__module__, sieve.__name__, *sys.path]
    root = os.environ.get("SYSTEMROOT", r"C:\Windows")
    for source, target in streams:
        with warnings.catch_warnings(), contextlib.suppress(OSError):
            warnings.simplefilter("ignore", ResourceWarning)  # nobody waits for it
            subprocess.Popen(
                [_python(), "-I", "-S", "-c", CARRY, *made_by],
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                cwd=root,
                env={"SYSTEMROOT": root},
                # a console's handle is of use only to a program at that console
                creationflags=CREATE_NEW_PROCESS_GROUP if os.isatty(target) else CREATE_NO_WINDOW,
            )
        os.close(source)


def _python() -> str:
    """The interpreter itself: that of a virtual environment is a program that starts it and stays, too."""
    base: str = getattr(sys, "_base_executable", "")
    return base or sys.executable
