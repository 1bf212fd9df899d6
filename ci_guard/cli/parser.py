"""click's parser in our words: its errors are ours, and it never decides about an exit status."""

from collections.abc import Sequence

import click

from ci_guard.errors import BROKEN_PIPE, INTERRUPTED, UsageError


def parse(command: click.Command, words: Sequence[str], program: str) -> object:
    """Run a click command; what it returns, or 0 after `--help`. Raises `UsageError` for click's errors."""
    try:
        return command.main(args=list(words), prog_name=program, standalone_mode=False)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else program
        raise UsageError(_in_our_words(error), hint=f"see `{path} --help`") from error
    except click.ClickException as error:
        raise UsageError(_in_our_words(error)) from error
    except click.Abort:
        return INTERRUPTED
    except SystemExit:  # click's answer to a closed pipe
        return BROKEN_PIPE


def _in_our_words(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".").replace("'. (", "' (").replace("'", "`")
    return message[:1].lower() + message[1:]
