"""`ci-guard record`: what the records of runs look like."""

import json

import click


@click.group(
    "record",
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Print the JSON Schema of the records that `--report json=FILE` writes.",
)
def record() -> None:
    """Hold the commands together."""


@record.command("schema", help="Print the JSON Schema of the record, `ci-guard/run/1`.")
def _schema() -> None:
    from ci_guard.record.schema import schema

    click.echo(json.dumps(schema(), indent=2))
