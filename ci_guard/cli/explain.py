"""`ci-guard explain`: what saved logs tell, offline, on any machine."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from ci_guard.ci_server.terminal import wants_colour
from ci_guard.cli import tell
from ci_guard.cli.answer_format import format_option
from ci_guard.cli.help_page import HelpPage
from ci_guard.errors import GuardError, UsageError
from ci_guard.model.explanation import STANDARD_INPUT

if TYPE_CHECKING:
    from ci_guard.explain.log_explainer import LogExplainer

LONG = 20 * 1024 * 1024  # bytes of a log that is worth a progress bar


def _number(_context: click.Context, _option: click.Parameter, written: str | None) -> int | None:
    """An exit status in decimal, or in hexadecimal as Windows shows its own."""
    if written is None:
        return None
    try:
        return int(written, 16 if written.lower().startswith("0x") else 10)
    except ValueError:
        raise click.BadParameter(f"`{written}` is not a whole number, such as 3 or 0xC0000005") from None


@click.command(
    "explain",
    cls=HelpPage,
    help="Tell from saved logs what failed and why, what ci-guard would do, and what you can do.\n\n"
    "FILE may be compressed with gzip or xz; of a .zip every log in it is explained, of a folder every log "
    "below it. `*`, `?` and `**` are patterns on every system; `-`, or no FILE, is standard input. The exit "
    "status is 0 if all could be read.",
)
@click.option("--command", metavar="COMMAND", help='The command whose output this is, such as "uv sync".')
@click.option(
    "--exit-status", callback=_number, metavar="N", help="The command's exit status, if you know it."
)
@format_option("text", "json", "markdown")
@click.option(
    "--policy", metavar="FILE", help="The policy whose signatures and rules apply. [CI_GUARD_POLICY]"
)
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|PATTERN|-]...")
def explain(
    command: str | None, exit_status: int | None, form: str, policy: str | None, files: tuple[str, ...]
) -> int:
    """Explain each file; the exit status."""
    from ci_guard.explain.log_explainer import LogExplainer

    if sys.stdin is None and (not files or STANDARD_INPUT in files):
        raise UsageError("standard input is closed", hint="name a file")
    if not files and sys.stdin.isatty():
        raise UsageError("there is no log to explain", hint="name a file, or `-` for standard input")
    colour = form == "text" and wants_colour(sys.stdout, os.environ)
    answers = LogExplainer(command, policy, os.environ, os.getcwd(), exit_status=exit_status, colour=colour)
    status = told = 0
    for file in files or (STANDARD_INPUT,):
        try:
            for answer in _answers(answers, file, form):
                click.echo(("\n" if told and form != "json" else "") + answer, nl=False, color=colour)
                told += 1
        except GuardError as error:
            tell(error)
            status = error.exit_status
    return status


def _answers(explainer: "LogExplainer", file: str, form: str) -> Iterator[str]:
    from ci_guard.explain.sources import opened, sources_of

    if file == STANDARD_INPUT:
        yield explainer.of(file, sys.stdin.buffer, form)
        return
    for source in sources_of((file,)):
        with opened(source) as stream, _watched(stream, source.path) as watched:
            yield explainer.of(source.name, watched, form)


@contextmanager
def _watched(stream: BinaryIO, path: str) -> Iterator[BinaryIO]:
    """The stream; at a terminal with a bar that shows how far a long one is read."""
    size = os.stat(path).st_size
    if size < LONG or not sys.stderr.isatty():
        yield stream
        return
    with click.progressbar(length=size, label="reading", file=sys.stderr) as bar:
        yield cast(BinaryIO, _Counted(stream, bar.update))


class _Counted:
    """Passes on what is read, and tells how much that was."""

    def __init__(self, stream: BinaryIO, count: Callable[[int], None]) -> None:
        self._stream = stream
        self._count = count

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._count(len(data))
        return data
