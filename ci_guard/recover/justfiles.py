"""What the recipes of a justfile run that a command line starts, as a line of the shell.

Of just's language only what most files need: recipes with parameters and with others before and after them,
aliases, variables that are plain text. Each line of a recipe has a shell of its own, unless a `#!` begins it.
Source: the manual of just, "Dependencies", "Recipe Parameters", "Shebang Recipes", "Working Directory".
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression
from ci_guard.machine.held import open_patiently
from ci_guard.model.command import Command
from ci_guard.recover.surroundings import Surroundings

PROGRAMS = frozenset({"just"})
NAMES = ("justfile", ".justfile", "Justfile")
FILE_OPTIONS, FOLDER_OPTIONS = ("-f", "--justfile"), ("-d", "--working-directory")
WITH_VALUE = frozenset({*FILE_OPTIONS, *FOLDER_OPTIONS, "--shell", "--shell-arg", "--color", "--dotenv-path"})
SETTING = "--set"  # has two values
POWERSHELLS = ("pwsh", "powershell")
MAX_BYTES = 256 * 1024
DEEP = 5  # recipes that need recipes
_ASSIGNMENT = expression(r"(?:export\s+)?([\w-]+)\s*:=\s*(?:'([^']*)'|\"([^\"]*)\")\s*")
_ALIAS = expression(r"alias\s+([\w-]+)\s*:=\s*([\w:-]+)\s*")
_SHELL = expression(r"set\s+(?:windows-)?shell\s*:=\s*\[\s*['\"]([\w./\\:-]+)['\"][^\n]*")
_RECIPE = expression(r"@?([\w-]+)((?:\s+[^:\n]*)?):(?!=)([^\n]*)")
_PARAMETER = expression(r"[+*$]*([\w-]+)(?:=(?:'([^']*)'|\"([^\"]*)\"|(\S+)))?")
_NEEDED = expression(r"\(\s*([\w-]+)[^)]*\)|([\w-]+)")
_FILLED = expression(r"\{\{\s*([\w-]+)\s*\}\}")
_PREFIX = expression(r"[@-]+\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One recipe; `parameters` with their defaults."""

    parameters: Mapping[str, str]
    needs: tuple[str, ...]
    lines: tuple[str, ...]


def just_line(command: Command, around: Surroundings) -> tuple[str, ...] | None:
    """The recipes that the command runs, as `sh -c TEXT`; None if there is no justfile to be read."""
    if command.program not in PROGRAMS:
        return None
    words = [around.expanded(word) or word for word in command.argv[1:]]
    path = _justfile(words, around.directory)
    text = _text(path)
    if path is None or text is None:
        return None
    folder = os.path.join(around.directory, _value(words, FOLDER_OPTIONS) or os.path.dirname(path))
    variables, aliases, recipes = _read(text)
    wanted = list(_positional(words))
    given = dict(found for word in wanted if (found := _assigned(word)))
    wanted = [word for word in wanted if word not in {f"{name}={value}" for name, value in given.items()}]
    lines = _run(wanted or list(recipes)[:1], aliases, recipes, {**variables, **given})
    shell = _SHELL.search(text)
    if shell is not None and os.path.splitext(os.path.basename(shell[1]))[0].lower() in POWERSHELLS:
        return ("powershell", "-Command", "".join(f"cd '{folder}'; {line}\n" for line in lines))
    return ("sh", "-c", "".join(f"(cd '{folder}' && {line}\n)\n" for line in lines))


def _run(
    words: Sequence[str],
    aliases: Mapping[str, str],
    recipes: Mapping[str, Recipe],
    variables: Mapping[str, str],
) -> Iterator[str]:
    """The lines of the recipes that the words name, each with as many arguments as it has parameters."""
    left = list(words)
    while left:
        name = left.pop(0)
        recipe = recipes.get(aliases.get(name, name))
        if recipe is None:
            continue
        count = len(recipe.parameters)
        arguments, left = left[:count], left[count:]
        values = dict(zip(recipe.parameters, arguments, strict=False))
        yield from _lines(recipe, {**variables, **recipe.parameters, **values}, recipes, DEEP)


def _lines(
    recipe: Recipe, values: Mapping[str, str], recipes: Mapping[str, Recipe], deep: int
) -> Iterator[str]:
    for name in recipe.needs if deep else ():
        if needed := recipes.get(name):
            yield from _lines(needed, {**values, **needed.parameters}, recipes, deep - 1)
    if recipe.lines and recipe.lines[0].startswith("#!"):
        yield "\n".join(_filled(line, values) for line in recipe.lines[1:])
        return
    for line in recipe.lines:
        start = _PREFIX.match(line)
        yield _filled(line[start.end() :] if start else line, values)


def _read(text: str) -> tuple[dict[str, str], dict[str, str], dict[str, Recipe]]:
    """Variables, aliases and recipes, each by its name."""
    variables: dict[str, str] = {}
    aliases: dict[str, str] = {}
    recipes: dict[str, Recipe] = {}
    rows = text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines()
    for place, row in enumerate(rows):
        if found := _ASSIGNMENT.fullmatch(row):
            variables[found[1]] = found[2] or found[3] or ""
        elif found := _ALIAS.fullmatch(row):
            aliases[found[1]] = found[2]
        elif (found := _RECIPE.fullmatch(row)) and not row.startswith("set "):
            parameters = {
                each[1]: each[2] or each[3] or each[4] or "" for each in _PARAMETER.finditer(found[2])
            }
            needs = tuple(each[1] or each[2] for each in _NEEDED.finditer(found[3].partition("#")[0]))
            body = tuple(_body(rows[place + 1 :]))
            recipes[found[1]] = Recipe(parameters=parameters, needs=needs, lines=body)
    return variables, aliases, recipes


def _body(rows: Iterable[str]) -> Iterator[str]:
    """The indented lines that follow the head of a recipe."""
    for row in rows:
        if row.strip() and not row[0].isspace():
            return
        if row.strip():
            yield row.strip()


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The line with what is known in its `{{...}}`; the shell cannot make sense of the others."""
    return _FILLED.sub(lambda found: values.get(found[1], f"${{{found[1]}}}"), text)


def _positional(words: Sequence[str]) -> Iterator[str]:
    skip = 0
    for word in words:
        if skip or word.startswith("-"):
            skip = skip - 1 if skip else 2 if word == SETTING else int(word in WITH_VALUE)
        else:
            yield word


def _assigned(word: str) -> tuple[str, str] | None:
    name, mark, value = word.partition("=")
    return (name, value) if mark and name.replace("-", "_").isidentifier() else None


def _value(words: Sequence[str], names: Sequence[str]) -> str | None:
    for place, word in enumerate(words):
        if word in names and place + 1 < len(words):
            return words[place + 1]
        for name in names:
            if word.startswith(f"{name}="):
                return word.partition("=")[2]
    return None


def _justfile(words: Sequence[str], directory: str) -> str | None:
    """The file that is named, else the first one upwards from the working directory."""
    named = _value(words, FILE_OPTIONS)
    if named is not None:
        return os.path.join(directory, named)
    folder = os.path.abspath(directory)
    while True:
        for name in NAMES:
            if os.path.isfile(os.path.join(folder, name)):
                return os.path.join(folder, name)
        if os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)


def _text(path: str | None) -> str | None:
    try:
        with open_patiently(path or "", "rb") as file:
            content: bytes = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    return None if len(content) > MAX_BYTES else content.decode("utf-8", "replace")
