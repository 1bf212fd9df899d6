"""`ci-guard version` and `ci-guard help`: what ci-guard says about itself."""

import platform
import sys

import click

from ci_guard import __version__
from ci_guard.cli.commands import COMMANDS, PROGRAM, RUN
from ci_guard.cli.help_page import WIDEST, HelpPage
from ci_guard.config.problems import nearest
from ci_guard.errors import UsageError

HELP = "--help"


@click.command("version", cls=HelpPage, help="Show the version of ci-guard, of its Python and of the system.")
def version() -> None:
    """Print one line, for a report of a defect."""
    system = platform.platform(terse=True)
    click.echo(f"{PROGRAM} {__version__} (Python {platform.python_version()}, {system}, {sys.executable})")


@click.command(
    "help",
    cls=HelpPage,
    help="Show the help of a command, such as `policy check`, or a TOPIC.\n\nWithout a word it shows the "
    "help of the guard itself, and the topics.",
)
@click.argument("words", nargs=-1, metavar="[COMMAND|TOPIC]...")
def help_about(words: tuple[str, ...]) -> int:
    """Show the help; the exit status."""
    from ci_guard.cli.commands import dispatch
    from ci_guard.cli.topics import TOPICS

    if not words:
        return dispatch([HELP])
    if words[0] in COMMANDS:
        return dispatch([*words, HELP] if words[0] != RUN else [RUN, HELP])
    if words[0] not in TOPICS or len(words) > 1:
        known = (*COMMANDS, *TOPICS)
        listed = ", ".join(f"`{name}`" for name in known)
        raise UsageError(
            f"there is no command or topic `{' '.join(words)}`",
            hint=nearest(words[0], known) or f"there are {listed}",
        )
    click.echo(_page(words[0]), nl=False)
    return 0


def _page(name: str) -> str:
    from ci_guard.cli.topics import TOPICS

    topic = TOPICS[name]
    formatter = click.HelpFormatter(max_width=WIDEST)
    formatter.write_text(f"{topic.title}:")
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_dl(topic.rows())
    return formatter.getvalue()
