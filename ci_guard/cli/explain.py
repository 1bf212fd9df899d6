"""`ci-guard explain`: what saved logs tell, offline, on any machine."""

import os
import sys
from typing import BinaryIO

import click

from ci_guard.cli import tell
from ci_guard.config.inputs import open_input
from ci_guard.errors import GuardError, UsageError

STANDARD_INPUT = "-"


@click.command(
    "explain",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Tell from saved logs what failed and why, what ci-guard would do, and what you can do.\n\n"
    "FILE may be compressed with gzip; `-`, or no FILE, is standard input. The exit status is 0 if all could "
    "be read.",
)
@click.option("--command", metavar="COMMAND", help='The command whose output this is, such as "uv sync".')
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to answer; text if not given.",
)
@click.option(
    "--policy", metavar="FILE", help="The policy whose signatures and rules count. [CI_GUARD_POLICY]"
)
@click.argument("files", nargs=-1, metavar="[FILE|-]...")
def explain(command: str | None, form: str, policy: str | None, files: tuple[str, ...]) -> int:
    """Explain each file; the exit status."""
    from ci_guard.explain.log_explainer import LogExplainer

    if sys.stdin is None and (not files or STANDARD_INPUT in files):
        raise UsageError("standard input is closed", hint="name a file")
    if not files and sys.stdin.isatty():
        raise UsageError("there is no log to explain", hint="name a file, or `-` for standard input")
    answers = LogExplainer(command, policy, os.environ, os.getcwd())
    status = 0
    for number, file in enumerate(files or (STANDARD_INPUT,)):
        try:
            if file == STANDARD_INPUT:
                answer = answers.of(file, sys.stdin.buffer, form)
            else:
                with _open(file) as stream:
                    answer = answers.of(file, stream, form)
        except GuardError as error:
            tell(error)
            status = error.exit_status
            continue
        click.echo(("\n" if number and form == "text" else "") + answer, nl=False)
    return status


def _open(file: str) -> BinaryIO:
    try:
        return open_input(file)
    except OSError as error:
        raise GuardError(
            f"cannot read `{file}`: {error.strerror or error}", hint="check the path and its permissions"
        ) from error
