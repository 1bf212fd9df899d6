"""Reads the data files beside this module, which are the source of all knowledge, and checks them.

A wheel does not hold them: it has what `compiled` makes of them. `tools/NAME.yaml` and `runtimes/NAME.yaml`
are found by being there: a new tool is a new file.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ci_guard.config.containers import ListOf, Nullable, Record, Regex
from ci_guard.config.entries import NAMESPACES, parse_tool
from ci_guard.config.fields import Choice, Flag, Text, Validator, Whole
from ci_guard.config.problems import Problems
from ci_guard.config.source import read_own
from ci_guard.errors import PolicyError
from ci_guard.model.category import Category, System
from ci_guard.model.knowledge import (
    CodeMeaning,
    Guarded,
    Knowledge,
    Place,
    Product,
    Shell,
    StepMark,
    Tool,
    Wrapper,
)

DATA = files("ci_guard.knowledge") / "data"  # in a folder or in a zip archive
WRAPPERS = "wrappers.yaml"
GENERAL = "general"  # the run-time whose signatures are tried for every tool
_LARGEST_NUMBER = 2**32 - 1

_TEXTS = ListOf(Text(), "a list of texts")
_SYSTEMS = ListOf(Choice("an operating system", list(System)), "a list of operating systems")
_CODE = Record(
    "an error number",
    {
        "namespace": Choice("a list of error numbers", NAMESPACES),
        "number": Whole(-_LARGEST_NUMBER, _LARGEST_NUMBER),
        "name": Text(),
        "category": Nullable(Choice("a category", list(Category))),
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
        "category": Choice("a category", list(Category)),
        "certain": Flag(),
    },
    ("pattern", "systems"),
)
_PRODUCT = Record(
    "a product", {"name": Text(), "drivers": _TEXTS, "processes": _TEXTS}, ("name", "drivers", "processes")
)
_WRAPPER = Record(
    "a wrapper",
    {
        "programs": _TEXTS,
        "after": _TEXTS,
        "after_anything": _TEXTS,
        "itself": Flag(),
        "shell": Choice("a shell", list(Shell)),
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
        "guard": Choice("what a line of ci-guard says", list(Guarded)),
        "reference": Text(),
        "examples": _TEXTS,
        "counterexamples": _TEXTS,
    },
    ("id", "pattern", "reference", "examples", "counterexamples"),
)


def read_wrappers() -> tuple[Wrapper, ...]:
    """The programs that run others. Raises `PolicyError` for a broken file."""
    return tuple(_wrapper(values) for values in _records(WRAPPERS, _WRAPPER))


def read_knowledge() -> Knowledge:
    """Everything that is known. Raises `PolicyError` for a broken file."""
    runtimes = {runtime.name: runtime.signatures for runtime in _tools("runtimes")}
    tools = tuple(_tools("tools"))
    for tool in tools:
        unknown = sorted(set(tool.runtimes) - set(runtimes))
        if unknown:
            raise PolicyError(f"tool `{tool.name}` names unknown run-times: {', '.join(unknown)}")
        strangers = sorted(set(tool.runs) - {known.name for known in tools})
        if strangers:
            raise PolicyError(f"tool `{tool.name}` runs unknown tools: {', '.join(strangers)}")
    codes: list[Any] = _records("codes.yaml", _CODE)
    places: list[Any] = _records("places.yaml", _PLACE)
    marks: list[Any] = _records("steps.yaml", _MARK)
    products: list[Any] = _records("products.yaml", _PRODUCT)
    return Knowledge(
        general=runtimes.pop(GENERAL, ()),
        runtimes=runtimes,
        tools=tools,
        codes=tuple(_code(values) for values in codes),
        places=tuple(_place(values) for values in places),
        wrappers=read_wrappers(),
        marks=tuple(_mark(values) for values in marks),
        products=tuple(Product(**values) for values in products),
    )


def _tools(folder: str) -> list[Tool]:
    data = sorted((each for each in (DATA / folder).iterdir()), key=lambda each: each.name)
    return [
        parse_tool(read_own(each.read_bytes(), f"{folder}/{each.name}", problems=Problems()), own=True)
        for each in data
        if each.name.endswith(".yaml")
    ]


def _records(name: str, kind: Record) -> list[dict[str, object]]:
    problems = Problems(own=True)
    node = read_own((DATA / name).read_bytes(), name, problems=problems)
    records: Validator[tuple[dict[str, object], ...]] = ListOf(kind, f"a list: {kind.noun} each")
    values = list(records.read(node, problems))
    problems.raise_if_any()
    return values


def _with_systems(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "systems": tuple(System(system) for system in values.get("systems", ()))}


def _place(values: dict[str, Any]) -> Place:
    category = Category(values.get("category", Category.PERMISSION))
    return Place(**{**_with_systems(values), "category": category})


def _code(values: dict[str, Any]) -> CodeMeaning:
    category = values["category"]
    return CodeMeaning(
        **{**_with_systems(values), "category": None if category is None else Category(category)}
    )


def _mark(values: dict[str, Any]) -> StepMark:
    guard = values.get("guard")
    return StepMark(**{**values, "guard": None if guard is None else Guarded(guard)})


def _wrapper(values: Mapping[str, Any]) -> Wrapper:
    shell = values.get("shell")
    return Wrapper(**{**values, "shell": None if shell is None else Shell(shell)})
