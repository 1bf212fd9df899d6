"""`ci-guard tools`: what is known about tools."""

import click

from ci_guard.cli.help_page import HelpPage
from ci_guard.config.problems import nearest
from ci_guard.errors import UsageError
from ci_guard.knowledge.listing import list_tools, show_tool
from ci_guard.knowledge.load import load_knowledge


@click.command(
    "tools",
    cls=HelpPage,
    help="Show the tools that are known, or all that is known about the tool NAME: its failures, the changes "
    "that help, what it does by itself, which versions are broken; each with its reference.",
)
@click.argument("name", required=False)
def tools(name: str | None) -> None:
    """Show one tool or all."""
    knowledge = load_knowledge()
    if name is None:
        click.echo(list_tools(knowledge), nl=False)
        return
    wanted = name.lower()
    known = {program: tool for tool in knowledge.tools for program in (tool.name, *tool.programs)}
    if wanted not in known:
        raise UsageError(
            f"ci-guard does not know a tool called `{name}`",
            hint=nearest(wanted, known)
            or "`ci-guard tools` lists them; a policy's `signatures:` can add to them",
        )
    click.echo(show_tool(known[wanted], knowledge), nl=False)
