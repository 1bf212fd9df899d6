"""The command line: words in, exit status out; errors become messages here and nowhere else.

click is used in this package only, and never decides about an exit status.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence

from ci_guard.ci_server.plain import say, say_broken
from ci_guard.cli.commands import dispatch
from ci_guard.errors import BROKEN_FILE, BROKEN_PIPE, INTERRUPTED, GuardError


def main(argv: Sequence[str] | None = None, interrupted: Callable[[], int] = lambda: INTERRUPTED) -> int:
    """Do what the words ask for; the exit status of the command, or of the error.

    `interrupted` gives the status after Ctrl+C, unless it ends the process as the signal does.
    """
    _accept_all_characters()
    words = sys.argv[1:] if argv is None else argv
    try:
        return dispatch(words)
    except GuardError as error:
        tell(error)
        return error.exit_status
    except BrokenPipeError:
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return interrupted()
    except BROKEN_FILE as error:  # before the command has started: `run` answers for all that comes later
        from ci_guard.unguarded import guarded_command, run_unguarded

        command = guarded_command(words, os.environ)
        return run_unguarded(command, error) if command else _tell_defect()
    except Exception:  # noqa: BLE001 - a defect of ours must not look like a status of the command
        return _tell_defect()


def tell(error: GuardError) -> None:
    """Say what went wrong, and what to do about it."""
    first, *more = str(error).splitlines() or [type(error).__name__]
    _say("\n".join((f"error: {first}", *(f"  {line}" for line in more))))
    if error.hint:
        _say("\n".join(f"hint: {line}" for line in error.hint.splitlines()))


def remark(text: str) -> None:
    """Say something beside the answer, on stderr."""
    _say(text)


def _tell_defect() -> int:
    import traceback

    _say(traceback.format_exc())
    tell(GuardError("a defect in ci-guard itself, see above", hint="please report it with these lines"))
    return GuardError.exit_status


def _say(text: str) -> None:
    try:
        from ci_guard.redact.secrets import find_secrets, redact_text

        told = redact_text(text, find_secrets(os.environ))
    except BROKEN_FILE as error:
        say_broken(error)
        return
    say(told)


def _accept_all_characters() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
