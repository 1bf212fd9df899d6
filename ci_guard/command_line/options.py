"""Reads one argument of a wrapper as an option, in the manner of getopt, of cmd or of PowerShell."""

from ci_guard.dataclass import dataclass
from ci_guard.model.knowledge import Shell, Wrapper

_CMD_SCRIPT = frozenset("ckr")  # cmd /?: /C and /K run the string that follows; /R is /C


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option, and what it means to a wrapper."""

    attached: tuple[str, ...] = ()  # its value, if that is part of the argument (`-n5`, `--chdir=x`)
    is_script: bool = False
    is_module: bool = False
    is_directory: bool = False
    is_unset: bool = False
    takes_value: bool = False


def read_option(wrapper: Wrapper, word: str) -> Option | None:
    """The option that the argument is; None for an operand."""
    if word.lower() in wrapper.flags:
        return Option()
    if wrapper.shell is Shell.CMD and word.startswith("/"):
        letters = {part[:1] for part in word.lower().split("/")[1:] if len(part) == 1}
        return Option(is_script=not _CMD_SCRIPT.isdisjoint(letters))
    if wrapper.shell is Shell.POWERSHELL and word[:1] in ("-", "/"):
        return _known(wrapper, word.lower()) or Option()
    exact = _known(wrapper, word)
    if exact is not None:
        return exact
    if not word.startswith("-"):
        return None
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return _known(wrapper, name, (value,) if equals else ()) or Option()
    for place, letter in enumerate(word[1:], 1):
        rest = word[place + 1 :]
        known = _known(wrapper, f"-{letter}", (rest,) if rest else ())
        if known is not None:
            return known
    return Option()


def _known(wrapper: Wrapper, name: str, attached: tuple[str, ...] = ()) -> Option | None:
    if name in wrapper.script_options:
        return Option(is_script=True, attached=() if wrapper.shell is Shell.POSIX else attached)
    if name in wrapper.module_options:
        return Option(is_module=True, takes_value=True, attached=attached)
    if name in wrapper.directory_options:
        return Option(is_directory=True, takes_value=True, attached=attached)
    if name in wrapper.unset_options:
        return Option(is_unset=True, takes_value=True, attached=attached)
    if name in wrapper.value_options:
        return Option(takes_value=True, attached=attached)
    return None
