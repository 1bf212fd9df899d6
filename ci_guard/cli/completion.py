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
    values: Mapping[str, tuple[str, ...]]  # of each option that takes one; empty: anything, a file, say

    @property
    def all(self) -> str:
        """Commands and options, as shells take lists."""
        return " ".join((*self.commands, *self.options))


def words() -> Mapping[str, Words]:
    """By the words behind `ci-guard`, such as `policy init`: what may follow."""
    from ci_guard.cli.guard_parser import guard_command
    from ci_guard.cli.topics import TOPICS

    own = _words((*COMMANDS,), guard_command())
    found = {"": own, RUN: own._replace(commands=())}
    for name, command in _loaded():
        inner: Mapping[str, click.Command] = getattr(command, "commands", {})
        found[name] = _words((*inner,), command)
        found |= {f"{name} {each}": _words((), below) for each, below in inner.items()}
    found["help"] = found["help"]._replace(commands=(*COMMANDS, *TOPICS))
    found["completion"] = found["completion"]._replace(commands=SHELLS)
    return found


def _loaded() -> Iterator[tuple[str, click.Command]]:
    import importlib

    for name, entry in COMMANDS.items():
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        if isinstance(command, click.Command):
            yield name, command


def _words(commands: tuple[str, ...], command: click.Command) -> Words:
    options = [each for each in command.params if isinstance(each, click.Option)]
    named = [name for each in options for name in each.opts if name.startswith("--")]
    values = {
        name: tuple(map(str, each.type.choices)) if isinstance(each.type, click.Choice) else ()
        for each in options
        if not each.is_flag
        for name in each.opts
    }
    return Words(commands, tuple(dict.fromkeys((*named, "--help"))), values)


def script(shell: str) -> str:
    """The script for one of `SHELLS`."""
    return _FILLED[shell](words())


def _cases(table: Mapping[str, Words]) -> str:
    """For bash and zsh: what is offered at each place, and behind each option that takes a value."""
    at = "".join(f"    '{place}') offered='{each.all}' ;;\n" for place, each in table.items())
    return at.rstrip("\n")


def _values(table: Mapping[str, Words]) -> str:
    rows = [
        f"    '{place} {option}') choices='{' '.join(choices)}' ;;\n"
        for place, each in table.items()
        for option, choices in each.values.items()
    ]
    return "".join(rows).rstrip("\n")


def _places(table: Mapping[str, Words]) -> str:
    return "|".join(f"'{place}'" for place in table if place)


def _bash(table: Mapping[str, Words]) -> str:
    filled = _POSIX.replace("PLACES", _places(table)).replace("CASES", _cases(table))
    return filled.replace("VALUES", _values(table)) + _BASH


def _zsh(table: Mapping[str, Words]) -> str:
    filled = _POSIX.replace("PLACES", _places(table)).replace("CASES", _cases(table))
    return "#compdef ci-guard\n" + filled.replace("VALUES", _values(table)) + _ZSH


def _fish(table: Mapping[str, Words]) -> str:
    valued = [f"'{place} {option}'" for place, each in table.items() for option in each.values]
    head = _FISH.replace("PLACES", " ".join(f"'{place}'" for place in table if place))
    return head.replace("VALUED", " ".join(valued)) + "".join(_fish_rows(table))


def _fish_rows(table: Mapping[str, Words]) -> Iterator[str]:
    for place, each in table.items():
        row = f"complete -c {PROGRAM} -n '__ci_guard_at \"{place}\"'"
        if each.commands:
            yield f"{row} -f -a '{' '.join(each.commands)}'\n"
        for option in each.options:
            more = ""
            if option in each.values:
                choices = each.values[option]
                more = f" -x -a '{' '.join(choices)}'" if choices else " -r -F"
            yield f"{row} -l {option.removeprefix('--')}{more}\n"


def _powershell(table: Mapping[str, Words]) -> str:
    rows = "\n".join(f"        '{place}' = '{each.all}'" for place, each in table.items())
    values = "\n".join(
        f"        '{place} {option}' = '{' '.join(choices)}'"
        for place, each in table.items()
        for option, choices in each.values.items()
    )
    return _POWERSHELL.replace("ROWS", rows).replace("VALUES", values)


# bash and zsh: sets `place`, the words that named a command, and `behind`, the option whose value comes next
_POSIX = """\
_ci_guard_place() {
  local word
  place='' behind=''
  for word; do
    if [[ -n $behind ]]; then behind=''; continue; fi
    if [[ $word == -* ]]; then
      _ci_guard_choices "$place $word" && behind=$word
      continue
    fi
    case "${place:+$place }$word" in
      PLACES) place="${place:+$place }$word" ;;
    esac
  done
}
_ci_guard_choices() { # of an option's value; fails where it takes none
  choices=''
  case $1 in
VALUES
    *) return 1 ;;
  esac
}
_ci_guard_offered() {
  offered=''
  case $1 in
CASES
  esac
}
"""
_BASH = """\
_ci_guard() {
  local place behind choices offered at word=${COMP_WORDS[COMP_CWORD]}
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ ${COMP_WORDS[at]} == -- ]]; then # the guarded command completes as it does by itself
      if declare -F _command_offset >/dev/null; then
        _command_offset $((at + 1))
      elif ((at + 1 == COMP_CWORD)); then
        COMPREPLY=($(compgen -c -- "$word"))
      fi
      return
    fi
  done
  _ci_guard_place "${COMP_WORDS[@]:1:COMP_CWORD-1}"
  if [[ -n $behind ]]; then
    _ci_guard_choices "$place $behind"
    COMPREPLY=($(compgen -W "$choices" -- "$word"))
    return
  fi
  _ci_guard_offered "$place"
  COMPREPLY=($(compgen -W "$offered" -- "$word"))
}
complete -o bashdefault -o default -F _ci_guard ci-guard
"""
_ZSH = """\
_ci_guard() {
  local place behind choices offered at
  at=${words[(i)--]}
  if ((at < CURRENT)); then # the guarded command completes as it does by itself
    shift $at words
    ((CURRENT -= at))
    _normal
    return
  fi
  _ci_guard_place "${(@)words[2,CURRENT-1]}"
  if [[ -n $behind ]]; then
    _ci_guard_choices "$place $behind"
    [[ -n $choices ]] && compadd -- ${=choices} || _files
    return
  fi
  _ci_guard_offered "$place"
  compadd -- ${=offered} || _files
}
if [[ ${funcstack[1]} == _ci_guard ]]; then
  _ci_guard "$@"
else
  (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit; }
  compdef _ci_guard ci-guard
fi
"""
_FISH = """\
function __ci_guard_place
    set -l place ''
    set -l behind ''
    for word in (commandline -opc)[2..]
        if test -n "$behind"
            set behind ''
        else if test "$word" = --
            return 1
        else if string match -q -- '-*' "$word"
            contains -- "$place $word" VALUED; and set behind "$word"
        else if contains -- (string trim "$place $word") PLACES
            set place (string trim "$place $word")
        end
    end
    echo "$place"
end
function __ci_guard_at
    set -l place (__ci_guard_place); and test "$place" = "$argv[1]"
end
function __ci_guard_command
    set -l typed (commandline -opc)
    set -l at (contains -i -- -- $typed); or return 1
    set -l before (string escape -- $typed[(math $at + 1)..])
    complete -C (string join ' ' -- $before (commandline -ct))
end
complete -c ci-guard -n 'not __ci_guard_place' -f -a '(__ci_guard_command)'
"""
_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName ci-guard -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $table = @{
ROWS
    }
    $values = @{
VALUES
    }
    $place = ''
    $behind = $null
    $before = $commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition }
    foreach ($word in @($before | ForEach-Object { "$_" })) {
        if ($word -eq '--') { return }
        if ($behind) { $behind = $null; continue }
        if ($word -like '-*') {
            if ($values.ContainsKey("$place $word")) { $behind = $word }
            continue
        }
        $longer = "$place $word".Trim()
        if ($table.ContainsKey($longer)) { $place = $longer }
    }
    $offered = if ($behind) { $values["$place $behind"] } else { $table[$place] }
    $offered -split ' ' | Where-Object { $_ -and $_ -like "$wordToComplete*" } |
        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
"""
_FILLED = {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell}


@click.command(
    "completion",
    cls=HelpPage,
    help="Print the script with which SHELL completes commands, options and topics.",
)
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
def completion(shell: str) -> None:
    """Print the script."""
    click.echo(script(shell), nl=False)
