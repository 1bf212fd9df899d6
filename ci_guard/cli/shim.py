"""`ci-guard shim`: a guard in front of a tool on the PATH, for steps and scripts that nobody may edit."""

import os
import sys
from pathlib import Path

import click

import ci_guard
from ci_guard.agent.folder import state_folder
from ci_guard.cli import remark
from ci_guard.cli.help_page import HelpPages
from ci_guard.errors import UsageError
from ci_guard.shim import folder as shims
from ci_guard.shim.program import INSTALLED

_SUBFOLDER = "shims"
_GITHUB_PATH = "GITHUB_PATH"  # the file whose lines the runner puts in front of the PATH of later steps
FOLDER = click.option(
    "--folder", metavar="FOLDER", help="The folder of the shims; by default in the state folder."
)


@click.group(
    "shim",
    cls=HelpPages,
    no_args_is_help=False,
    help="Put a guard in front of tools such as `uv`, `pip` and `npm` on the PATH, for steps and scripts "
    "that nobody may edit.\n\nA shim guards the real program once: what that starts finds no shim any more. "
    "Options come from the policy and from variables, as in CI_GUARD_JUNIT='reports/TEST-{step}.xml'.",
)
def shim() -> None:
    """Hold the commands together."""


@shim.command("install", help="Write a shim for each TOOL, and say how to put them in front of the PATH.")
@FOLDER
@click.argument("tools", nargs=-1, required=True, metavar="TOOL...")
def _install(folder: str | None, tools: tuple[str, ...]) -> None:
    place = _place(folder)
    for path in shims.install(place, tools, sys.executable, _guard(), windows=sys.platform == "win32"):
        click.echo(f"wrote {path}")
    if told := os.environ.get(_GITHUB_PATH):
        with open(told, "a", encoding="utf-8") as file:
            file.write(f"{place}\n")
        click.echo(f"later steps of this job find the shims: {place} is in front of their PATH")
        return
    if os.environ.get("TF_BUILD"):
        click.echo(f"##vso[task.prependpath]{place}")
        return
    line = f'set "PATH={place};%PATH%"' if sys.platform == "win32" else f'export PATH="{place}:$PATH"'
    click.echo(f"put the folder in front of the PATH: {line}")


@shim.command("remove", help="Remove the shims of each TOOL, or all.")
@FOLDER
@click.argument("tools", nargs=-1, metavar="[TOOL]...")
def _remove(folder: str | None, tools: tuple[str, ...]) -> None:
    place = _place(folder)
    gone = shims.remove(place, tools)
    for tool in gone:
        click.echo(f"removed the shim of {tool}")
    missing = [tool for tool in tools if tool not in gone]
    if missing or not gone:
        names = ", ".join(f"`{tool}`" for tool in missing)
        remark(f"note: there is no shim {f'of {names} ' if names else ''}in `{place}`")


@shim.command("list", help="Show the shims, what each guards, and whether the PATH finds them first.")
@FOLDER
def _list(folder: str | None) -> None:
    place = _place(folder)
    found = list(shims.shims(place, os.environ))
    for each in found:
        real = each.real or "no program of this name on the PATH"
        click.echo(
            f"{each.tool}: {real}" + ("" if each.first else " (the PATH does not find the shim first)")
        )
    if not found:
        remark(f"note: there is no shim in `{place}`")


def _place(folder: str | None) -> Path:
    if folder is not None:
        return Path(folder).absolute()
    state = state_folder(os.environ)
    if state is None:
        raise UsageError(
            "there is no home folder to put shims into", hint="name a folder with `--folder FOLDER`"
        )
    return Path(state, _SUBFOLDER)


def _guard() -> str:
    """What a shim starts: the `.pyz` that runs now, or the installed ci-guard."""
    pack = Path(ci_guard.__file__).parent.parent
    return str(pack.absolute()) if pack.is_file() else INSTALLED
