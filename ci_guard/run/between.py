"""The command of `on_retry:`, run between two attempts; whatever becomes of it, the next attempt is made."""

import os
import shlex
import sys
from collections.abc import Sequence

from ci_guard.errors import GuardError
from ci_guard.model.process import Launch
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.locate import locate
from ci_guard.run.context import RunContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

LONGEST = 300.0  # seconds, where the run itself has no limit: a command that hangs must not hang the step
POLL = 0.1  # seconds between two looks at a signal


def run_between(
    context: RunContext, launch: Launch, command: Sequence[str], interruptions: Interruptions
) -> None:
    """Run it as the attempt will be, in its folder and environment, but without its input and stdout.

    It is ended after `LONGEST`, or when the time of the run is up, or when ci-guard is signalled.
    """
    import subprocess  # with what it imports eight files, for policies with `on_retry:` only

    told = shlex.join(command)
    context.console.announce(f"running `{told}` first (on_retry)")
    limit = min(LONGEST, launch.timeout) if launch.timeout is not None else LONGEST
    try:
        program = locate(command[0], launch.environment)
        with subprocess.Popen(
            [program, *command[1:]],
            cwd=context.directory,
            env=dict(launch.environment),
            stdin=subprocess.DEVNULL,
            stdout=_log(),  # stdout belongs to the command
        ) as process:
            status = _wait(process, limit, interruptions)
    except (GuardError, OSError) as error:
        context.console.warn(f"`{told}` could not be run (on_retry): {error}")
        return
    if status:
        ended = "did not end in time" if status is True else f"ended with exit status {status}"
        context.console.warn(f"`{told}` {ended} (on_retry); the attempt is made anyway")


def _wait(process: "subprocess.Popen[bytes]", limit: float, interruptions: Interruptions) -> int | bool:
    """Its exit status; True if it had to be ended."""
    waited = 0.0
    while process.poll() is None:
        if waited >= limit or interruptions.sleep(POLL):
            process.kill()
            process.wait()
            return True
        waited += POLL
    return process.returncode


def _log() -> int:
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # no stderr that a process could have
        return os.open(os.devnull, os.O_WRONLY)
