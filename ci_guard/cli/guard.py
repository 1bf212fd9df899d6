"""The guard's own command line: options before the first `--`, the command after it, untouched."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ci_guard import __version__
from ci_guard.cli.commands import COMMANDS, PROGRAM, parse
from ci_guard.config.problems import nearest
from ci_guard.errors import UsageError
from ci_guard.model.invocation import Invocation
from ci_guard.policy.settings import switched_on, variable
from ci_guard.policy.table import KEYS, RUN_OPTIONS, Option, options

DASHES = "--"
_EXIT_STATUS = (
    ("the command's own", "it ran and ended."),
    ("124", "a timeout or the deadline ended it."),
    ("125", "ci-guard itself could not work; the command was not started."),
    ("126, 127", "the command cannot be executed, or was not found."),
    ("128+N", "signal N ended the command."),
)


def guard(words: Sequence[str]) -> int:
    """Guard the command after `--`; the exit status of the run."""
    words = list(words)
    cut = words.index(DASHES) if DASHES in words else len(words)
    front, command = words[:cut], words[cut + 1 :]
    given = parse(_COMMAND, front, PROGRAM)
    if isinstance(given, int):
        return given
    assert isinstance(given, dict)
    loose = given.pop("words")
    if loose:
        raise _missing_dashes(front[: len(front) - len(loose)], [*loose, *words[cut:]])
    if not command:
        raise UsageError(
            "there is no command to run", hint=f"write it after `{DASHES}`: `{PROGRAM} {DASHES} uv sync`"
        )
    invocation = invocation_of(given, command, os.environ)
    from ci_guard.run import run  # the first lazy seam: `--help` and errors come without it

    return run(invocation)


def invocation_of(given: Mapping[str, Any], command: Sequence[str], environ: Mapping[str, str]) -> Invocation:
    """Make an invocation of what the options gave and of the variables that stand for the others."""
    settings: dict[str, object] = {}
    for key in KEYS:
        value = given.get(key.option.name) if key.option is not None else None
        if key.option is not None and value not in (None, False, ()):
            settings[key.name] = key.option.sets if key.option.metavar is None else value
    if given.get("report"):
        settings["reports"] = given["report"]
    chosen: dict[str, Any] = {}
    for option in RUN_OPTIONS:
        value = given.get(option.name)
        if option.metavar is None:
            chosen[option.name] = bool(value) or switched_on(option, environ)
        else:
            chosen[option.name] = value if value is not None else variable(option, environ)
    return Invocation(
        command=tuple(command),
        policy_file=chosen["policy"],
        name=chosen["name"],
        host=chosen["host"],
        settings=settings,
        dry_run=chosen["dry_run"],
        quiet=chosen["quiet"],
        verbose=chosen["verbose"],
    )


def parameter(option: Option) -> click.Option:
    """The click option of an option of the table."""
    return click.Option(
        [option.flag],
        metavar=option.metavar,
        multiple=option.repeatable,
        is_flag=True if option.metavar is None else None,  # False would make the value optional
        help=f"{option.help} [{option.variable}]",
    )


class _Guard(click.Command):
    def collect_usage_pieces(self, _ctx: click.Context) -> list[str]:
        return ["[OPTIONS]", DASHES, "COMMAND", "[ARG]..."]

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Other commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])
        with formatter.section("Exit status"):
            formatter.write_dl(_EXIT_STATUS)


def _take(**given: object) -> dict[str, object]:
    return given


_COMMAND = click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")(
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
        context_settings={"allow_interspersed_args": False, "help_option_names": ["-h", "--help"]},
    )
)


def _missing_dashes(given: Sequence[str], command: Sequence[str]) -> UsageError:
    line = _join([PROGRAM, *given, DASHES, *command])
    known = nearest(command[0], COMMANDS)
    other = f"\nor {known}" if known else ""
    return UsageError(
        f"`{DASHES}` is missing in front of the command `{command[0]}`", hint=f"type: {line}{other}"
    )


def _join(words: Sequence[str]) -> str:
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
