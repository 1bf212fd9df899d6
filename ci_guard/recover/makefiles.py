"""What the recipes of a makefile run that a command line starts, as a line of the shell.

Of GNU make's language only what most makefiles of projects need: rules with their prerequisites, and
variables that are plain text. Each line of a recipe has a shell of its own.
Source: GNU make's manual, "Rules", "Recipes".
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ci_guard.expression import expression
from ci_guard.machine.held import open_patiently
from ci_guard.model.command import Command
from ci_guard.recover.surroundings import Surroundings

PROGRAMS = frozenset({"make", "gmake", "mingw32-make"})
NAMES = ("GNUmakefile", "makefile", "Makefile")
WITH_VALUE = frozenset({"-C", "--directory", "-f", "--file", "--makefile", "-j", "-l", "-I", "-o", "-W"})
MAX_BYTES = 256 * 1024
DEEP = 5  # variables in variables, prerequisites of prerequisites
_ASSIGNMENT = expression(r"(?:export\s+)?([\w.-]+)\s*(?:::?|\?)?=\s*(.*)")
_RULE = expression(r"([^\s:#=][^:#=\n]*?)\s*::?(?!=)\s*([^;=\n]*)(?:;(.*))?")
_SPECIAL = expression(r"\.[A-Z_]+")  # `.PHONY`
_VARIABLE = expression(r"\$(?:\(([\w.-]+)\)|\{([\w.-]+)\})")
_CONTINUED = expression(r"\\\r?\n")
_PREFIX = expression(r"[@+-]+\s*")  # not echoed, run in any case, errors ignored


def recipe_line(command: Command, around: Surroundings) -> tuple[str, ...] | None:
    """The recipes that the command runs, as `sh -c TEXT`; None if there is no makefile to be read."""
    if command.program not in PROGRAMS:
        return None
    words = [around.expanded(word) or word for word in command.argv[1:]]
    folder = os.path.join(around.directory, _value(words, "-C", "--directory") or "")
    text = _text(folder, _value(words, "-f", "--file", "--makefile"))
    if text is None:
        return None
    variables, rules = _read(text)
    given = dict(found for word in words if (found := _assigned(word)))
    wanted = list(_targets(words)) or [name for name in rules if not name.startswith(".")][:1]
    lines = _recipes(wanted, rules, {**variables, **given}, DEEP)
    return ("sh", "-c", "".join(f"(cd '{folder}' && {line}\n)\n" for line in lines))


def _recipes(
    targets: Iterable[str],
    rules: Mapping[str, list[tuple[str, list[str]]]],
    variables: Mapping[str, str],
    deep: int,
) -> Iterator[str]:
    for target in targets if deep else ():
        for prerequisites, lines in rules.get(target, ()):
            yield from _recipes(_filled(prerequisites, variables).split(), rules, variables, deep - 1)
            for line in lines:
                filled = _filled(line, variables).replace("$$", "$")
                start = _PREFIX.match(filled)
                yield filled[start.end() :] if start else filled


def _read(text: str) -> tuple[dict[str, str], dict[str, list[tuple[str, list[str]]]]]:
    """The variables, and by target what it needs and the lines of its recipe."""
    variables: dict[str, str] = {}
    rules: dict[str, list[tuple[str, list[str]]]] = {}
    lines: list[str] | None = None
    for line in _CONTINUED.sub(" ", text).splitlines():
        if line.startswith("\t"):
            if lines is not None and line.strip():
                lines.append(line.strip())
        elif found := _ASSIGNMENT.fullmatch(line.strip()):
            variables[found[1]] = found[2].partition(" #")[0].strip()
        elif rule := _RULE.fullmatch(line.rstrip()):
            lines = [rule[3].strip()] if rule[3] else []
            for target in _filled(rule[1], variables).split():
                if not _SPECIAL.fullmatch(target):
                    rules.setdefault(target, []).append((rule[2], lines))
    return variables, rules


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """The text with the variables that are known; the shell sees the others as its own."""

    def fill(found: re.Match[str]) -> str:
        return variables.get(found[1] or found[2], f"${{{found[1] or found[2]}}}")

    for _ in range(DEEP):
        filled = _VARIABLE.sub(fill, text)
        if filled == text:
            break
        text = filled
    return text


def _targets(words: Sequence[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in WITH_VALUE
        elif _assigned(word) is None:
            yield word


def _assigned(word: str) -> tuple[str, str] | None:
    name, mark, value = word.partition("=")
    return (name.rstrip(":"), value) if mark and not word.startswith("-") else None


def _value(words: Sequence[str], *names: str) -> str | None:
    for place, word in enumerate(words):
        if word in names and place + 1 < len(words):
            return words[place + 1]
        for name in names:
            if name.startswith("--") and word.startswith(f"{name}="):
                return word.partition("=")[2]
    return None


def _text(folder: str, named: str | None) -> str | None:
    for name in (named,) if named else NAMES:
        try:
            with open_patiently(os.path.join(folder, name), "rb") as file:
                content: bytes = file.read(MAX_BYTES + 1)
        except OSError:
            continue
        return None if len(content) > MAX_BYTES else content.decode("utf-8", "replace")
    return None
