"""`ci-guard evidence`: what to hand to the vendor and to the security team."""

import os

import click

from ci_guard.cli import tell
from ci_guard.cli.help_page import HelpPage
from ci_guard.errors import GuardError, UsageError

ZIP = "ci-guard-evidence.zip"
NOT_COVERED = 1  # the exit status of --compare where incidents are left


@click.command(
    "evidence",
    cls=HelpPage,
    help="Pack what the vendor's ticket and the security team need: each incident, the smallest set of "
    "exclusions that would have prevented all, a script that shows the same anywhere. PATH is as for "
    "`ci-guard report`. Secrets are redacted; nothing leaves the machine.\n\nWith --compare, tell whether an "
    "exclusion works: the exit status is 1 where incidents are left.",
)
@click.option("-o", "--output", metavar="FILE", default=ZIP, help=f"The zip; {ZIP} if not given.")
@click.option(
    "--compare", is_flag=True, help="Compare two PATHs: records from BEFORE and from AFTER the exclusion."
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...|BEFORE AFTER")
def evidence(output: str, compare: bool, paths: tuple[str, ...]) -> int:
    """Write the pack, or compare; the exit status."""
    from ci_guard.cli.report import write
    from ci_guard.fleet.evidence import pack, render
    from ci_guard.fleet.incident import incidents
    from ci_guard.fleet.sources import read_all
    from ci_guard.redact.secrets import find_secrets

    if compare:
        return _compare(paths)
    records = read_all(paths, tell)
    found = incidents(records, find_secrets(os.environ))
    if not records:
        raise GuardError("there is no record to take evidence from", hint="see `ci-guard report --help`")
    write(output, pack(found))
    click.echo(render(found), nl=False)
    click.echo(f"wrote {output}", err=True)
    return 0


def _compare(paths: tuple[str, ...]) -> int:
    from ci_guard.fleet.compare import compare
    from ci_guard.fleet.sources import read_all
    from ci_guard.fleet.step import reader
    from ci_guard.redact.secrets import find_secrets

    if len(paths) != 2:
        raise UsageError(
            "--compare takes two paths", hint="records from before, and from after the exclusion"
        )
    read = reader(find_secrets(os.environ))
    before, after = (list(map(read, read_all([path], tell))) for path in paths)
    verdict = compare(before, after)
    click.echo(verdict.text)
    return NOT_COVERED if verdict.works is False else 0
