"""`ci-guard report`: many records of runs as one picture."""

import os
from collections.abc import Callable

import click

from ci_guard.cli import tell
from ci_guard.cli.help_page import HelpPage
from ci_guard.errors import GuardError


@click.command(
    "report",
    cls=HelpPage,
    help="Fold records of many runs into one picture: how often, where, how long, what helped.\n\nPATH is a "
    "record (`--report json=FILE`), a JUnit file of ci-guard, a file of JSON lines, or a folder of these, "
    "such as `ci-guard jenkins scan --records FOLDER` fills. Without an option, Markdown goes to standard "
    "output. What is not a record is named and left out.",
)
@click.option("--html", metavar="FILE", help="Write one self-contained page.")
@click.option("--markdown", metavar="FILE", help="Write Markdown.")
@click.option("--json", metavar="FILE", help="Write the figures as JSON.")
@click.option("--json-lines", "lines", metavar="FILE", help="Write the records as JSON lines, each on one.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def report(
    html: str | None, markdown: str | None, json: str | None, lines: str | None, paths: tuple[str, ...]
) -> int:
    """Write what is asked for; the exit status."""
    from ci_guard.fleet import html as page
    from ci_guard.fleet import json as figures_json
    from ci_guard.fleet import markdown as figures_markdown
    from ci_guard.fleet.figures import fold
    from ci_guard.fleet.sources import read_all
    from ci_guard.fleet.step import reader
    from ci_guard.record.codec import write_line
    from ci_guard.redact.redacted import redact_value
    from ci_guard.redact.secrets import find_secrets

    secrets = find_secrets(os.environ)
    records = read_all(paths, tell)
    steps = list(map(reader(secrets), records))
    figures = fold(steps)
    if html is json is markdown is lines is None:
        click.echo(figures_markdown.render(figures), nl=False)
        return 0 if steps else GuardError.exit_status
    wanted: tuple[tuple[str | None, Callable[[], bytes]], ...] = (
        (lines, lambda: b"".join(write_line(redact_value(record, secrets)) for record in records)),
        (html, lambda: page.render(figures, steps)),
        (json, lambda: figures_json.render(figures)),
        (markdown, lambda: figures_markdown.render(figures)),
    )
    for file, content in wanted:
        if file is not None:
            write(file, content())
            click.echo(f"wrote {file}", err=True)
    if not steps:
        raise GuardError("there is no record to report on", hint="see `ci-guard report --help`")
    return 0


def write(file: str, content: bytes) -> None:
    """Put a file in its place. Raises `GuardError`."""
    from ci_guard.reports.write import put_file

    try:
        put_file(file, content)
    except OSError as error:
        raise GuardError(
            f"cannot write `{file}`: {error.strerror or error}",
            hint="check the folder's permissions and the volume",
        ) from error
