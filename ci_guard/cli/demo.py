"""`ci-guard demo`: a lock and the recovery from it, for a person to watch."""

import click

from ci_guard.cli.help_page import HelpPage
from ci_guard.demo.story import show


@click.command(
    "demo",
    cls=HelpPage,
    help="Show a lock and the recovery from it with a real `pip install` in a scratch folder.\n\n"
    "Takes a few seconds and needs no antivirus, no network and no special permissions.",
)
@click.option("--keep", is_flag=True, help="Keep the scratch folder, and print where it is.")
def demo(keep: bool) -> int:
    """Play the demonstration; the exit status."""
    return show(keep=keep)
