"""`ci-guard policy`: write a starter file, check and test files, show what counts, print the schema."""

import json
import os

import click

from ci_guard.cli import remark
from ci_guard.cli.guard import invocation_of
from ci_guard.cli.guard_parser import parameter
from ci_guard.cli.help_page import HelpPages
from ci_guard.dataclass import replace
from ci_guard.errors import GuardError, PolicyError, UsageError
from ci_guard.knowledge.load import tweak_ids
from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.counting import counted
from ci_guard.policy.find import NAMES, find, searched, shown
from ci_guard.policy.read import read_policy
from ci_guard.policy.resolve import resolve
from ci_guard.policy.rules import unreachable
from ci_guard.policy.schema import schema
from ci_guard.policy.show import show, show_json
from ci_guard.policy.starter import SCHEMA_FILE, starter
from ci_guard.policy.table import RUN_OPTIONS, options
from ci_guard.redact.redacted import redact_policy


@click.group(
    "policy",
    cls=HelpPages,
    no_args_is_help=False,
    help="Write, check, test or show the policy, or print its JSON Schema.",
)
def policy() -> None:
    """Hold the commands together."""


@policy.command("init", help=f"Write a commented `{NAMES[0]}` and its JSON Schema into this folder.")
@click.option("--force", is_flag=True, help="Replace a policy that is there.")
def _init(force: bool) -> None:
    for name in () if force else NAMES:
        if os.path.lexists(name):
            raise UsageError(
                f"`{name}` is there already",
                hint="change it, or replace it with `ci-guard policy init --force`",
            )
    _tell_what_stands_above()
    there = next((name for name in NAMES if os.path.lexists(name)), NAMES[0])
    for name, text in ((there, starter()), (SCHEMA_FILE, _schema_text())):
        try:
            with open(name, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except OSError as error:
            raise GuardError(
                f"cannot write `{name}`: {error.strerror or error}",
                hint="check the permissions of the folder",
            ) from error
        click.echo(f"wrote {name}")


def _tell_what_stands_above() -> None:
    directory = os.getcwd()
    if os.path.dirname(directory) == directory or searched(directory) == directory:
        return
    above = find(os.path.dirname(directory))
    if above is not None:
        remark(
            f"note: from now on `{shown(above, directory)}` no longer counts in this folder and below it: "
            "the nearest policy is the only one that does"
        )


@policy.command("check", help="Check each FILE, or the policy of this folder; all mistakes are listed.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
def _check(files: tuple[str, ...]) -> None:
    mistakes: list[str] = []
    hint = None
    for path in files or (_found(),):
        try:
            read_policy(path, path, (), parse_command, tweak_ids)
        except PolicyError as error:
            mistakes.append(str(error))
            hint = error.hint or hint
        else:
            warnings = unreachable(path, path)
            for warning in warnings:
                remark(f"warning: {warning}")
            click.echo(f"{path}: ok" + (f", with {counted(len(warnings), 'warning')}" if warnings else ""))
    if mistakes:
        raise PolicyError("\n".join(mistakes), hint=hint)


@policy.command(
    "show",
    params=[parameter(option) for option in options() if option.metavar or option not in RUN_OPTIONS],
    context_settings={"allow_interspersed_args": False},
    help="Show what applies to COMMAND, and where each value was set.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    help="The form of the answer: a policy file with comments (yaml, if not given), or as JSON.",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND [ARG]...]")
def _show(command: tuple[str, ...], form: str, **given: object) -> None:
    invocation = invocation_of(given, command, os.environ)
    resolved = resolve(invocation, os.environ, os.getcwd(), parse_command, tweak_ids)
    for warning in unreachable(resolved.file, resolved.called) if resolved.file else ():
        remark(f"warning: {warning}")
    resolved = replace(resolved, policy=redact_policy(resolved.policy, os.environ))
    click.echo(show(resolved) if form == "yaml" else show_json(resolved), nl=False)


@policy.command(
    "test",
    help="Run the `tests:` of FILE, or of the policy of this folder. The exit status is 1 if one fails.",
)
@click.argument("file", required=False, metavar="[FILE]")
def _test(file: str | None) -> int:
    from ci_guard.explain.policy_tests import run_tests  # brings what is known about tools

    path = file or _found()
    passed = failed = 0
    for result in run_tests(path, os.environ, os.getcwd()):
        passed += result.passed
        failed += not result.passed
        by = f" ({result.signature})" if result.signature else ""
        click.echo(f"ok: {result.name}{by}" if result.passed else f"FAILED: {result.name}{by}")
        for sentence in result.wrong:
            click.echo(f"  {sentence}")
    if not passed and not failed:
        raise UsageError(f"`{path}` has no tests", hint="add some under `tests:`")
    click.echo(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


@policy.command("schema", help="Print the JSON Schema of the policy file.")
def _schema() -> None:
    click.echo(_schema_text(), nl=False)


def _schema_text() -> str:
    return json.dumps(schema(), indent=2) + "\n"


def _found() -> str:
    path = os.environ.get("CI_GUARD_POLICY") or find(os.getcwd())
    if path is None:
        raise UsageError("there is no policy here", hint="write one with `ci-guard policy init`")
    return shown(path, os.getcwd())
