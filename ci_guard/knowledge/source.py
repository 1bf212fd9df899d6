"""Reads the data files beside this module, which are the source of all knowledge, and checks them.

A wheel does not hold them: it has what `compiled` makes of them. `tools/NAME.yaml` and `runtimes/NAME.yaml`
are found by being there: a new tool is a new file.
"""

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, TypeVar

from ci_guard.config.containers import ListOf, Nullable, Record, Regex
from ci_guard.config.entries import parse_tool
from ci_guard.config.fields import Choice, Flag, Text, Validator, Whole
from ci_guard.config.problems import Problems
from ci_guard.config.source import read_own
from ci_guard.dataclass import replace
from ci_guard.errors import PolicyError
from ci_guard.model.category import Category, System
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import (
    CodeMeaning,
    Guarded,
    Knowledge,
    Place,
    Product,
    Publishing,
    Shell,
    StepMark,
    Tool,
    VersionPrinting,
    Wrapper,
)

T = TypeVar("T")
DATA = files("ci_guard.knowledge") / "data"  # in a folder or in a zip archive
WRAPPERS = "wrappers.yaml"
GENERAL = ("general", "mentions", "unexplained")  # the run-times whose signatures are tried for every tool
_LARGEST_NUMBER = 2**32 - 1

_TEXTS = ListOf(Text(), "a list of texts")
_SYSTEMS = ListOf(Choice("an operating system", System), "a list of operating systems")
_CODE = Record(
    "an error number",
    {
        "namespace": Choice("a list of error numbers", Namespace),
        "number": Whole(-_LARGEST_NUMBER, _LARGEST_NUMBER),
        "name": Text(),
        "category": Nullable(Choice("a category", Category)),
        "systems": _SYSTEMS,
        "ambiguous": Flag(),
        "texts": _TEXTS,
    },
    ("namespace", "number", "name", "category"),
)
_PLACE = Record(
    "a place",
    {
        "pattern": Regex(()),
        "systems": _SYSTEMS,
        "unless": Regex(()),
        "operations": _TEXTS,
        "category": Choice("a category", Category),
        "certain": Flag(),
        "advice": _TEXTS,
    },
    ("pattern", "systems"),
)
_PRODUCT = Record(
    "a product",
    {"name": Text(), "drivers": _TEXTS, "processes": _TEXTS, "version": _TEXTS},
    ("name", "drivers", "processes"),
)
_WRAPPER = Record(
    "a wrapper",
    {
        "programs": _TEXTS,
        "after": _TEXTS,
        "after_anything": _TEXTS,
        "itself": Flag(),
        "shell": Choice("a shell", Shell),
        "script_options": _TEXTS,
        "module_options": _TEXTS,
        "directory_options": _TEXTS,
        "unset_options": _TEXTS,
        "flags": _TEXTS,
        "value_options": _TEXTS,
        "operands": Whole(0, 9),
        "silent": Flag(),
        "changes_directory": Flag(),
        "sets_variables": Flag(),
        "keyword": Flag(),
        "anything": Flag(),
    },
    ("programs",),
)

_MARK = Record(
    "a mark of a step",
    {
        "id": Text(),
        "pattern": Regex(("command", "name", "status", "attempt")),
        "ends": Flag(),
        "job": Flag(),
        "guard": Choice("what a line of ci-guard says", Guarded),
        "reference": Text(),
        "examples": _TEXTS,
        "counterexamples": _TEXTS,
    },
    ("id", "pattern", "reference", "examples", "counterexamples"),
)
_PUBLISHING = Record(
    "a command that publishes",
    {
        "programs": _TEXTS,
        "subcommand": Regex(()),
        "options": _TEXTS,
        "unless": _TEXTS,
        "value_options": _TEXTS,
        "reference": Text(),
        "examples": _TEXTS,
        "counterexamples": _TEXTS,
    },
    ("programs", "reference", "examples", "counterexamples"),
)
_PRINTING = Record(
    "a printing of versions",
    {"id": Text(), "before": Text(), "reference": Text(), "examples": _TEXTS, "counterexamples": _TEXTS},
    ("id", "before", "reference", "examples", "counterexamples"),
)
_VERSION = r"(?P<version>\d{1,6}\.\d{1,6}(?:\.\d{1,6}){0,2})"


def read_wrappers() -> tuple[Wrapper, ...]:
    """The programs that run others. Raises `PolicyError` for a broken file."""
    return _made(Wrapper, WRAPPERS, _WRAPPER)


def read_knowledge() -> Knowledge:
    """Everything that is known. Raises `PolicyError` for a broken file."""
    runtimes = {runtime.name: runtime.signatures for runtime in _tools("runtimes")}
    printings = read_version_printings()
    tools = tuple(_with_versions(tool, printings) for tool in _tools("tools"))
    for tool in tools:
        unknown = sorted(set(tool.runtimes) - set(runtimes))
        if unknown:
            raise PolicyError(f"tool `{tool.name}` names unknown run-times: {', '.join(unknown)}")
        strangers = sorted(set(tool.runs) - {known.name for known in tools})
        if strangers:
            raise PolicyError(f"tool `{tool.name}` runs unknown tools: {', '.join(strangers)}")
    return Knowledge(
        general=tuple(each for name in GENERAL for each in runtimes.pop(name, ())),
        runtimes=runtimes,
        tools=tools,
        codes=_made(CodeMeaning, "codes.yaml", _CODE),
        places=_made(Place, "places.yaml", _PLACE),
        wrappers=read_wrappers(),
        marks=_made(StepMark, "steps.yaml", _MARK),
        publishing=_made(Publishing, "publishing.yaml", _PUBLISHING),
        products=_made(Product, "products.yaml", _PRODUCT),
    )


def read_version_printings() -> tuple[VersionPrinting, ...]:
    """How others print the versions of tools. Raises `PolicyError` for a broken file."""
    return _made(VersionPrinting, "versions.yaml", _PRINTING)


def _with_versions(tool: Tool, printings: Sequence[VersionPrinting]) -> Tool:
    """The tool, with what tells its version in the words of others, where a version says something."""
    if not tool.releases:
        return tool
    name = re.escape(tool.name)
    before = "|".join(each.before for each in printings)
    before = before.replace("{name}", name).replace("{NAME}", re.escape(tool.name.upper().replace("-", "_")))
    return replace(tool, version_elsewhere=f"(?:{before}){_VERSION}")


def _tools(folder: str) -> list[Tool]:
    data = sorted((each for each in (DATA / folder).iterdir()), key=lambda each: each.name)
    return [
        parse_tool(read_own(each.read_bytes(), f"{folder}/{each.name}", problems=Problems()), own=True)
        for each in data
        if each.name.endswith(".yaml")
    ]


def _made(kind: Callable[..., T], name: str, record: Record) -> tuple[T, ...]:
    problems = Problems(own=True)
    node = read_own((DATA / name).read_bytes(), name, problems=problems)
    records: Validator[tuple[dict[str, Any], ...]] = ListOf(record, f"a list: {record.noun} each")
    values = records.read(node, problems)
    problems.raise_if_any()
    return tuple(kind(**each) for each in values)
