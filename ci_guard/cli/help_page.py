"""The pages of `--help`: nothing cut off, and every one ends with examples."""

from typing import Any

import click

from ci_guard.cli.examples import EXAMPLES

WIDEST = 100  # columns; a narrower terminal wraps sooner
_HELP = ("-h", "--help")


class HelpPage(click.Command):
    """A command whose help ends with its examples."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **_with_help(settings))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples at the end of the page."""
        write_examples(ctx.command_path, formatter)


class HelpPages(click.Group):
    """A group of such commands, which lists what each does in whole sentences."""

    command_class: type[click.Command] | None = HelpPage

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **_with_help(settings))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; click itself would end each sentence in the middle, with dots."""
        rows = [(name, self._first_paragraph(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples at the end of the page."""
        write_examples(ctx.command_path, formatter)

    def _first_paragraph(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return (command.help or "").partition("\n\n")[0] if command is not None else ""


def write_examples(path: str, formatter: click.HelpFormatter) -> None:
    """Write the examples of the command that is called by `path`, such as `ci-guard policy init`."""
    with formatter.section("Examples"):
        for line, meaning in EXAMPLES[path]:
            formatter.write_text(f"# {meaning}")
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _with_help(settings: dict[str, Any]) -> dict[str, Any]:
    context = {"help_option_names": [*_HELP], "max_content_width": WIDEST}
    return settings | {"context_settings": context | (settings.get("context_settings") or {})}
