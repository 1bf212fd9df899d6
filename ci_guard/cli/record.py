"""`ci-guard record`: what the records of runs look like."""

import json

import click

from ci_guard.cli.help_page import HelpPages


@click.group(
    "record",
    cls=HelpPages,
    no_args_is_help=False,
    help="Print the JSON Schema of the records that `--report json=FILE` writes.",
)
def record() -> None:
    """Hold the commands together."""


@record.command("schema", help="Print the JSON Schema of the record, `ci-guard/run/1`.")
def _schema() -> None:
    from ci_guard.record.schema import schema

    click.echo(json.dumps(schema(), indent=2))
