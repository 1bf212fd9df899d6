"""What a script file says that a command line starts, as a line of the shell that reads it.

`sh build.sh` tells no command; its file does, as far as a shell's language can be read without running it. So
a line with a script is never a complete one: branches and functions are read as if all of them ran.
"""

import os
from collections.abc import Iterator

from ci_guard.expression import expression
from ci_guard.machine.held import open_patiently
from ci_guard.model.command import Command
from ci_guard.recover.surroundings import Surroundings

MAX_BYTES = 256 * 1024
POSIX_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
SHELLS = POSIX_SHELLS | {"cmd", "powershell", "pwsh"}
BY_SUFFIX = {
    ".sh": ("sh", "-c"),
    ".bash": ("bash", "-c"),
    ".bat": ("cmd", "/c"),
    ".cmd": ("cmd", "/c"),
    ".ps1": ("powershell", "-Command"),
}
OWN_FILE = expression(r"\$\(\s*(?:readlink|realpath)\b[^()\n]*\$(?:0|\{?BASH_SOURCE)[^()\n]*\)")
# how a script says the folder that it lies in
OWN_FOLDER = (
    expression(r"(?i)%~dp0\\?"),
    expression(r"(?i)\$\{?PSScriptRoot\}?"),
    expression(r"(?i)\(?Split-Path (?:-Parent )?\$MyInvocation\.MyCommand\.\w+(?: -Parent)?\)?"),
    expression(r"\$\([^()\n]*\bdirname\b[^()\n]*\$[^()\n]*\)"),
    expression(r"\$\(\s*cd\b[^()\n]*&&\s*pwd\b[^()\n]*\)"),  # around the one before
)
HERE_DOCUMENT = expression(r"<<-?[ \t]*(['\"]?)(\w+)\1[^\n]*\n(?:[\s\S]*?\n)??[ \t]*\2(?=\n|\Z)")
_SHEBANG = expression(r"#![^\n]*[/ ](?:ba|da|z|k)?sh\b")


def script_line(command: Command, around: Surroundings) -> tuple[str, ...] | None:
    """The script that the command starts, as `sh -c TEXT`; None if it starts none that can be read."""
    for path, started in _candidates(command, around):
        text = _text(path)
        if text is None:
            continue
        shell = BY_SUFFIX.get(os.path.splitext(path)[1].lower())
        if shell is None and (started or _SHEBANG.match(text)):
            shell = BY_SUFFIX[".sh"]
        if shell is not None:
            return (*shell, _placed(text, os.path.dirname(path)))
    return None


def _placed(text: str, folder: str) -> str:
    """The script with the words for its own folder replaced, and without the documents in it."""
    text = HERE_DOCUMENT.sub("", text)
    text = OWN_FILE.sub("$0", text)
    for words in OWN_FOLDER:
        text = words.sub(lambda _: folder, text)
    return text


def _candidates(command: Command, around: Surroundings) -> Iterator[tuple[str, bool]]:
    """Files that may be the script, and whether it is a POSIX shell that is told to read them."""
    words = command.argv
    if command.interpreter is not None or not words:
        return
    if command.program not in SHELLS:
        yield from ((path, False) for path in _files(words[0], around))
        return
    for word in words[1:]:
        if not word.startswith("-"):
            posix = command.program in POSIX_SHELLS
            yield from ((path, posix) for path in _files(word, around))


def _files(word: str, around: Surroundings) -> Iterator[str]:
    name = around.expanded(word)
    for path in (name, f"{name}.bat", f"{name}.cmd") if name and os.name == "nt" else (name,):
        whole = os.path.join(around.directory, path or "")
        if os.path.isfile(whole):
            yield whole


def _text(path: str) -> str | None:
    """What stands in the file; None where it is no text, or too much of it."""
    try:
        with open_patiently(path, "rb") as file:
            content: bytes = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    if len(content) > MAX_BYTES or b"\0" in content:
        return None
    return content.decode("utf-8-sig", "replace")
