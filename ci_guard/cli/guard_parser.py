"""The guard's options as click knows them: for help, errors and everything unusual."""

import shlex
import subprocess
import sys
from collections.abc import Sequence

import click

from ci_guard import __version__
from ci_guard.cli.commands import COMMANDS, PROGRAM
from ci_guard.cli.help_page import HelpPage
from ci_guard.cli.options import DASHES
from ci_guard.cli.parser import parse
from ci_guard.cli.topics import TOPICS
from ci_guard.config.problems import nearest
from ci_guard.errors import UsageError
from ci_guard.policy.table import Option, options

_EXIT_STATUS = (
    ("the command's own", "it ran and ended."),
    ("124", "a timeout or the deadline ended it."),
    ("125", "ci-guard itself could not work; the command was not started."),
    ("126, 127", "the command cannot be executed, or was not found."),
    ("128+N", "signal N ended the command."),
)


def read_front(front: Sequence[str], behind: Sequence[str]) -> dict[str, object] | int:
    """What the options say, or the exit status where they have been answered, as `--help` is.

    `behind` are the words from the dashes on. Raises UsageError.
    """
    given = parse(_COMMAND, front, PROGRAM)
    if isinstance(given, int):
        return given
    assert isinstance(given, dict)
    loose = given.pop("words")
    if loose:
        raise _missing_dashes(front[: len(front) - len(loose)], [*loose, *behind])
    return given


def parameter(option: Option) -> click.Option:
    """The click option of an option of the table."""
    return click.Option(
        [name for name in (option.short, option.flag) if name],
        metavar=option.metavar,
        multiple=option.repeatable,
        is_flag=True if option.metavar is None else None,  # False would make the value optional
        help=f"{option.help} [{option.variable}]",
    )


class _Guard(HelpPage):
    def collect_usage_pieces(self, _ctx: click.Context) -> list[str]:
        return ["[OPTIONS]", DASHES, "COMMAND", "[ARG]..."]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Other commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])
        with formatter.section("Exit status"):
            formatter.write_dl(_EXIT_STATUS)
        with formatter.section("Topics"):
            formatter.write_text(f"`{PROGRAM} help TOPIC` tells more: {', '.join(TOPICS)}.")
        super().format_epilog(ctx, formatter)


def _take(**given: object) -> dict[str, object]:
    return given


_VERSION = click.version_option(
    __version__, "-V", "--version", prog_name=PROGRAM, message="%(prog)s %(version)s"
)
_COMMAND = _VERSION(
    _Guard(
        PROGRAM,
        callback=_take,
        params=[
            *(parameter(option) for option in options()),
            click.Argument(["words"], nargs=-1, type=click.UNPROCESSED),
        ],
        help="Run COMMAND, and recover it when an antivirus or EDR product locks its files.\n\n"
        "Each option can also be given as the environment variable in brackets. The command line wins over "
        "the environment, and that over the policy file.",
        context_settings={"allow_interspersed_args": False},
    )
)


def guard_command() -> click.Command:
    """The guard as a click command, for those who ask for its options."""
    return _COMMAND


def _missing_dashes(given: Sequence[str], command: Sequence[str]) -> UsageError:
    line = _join([PROGRAM, *given, DASHES, *command])
    known = nearest(command[0], COMMANDS)
    other = f"\nor {known}" if known else ""
    return UsageError(
        f"`{DASHES}` is missing in front of the command `{command[0]}`", hint=f"type: {line}{other}"
    )


def _join(words: Sequence[str]) -> str:
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
