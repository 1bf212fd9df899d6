"""The shapes that secrets have, read from `data/shapes.json`: facts that vendors and manuals document.

Each rule has a `reference`, `examples` (a text and how it is shown) and `counterexamples` (which stay), as
signatures have. All patterns are linear: every repetition is bounded, or can begin at one place of a run of
characters only.
"""

import json
import os
import re
from functools import cache
from typing import Any

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression

MASK = "***"
_FILE = os.path.join(os.path.dirname(__file__), "data", "shapes.json")
# what a name says of its value; a dot is none of its characters
WORDS = (
    r"(?:password|passwd|passphrase|(?<=_)pwd|token|secret|credentials?|(?<![a-z])auth(?!or(?!iz))"
    r"|(?:api|access|secret|session|private|signing|encryption|deploy|ssh|gpg|master|account|license)[_-]?key)"
)
VALUE = r"""(?:"[^"\r\n]{0,4096}"|'[^'\r\n]{0,4096}'|[^\s"'&;,<>]{1,4096})"""
OPTION = ("-", "/")  # how one begins, here and on Windows
LONGEST_LINE = 512  # characters between a program and its option


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern whose match is replaced; what its group 1 holds stays."""

    hints: tuple[str, ...]  # in lower case; where none is found, the pattern (1 s for 10 MB) is not tried
    pattern: re.Pattern[str]

    def apply(self, text: str, lowered: str) -> str:
        """The text with the mask; `lowered` is the text in lower case."""
        if not any(hint in lowered for hint in self.hints):
            return text
        return self.pattern.sub(lambda found: f"{found[1] or ''}{MASK}", text)


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and the subcommands that must follow it."""

    words: tuple[str, ...]

    def end(self, before: list[str]) -> int | None:
        """How many words of a line, in lower case and without folders, there are up to its last; None if
        it is not called there.
        """
        if self.words[0] not in before:
            return None
        start = before.index(self.words[0])
        if not set(self.words[1:]) <= set(before[start:]):
            return None
        return max(start + before[start:].index(word) for word in self.words) + 1


@dataclass(frozen=True, slots=True)
class ProgramOption:
    """A short option that carries a secret in these programs only: `-p` is a port to others."""

    programs: tuple[Program, ...]
    options: tuple[str, ...]
    attached: bool  # `-pX`
    separate: bool  # `-p X`

    def concerns(self, words: list[str]) -> bool:
        """Whether the words before, in lower case and without folders, start one of the programs."""
        return any(program.end(words) is not None for program in self.programs)

    def rule(self) -> Rule:
        """The same for a command line that stands in a text."""
        options = "|".join(map(re.escape, self.options))
        gap = r"[ \t]{1,4}" if not self.attached else r"[ \t]{0,4}" if self.separate else ""
        line = rf"[^\r\n|;&]{{0,{LONGEST_LINE}}}?"
        return Rule(
            _hints(self.programs),
            expression(rf"({_called(self.programs)}{line}[ \t](?:{options}){gap})(?!-){VALUE}"),
        )


@dataclass(frozen=True, slots=True)
class ProgramArgument:
    """A secret that such a program takes as a plain word: the so-and-so-manyth, or the one after another."""

    programs: tuple[Program, ...]
    position: int | None = None  # from 1; options do not count
    after: str | None = None  # a pattern of the whole word before it

    def holds(self, words: list[str], before: str) -> bool:
        """Whether the word after these is a secret; `before`: the last of them as it was written."""
        if self.after is not None:
            written = re.fullmatch(self.after, before, re.IGNORECASE) is not None
            return written and any(program.end(words) is not None for program in self.programs)
        ends = (program.end(words) for program in self.programs)
        return any(
            end is not None and sum(not word.startswith(OPTION) for word in words[end:]) + 1 == self.position
            for end in ends
        )

    def rule(self) -> Rule:
        """The same for a command line that stands in a text."""
        if self.after is not None:
            between = rf"[^\r\n|;&]{{0,{LONGEST_LINE}}}?[ \t][\"']?{self.after}[\"']?"
        else:
            options = r"(?:[ \t]{1,4}[-/]\S{1,256}){0,6}"
            between = rf"{options}(?:[ \t]{{1,4}}(?![-/])\S{{1,256}}){{{(self.position or 1) - 1}}}"
        return Rule(
            _hints(self.programs),
            expression(rf"(?i)({_called(self.programs)}{between}[ \t]{{1,4}})(?![-/]){VALUE}"),
        )


def _hints(programs: tuple[Program, ...]) -> tuple[str, ...]:
    return tuple({max(program.words, key=len) for program in programs})  # "sc" stands in every text


def _called(programs: tuple[Program, ...]) -> str:
    """A pattern of the start of a line that calls one of them."""
    names = "|".join(r"[ \t]{1,4}".join(map(re.escape, program.words)) for program in programs)
    return rf"(?<![\w.-])(?:{names})(?:\.exe)?\b"


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule for texts."""
    single = (
        Rule(
            tuple(rule["hints"]),
            expression(rule["pattern"].replace("{WORDS}", WORDS).replace("{VALUE}", VALUE)),
        )
        for rule in data()["rules"]
    )
    return (
        *single,
        *(each.rule() for each in program_options()),
        *(each.rule() for each in program_arguments()),
    )


@cache
def program_options() -> tuple[ProgramOption, ...]:
    """The short options that carry a secret."""
    return tuple(
        ProgramOption(
            programs=_programs(each),
            options=tuple(each["options"]),
            attached=each["attached"],
            separate=each["separate"],
        )
        for each in data()["options"]
    )


@cache
def program_arguments() -> tuple[ProgramArgument, ...]:
    """The plain words that are a secret."""
    return tuple(
        ProgramArgument(
            programs=_programs(each),
            position=each.get("position"),
            after=each["after"].replace("{WORDS}", WORDS) if "after" in each else None,
        )
        for each in data()["arguments"]
    )


def _programs(each: dict[str, Any]) -> tuple[Program, ...]:
    return tuple(Program(tuple(program.split())) for program in each["programs"])


@cache
def data() -> dict[str, list[dict[str, Any]]]:
    """The file as it is. Raises OSError if it is locked."""
    # through the module's loader, because ci-guard may run from a zip archive; `pkgutil` opens more files
    content = __spec__.loader.get_data(_FILE)  # type: ignore[union-attr]
    found: dict[str, list[dict[str, Any]]] = json.loads(content)
    return found
