"""`ci-guard completion`: scripts with which a shell completes commands, options and topics.

Made of the same tables as the help, and static: no shell has to start ci-guard for each Tab.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import click

from ci_guard.cli.commands import COMMANDS, PROGRAM, RUN
from ci_guard.cli.help_page import HelpPage

SHELLS = ("bash", "zsh", "fish", "powershell")


class Words(NamedTuple):
    """What may follow a command."""

    commands: tuple[str, ...]
    options: tuple[str, ...]

    @property
    def all(self) -> str:
        """Both, as shells take lists."""
        return " ".join((*self.commands, *self.options))


def words() -> Mapping[str, Words]:
    """By the words behind `ci-guard`, such as `policy init`: what may follow."""
    from ci_guard.cli.guard_parser import guard_command
    from ci_guard.cli.topics import TOPICS

    own = Words(tuple(COMMANDS), _options(guard_command()))
    found = {"": own, RUN: Words((), own.options)}
    for name, command in _loaded():
        inner: Mapping[str, click.Command] = getattr(command, "commands", {})
        found[name] = Words(tuple(inner), _options(command))
        found |= {f"{name} {each}": Words((), _options(below)) for each, below in inner.items()}
    found["help"] = Words((*COMMANDS, *TOPICS), found["help"].options)
    found["completion"] = Words(SHELLS, found["completion"].options)
    return found


def _loaded() -> Iterator[tuple[str, click.Command]]:
    import importlib

    for name, entry in COMMANDS.items():
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        if isinstance(command, click.Command):
            yield name, command


def _options(command: click.Command) -> tuple[str, ...]:
    named = [name for each in command.params if isinstance(each, click.Option) for name in each.opts]
    return tuple(dict.fromkeys((*(name for name in named if name.startswith("--")), "--help")))


def script(shell: str) -> str:
    """The script for one of `SHELLS`."""
    table = words()
    if shell in ("bash", "zsh"):
        cases = "".join(f"    '{path}') words='{each.all}' ;;\n" for path, each in table.items())
        first = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
        return first + _BASH.replace("CASES", cases.rstrip("\n"))
    if shell == "fish":
        return "".join(_fish(table))
    rows = "\n".join(f"        '{path}' = '{each.all}'" for path, each in table.items())
    return _POWERSHELL.replace("ROWS", rows)


def _fish(table: Mapping[str, Words]) -> Iterator[str]:
    yield (
        f"function __{PROGRAM.replace('-', '_')}_at\n"
        "    set -l typed (string match -v -- '-*' (commandline -opc)[2..])\n"
        '    test "$typed" = "$argv"\nend\n'
    )
    for path, each in table.items():
        yield (
            f"complete -c {PROGRAM} -n '__ci_guard_at {path}' -a '{' '.join(each.commands)}'\n"
            if each.commands
            else ""
        )
        for option in each.options:
            yield f"complete -c {PROGRAM} -n '__ci_guard_at {path}' -l {option.removeprefix('--')}\n"


_BASH = """\
_ci_guard() {
  local typed='' word words at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=${COMP_WORDS[at]}
    if [[ $word == -- ]]; then
      COMPREPLY=($(compgen -c -f -- "${COMP_WORDS[COMP_CWORD]}"))
      return
    fi
    [[ $word == -* ]] || typed="${typed:+$typed }$word"
  done
  case $typed in
CASES
    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
  [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _ci_guard ci-guard
"""
_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName ci-guard -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $table = @{
ROWS
    }
    $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
    $typed = @($typed | Where-Object { $_ -notlike '-*' -and $_ -ne $wordToComplete })
    ($table["$typed"] -split ' ') | Where-Object { $_ -like "$wordToComplete*" } |
        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
"""


@click.command(
    "completion",
    cls=HelpPage,
    help="Print the script with which SHELL completes commands, options and topics.",
)
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
def completion(shell: str) -> None:
    """Print the script."""
    click.echo(script(shell), nl=False)
