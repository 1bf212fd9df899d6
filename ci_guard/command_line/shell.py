"""Splits a shell's script into its simple commands, as far as that goes without running it.

Good enough to find the programs: variables and substitutions stay as they are written. A backslash before a
letter is no escape, since a Windows path in a line of `sh` is a path to whoever wrote it.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum

from ci_guard.expression import expression
from ci_guard.model.knowledge import Shell


class Group(Enum):
    """Parentheses: what is changed between them (the working directory, say) is changed back after them."""

    OPEN = "("
    CLOSE = ")"


Part = tuple[str, ...] | Group

_SEPARATORS: Mapping[Shell, str] = {Shell.POSIX: ";&|\n", Shell.CMD: "&|\n", Shell.POWERSHELL: ";&|\n{}"}
_QUOTES: Mapping[Shell, str] = {Shell.POSIX: "'\"", Shell.CMD: '"', Shell.POWERSHELL: "'\""}
_ESCAPES: Mapping[Shell, str] = {Shell.POSIX: "\\", Shell.CMD: "^", Shell.POWERSHELL: "`"}
_ESCAPED = frozenset(" \t\n\"'`$&;|<>()*?#%^!~{}")
_ESCAPED_IN_QUOTES: Mapping[Shell, str] = {Shell.POSIX: '"$`\n', Shell.CMD: "", Shell.POWERSHELL: '"$`\n'}
_HERE_DOCUMENT = expression(
    r"<<-?[ \t]*(['\"]?)(\w+)\1([^\n]*)\n(?:.*?\n)??[ \t]*\2[ \t]*(?=\n|$)", re.DOTALL
)
_REDIRECTION = expression(r"(?:\d|&)?(?:>>|>\||>&|<&|<>|<<<|>|<)[ \t]*(?:&\d\b)?")


def split_script(script: str, shell: Shell) -> Iterator[Part]:
    """The simple commands as words, in their order, with the parentheses around them."""
    text = script.replace("\r\n", "\n")
    yield from _Splitter(_HERE_DOCUMENT.sub(r"\3", text) if shell is Shell.POSIX else text, shell).parts()


class _Splitter:
    def __init__(self, script: str, shell: Shell) -> None:
        self._script = script
        self._shell = shell
        self._place = 0
        self._word: str | None = None  # None: between words
        self._words: list[str] = []
        self._redirected = False  # the next word is a file's name

    def parts(self) -> Iterator[Part]:
        script, separators = self._script, _SEPARATORS[self._shell]
        while self._place < len(script):
            char = script[self._place]
            if self._quoted(char) or self._escaped(char) or self._redirection():
                continue
            if char == "$" and script[self._place + 1 : self._place + 2] in tuple("({"):
                self._substitution()
                continue
            self._place += 1
            if char in " \t\r":
                self._end_word()
            elif char in separators or char in "()":
                yield from self._end_command()
                if char in "()":
                    yield Group(char)
            elif char == "#" and self._word is None and self._shell is not Shell.CMD:
                end = script.find("\n", self._place)
                self._place = len(script) if end < 0 else end
            else:
                self._word = (self._word or "") + char
        yield from self._end_command()

    def _quoted(self, quote: str) -> bool:
        """Read the text between quotes, up to the end of the script where the second one is missing."""
        if quote not in _QUOTES[self._shell]:
            return False
        escape = _ESCAPES[self._shell] if quote == '"' else ""
        text = self._word or ""
        self._place += 1
        while self._place < len(self._script) and self._script[self._place] != quote:
            pair = self._script[self._place : self._place + 2]
            if len(pair) > 1 and pair[0] == escape and pair[1] in _ESCAPED_IN_QUOTES[self._shell]:
                self._place += 1
            text += self._script[self._place]
            self._place += 1
        self._place += 1
        self._word = text
        return True

    def _escaped(self, char: str) -> bool:
        following = self._script[self._place + 1 : self._place + 2]
        if char != _ESCAPES[self._shell] or following not in _ESCAPED or not following:
            return False
        self._place += 2
        if following != "\n":  # else the line goes on
            self._word = (self._word or "") + following
        return True

    def _redirection(self) -> bool:
        at_start = self._word is None
        found = _REDIRECTION.match(self._script, self._place)
        if found is None or (found[0][0].isdigit() and not at_start):
            return False
        self._end_word()
        self._place = found.end()
        self._redirected = not found[0].rstrip()[-1].isdigit()
        return True

    def _substitution(self) -> None:
        """`$(...)` and `${...}` are part of a word, whatever stands in them."""
        start, depth = self._place, 0
        while self._place < len(self._script):
            char = self._script[self._place]
            depth += (char in "({") - (char in ")}")
            self._place += 1
            if char in ")}" and depth == 0:
                break
        self._word = (self._word or "") + self._script[start : self._place]

    def _end_word(self) -> None:
        if self._word is not None:
            if not self._redirected:
                self._words.append(self._word)
            self._word, self._redirected = None, False

    def _end_command(self) -> Iterator[Part]:
        self._end_word()
        self._redirected = False
        if self._words:
            yield tuple(self._words)
            self._words = []
