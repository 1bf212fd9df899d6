"""The command line: words in, exit status out; errors become messages here and nowhere else.

click is used in this package only, and never decides about an exit status.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from ci_guard.ci_server.plain import say
from ci_guard.cli.commands import dispatch
from ci_guard.errors import BROKEN_PIPE, INTERRUPTED, GuardError

if TYPE_CHECKING:
    from ci_guard.redact.values import RedactedText


def main(argv: Sequence[str] | None = None, interrupted: Callable[[], int] = lambda: INTERRUPTED) -> int:
    """Do what the words ask for; the exit status of the command, or of the error.

    `interrupted` gives the status after Ctrl+C, unless it ends the process as the signal does.
    """
    _accept_all_characters()
    try:
        return dispatch(sys.argv[1:] if argv is None else argv)
    except GuardError as error:
        tell(error)
        return error.exit_status
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return interrupted()
    except OSError as error:
        tell(
            GuardError(
                f"the system refuses what ci-guard needs: {error}", hint="see its words, or start anew"
            )
        )
        return GuardError.exit_status
    except Exception:  # noqa: BLE001 - a defect of ours must not look like a status of the command
        import traceback

        _say(traceback.format_exc())
        tell(GuardError("a defect in ci-guard itself, see above", hint="please report it with these lines"))
        return GuardError.exit_status


def tell(error: GuardError) -> None:
    """Say what went wrong, and what to do about it."""
    first, *more = str(error).splitlines() or [type(error).__name__]
    _say("\n".join((f"error: {first}", *(f"  {line}" for line in more))))
    if error.hint:
        _say("\n".join(f"hint: {line}" for line in error.hint.splitlines()))


def _say(text: str) -> None:
    try:
        from ci_guard.redact.secrets import find_secrets, redact_text

        shown = redact_text(text, find_secrets(os.environ))
    except (ImportError, OSError) as error:  # our own files are locked, or no more may be opened
        say(cast("RedactedText", f"error: ci-guard cannot read its own files: {error}"))
        return
    say(shown)


def _accept_all_characters() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
