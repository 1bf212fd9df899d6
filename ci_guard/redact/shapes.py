"""The shapes that secrets have, read from `data/shapes.json`: facts that vendors and manuals document.

Each rule has a `reference`, `examples` (a text and how it is shown) and `counterexamples` (which stay), as
signatures have. All patterns are linear: every repetition is bounded, or can begin at one place of a run of
characters only.
"""

import json
import pkgutil
import re
from functools import cache
from typing import Any

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression

MASK = "***"
# what a name says of its value; a dot is none of its characters
WORDS = (
    r"(?:password|passwd|passphrase|(?<=_)pwd|token|secret|credentials?|(?<![a-z])auth(?!or(?!iz))"
    r"|(?:api|access|private|signing|encryption|deploy|ssh|gpg|master|account|license)[_-]?key)"
)
VALUE = r"""(?:"[^"\r\n]{0,4096}"|'[^'\r\n]{0,4096}'|[^\s"'&;,<>]{1,4096})"""
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
class ProgramOption:
    """A short option that carries a secret in these programs only: `-p` is a port to others."""

    programs: tuple[tuple[str, ...], ...]  # a name, and the subcommands that must follow it
    options: tuple[str, ...]
    attached: bool  # `-pX`
    separate: bool  # `-p X`

    def concerns(self, words: list[str]) -> bool:
        """Whether the words before, in lower case and without folders, start one of the programs."""
        return any(
            program[0] in words and set(program[1:]) <= set(words[words.index(program[0]) :])
            for program in self.programs
        )

    def rule(self) -> Rule:
        """The same for a command line that stands in a text."""
        names = "|".join(r"[ \t]{1,4}".join(map(re.escape, program)) for program in self.programs)
        options = "|".join(map(re.escape, self.options))
        gap = r"[ \t]{1,4}" if not self.attached else r"[ \t]{0,4}" if self.separate else ""
        line = rf"[^\r\n|;&]{{0,{LONGEST_LINE}}}?"
        return Rule(
            tuple(program[0] for program in self.programs),
            expression(rf"((?<![\w.-])(?:{names})(?:\.exe)?\b{line}[ \t](?:{options}){gap})(?!-){VALUE}"),
        )


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
    return (*single, *(option.rule() for option in program_options()))


@cache
def program_options() -> tuple[ProgramOption, ...]:
    """The short options that carry a secret."""
    return tuple(
        ProgramOption(
            programs=tuple(tuple(program.split()) for program in each["programs"]),
            options=tuple(each["options"]),
            attached=each["attached"],
            separate=each["separate"],
        )
        for each in data()["options"]
    )


@cache
def data() -> dict[str, list[dict[str, Any]]]:
    """The file as it is. Raises OSError if it is locked."""
    content = pkgutil.get_data("ci_guard.redact", "data/shapes.json")
    assert content is not None  # the loader of a folder and that of an archive both read files
    found: dict[str, list[dict[str, Any]]] = json.loads(content)
    return found
