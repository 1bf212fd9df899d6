"""The one grammar of signatures, tweaks and tools, for built-in data files and the user's policy alike.

Knows the shape of the entries and what must be true of each alone; whether identifiers are unique among
files, and what the entries do, is known elsewhere.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from ci_guard.config.containers import (
    ListOf,
    MappingOf,
    Nullable,
    Record,
    RecordOf,
    Regex,
    entries,
    unknown_key,
)
from ci_guard.config.fields import Choice, Duration, Flag, Text, Validator, Whole
from ci_guard.config.nodes import Node, Place
from ci_guard.config.problems import Problems, Rejected
from ci_guard.model.category import Category, System
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import Fallback, Note, Releases, Remedy, Signature, Telling, Tool, Tweak
from ci_guard.model.patience import Habits, WatchedPlace

T = TypeVar("T")
GROUPS = ("code", "path", "operation", "package", "symbol", "holder", "target")
LATEST_TWEAK = 100  # a tweak that begins after the last possible attempt is a mistake
VARIABLE = Text("the name of an environment variable", pattern=r"[^=\s\x00]+")

_NAME = Text("a name of small letters, digits, `.`, `-` and `_`", pattern=r"[a-z0-9][a-z0-9._-]*")
_TEXTS = ListOf(Text(), "a list of texts")
_NAMES = ListOf(_NAME, "a list of names")
_REFERENCE = Text("the address of an issue, or a manual's name")
_SYSTEMS = ListOf(Choice("an operating system", System), "a list of operating systems")
SIGNATURE_FIELDS: Mapping[str, Validator[object]] = {
    "id": _NAME,
    "category": Nullable(Choice("a category", Category)),
    "pattern": Regex(GROUPS),
    "reference": _REFERENCE,
    "examples": _TEXTS,
    "counterexamples": _TEXTS,
    "operation": Nullable(_NAME),
    "namespace": Nullable(Choice("a list of error numbers", Namespace)),
    "systems": _SYSTEMS,
    "on_success": Flag(),
    "nonfatal": Flag(),
    "ambiguous": Flag(),
    "symptom": Flag(),
    "generic": Flag(),
    "success": Flag(),
    "retry_once": Flag(),
    "advice": _TEXTS,
}
_TWEAK_FIELDS: Mapping[str, Validator[object]] = {
    "id": _NAME,
    "why": Text(),
    "reference": _REFERENCE,
    "from_attempt": Whole(2, LATEST_TWEAK),
    "systems": _SYSTEMS,
    "operations": _NAMES,
    "when_path": Nullable(Regex()),
    "set": MappingOf(VARIABLE, Text(pattern=r"[\s\S]*"), "a mapping of variables to texts"),
    "examples": _TEXTS,
    "counterexamples": _TEXTS,
}
_BOUND = r"(?:<=|>=|<|>|==)\d+(?:\.\d+)*"


class SignatureKind:
    """A signature; a built-in one (`strict`) must bring its examples."""

    noun = "a signature"

    def __init__(self, *, strict: bool) -> None:
        required = ("id", "pattern", "reference", "examples") if strict else ("id", "pattern")
        self._record = Record(self.noun, SIGNATURE_FIELDS, required)
        self._strict = strict

    def read(self, node: Node, problems: Problems) -> Signature:
        values: Any = self._record.read(node, problems)
        if self._strict and not values["examples"]:
            problems.refuse(node.place, "no example of the output", "add a line that the pattern must match")
        if values.get("category") is None:
            _check_number(node, values, problems)
        return Signature(**{"category": None, "reference": "", "examples": (), **values})

    def schema(self) -> dict[str, object]:
        return self._record.schema()


class TweakKind:
    """A tweak."""

    noun = "a tweak"
    _record = Record(noun, _TWEAK_FIELDS, ("id", "why", "reference", "set"))

    def read(self, node: Node, problems: Problems) -> Tweak:
        values: Any = self._record.read(node, problems)
        return Tweak(**values)

    def schema(self) -> dict[str, object]:
        return self._record.schema()


_RELEASES = RecordOf(
    "a range of versions",
    Releases,
    Record(
        "a range of versions",
        {
            "id": _NAME,
            "versions": Text("bounds, such as `>=1.2,<1.4`", pattern=f"{_BOUND}(?:,{_BOUND})*"),
            "signatures": _NAMES,
            "category": Nullable(Choice("a category", Category)),
            "says": Text(),
            "reference": _REFERENCE,
        },
        ("id", "versions", "says", "reference"),
    ),
)
_REMEDY = RecordOf(
    "a remedy",
    Remedy,
    Record(
        "a remedy",
        {
            "id": _NAME,
            "does": Text(),
            "command": Text(),
            "signatures": _NAMES,
            "reference": _REFERENCE,
        },
        ("id", "does", "reference"),
    ),
)
_FALLBACK = RecordOf(
    "another command",
    Fallback,
    Record(
        "another command",
        {
            "id": _NAME,
            "pattern": Regex(),
            "command": Text(),
            "why": Text(),
            "reference": _REFERENCE,
            "examples": ListOf(Text(), "a list of commands"),
            "counterexamples": ListOf(Text(), "a list of commands"),
        },
        ("id", "pattern", "command", "why", "reference", "examples", "counterexamples"),
    ),
)
_NOTE = RecordOf(
    "a note", Note, Record("a note", {"says": Text(), "reference": _REFERENCE}, ("says", "reference"))
)
_TELLING = RecordOf(
    "a way to tell of survived locks",
    Telling,
    Record(
        "a way to tell of survived locks",
        {
            "pattern": Regex(("path",)),
            "environment": MappingOf(VARIABLE, Text(), "a mapping of variables to texts"),
            "chatter": ListOf(Text("the beginning of a line"), "a list of beginnings of lines"),
            "reference": _REFERENCE,
            "examples": _TEXTS,
            "counterexamples": _TEXTS,
        },
        ("pattern", "environment", "reference", "examples", "counterexamples"),
    ),
)
_PLACE_OF_FILES = RecordOf(
    "a place",
    WatchedPlace,
    Record(
        "a place", {"path": Text("a pattern of paths"), "replaces": Text("a pattern of names")}, ("path",)
    ),
)
_HABITS = RecordOf(
    "how a tool bears locks",
    Habits,
    Record(
        "how a tool bears locks",
        {
            "retries_for": Duration(),
            "after": Duration(),
            "still": Duration(),
            "places": ListOf(_PLACE_OF_FILES, "a list of places"),
            "reference": _REFERENCE,
        },
        ("retries_for", "reference"),
    ),
)
_TOOL_FIELDS: Mapping[str, Validator[object]] = {
    "tool": _NAME,
    "runtime": _NAME,
    "programs": ListOf(Text("the name of a program"), "a list of programs"),
    "modules": _NAMES,
    "runtimes": _NAMES,
    "runs": _NAMES,
    "signatures": ListOf(SignatureKind(strict=True), "a list of signatures"),
    "tweaks": ListOf(TweakKind(), "a list of tweaks"),
    "version": Regex(("version",)),
    "releases": ListOf(_RELEASES, "a list of ranges of versions"),
    "remedies": ListOf(_REMEDY, "a list of remedies"),
    "fallbacks": ListOf(_FALLBACK, "a list of other commands"),
    "notes": ListOf(_NOTE, "a list of notes"),
    "patience": _HABITS,
    "near_misses": ListOf(_TELLING, "a list of ways to tell of survived locks"),
}


def parse_signature(node: Node, *, strict: bool) -> Signature:
    """Build a signature; raises `PolicyError` with all its mistakes. `strict`: it must bring its examples."""
    return _all_or_nothing(SignatureKind(strict=strict), node)


def parse_tweak(node: Node) -> Tweak:
    """Build a tweak; raises `PolicyError` with all its mistakes."""
    return _all_or_nothing(TweakKind(), node)


def parse_tool(node: Node, *, extra: frozenset[str] = frozenset(), own: bool = False) -> Tool:
    """Build a tool, or a run-time that words errors for tools (`runtime: NAME`, without programs).

    Keys in `extra` are left to the caller; `own`: see `Problems`. Raises `PolicyError` with all mistakes.
    """
    return _all_or_nothing(_ToolKind(extra), node, own=own)


class _ToolKind:
    noun = "a tool"

    def __init__(self, extra: frozenset[str]) -> None:
        self._extra = extra

    def read(self, node: Node, problems: Problems) -> Tool:
        before = len(problems)
        written = entries(node, self, problems)
        if ("tool" in written) == ("runtime" in written):
            problems.add(node.place, "either `tool:` or `runtime:` has to name the subject")
        is_tool = "tool" in written
        known = Record(self.noun, _TOOL_FIELDS, ("tool", "programs") if is_tool else ("runtime",))
        if not is_tool and "programs" in written:
            unknown_key("programs", written["programs"].key or node.place, ("runtime", "runtimes"), problems)
        own = {name: value for name, value in written.items() if name not in self._extra}
        for name in ("signatures", "tweaks", "releases", "remedies", "fallbacks"):
            _check_unique(written.get(name), problems)
        values: Any = known.read(node._replace(value=own), problems)
        if len(problems) > before:
            raise Rejected
        return Tool(
            name=values.get("tool") or values.get("runtime"),
            programs=values.get("programs", ()),
            modules=values.get("modules", ()),
            runtimes=values.get("runtimes", ()),
            runs=values.get("runs", ()),
            signatures=values.get("signatures", ()),
            tweaks=values.get("tweaks", ()),
            version=values.get("version"),
            releases=values.get("releases", ()),
            remedies=values.get("remedies", ()),
            fallbacks=values.get("fallbacks", ()),
            notes=values.get("notes", ()),
            patience=values.get("patience"),
            near_misses=values.get("near_misses", ()),
        )

    def schema(self) -> dict[str, object]:
        return Record(self.noun, _TOOL_FIELDS).schema()


def _check_number(node: Node, values: Mapping[str, Any], problems: Problems) -> None:
    if problems.own:
        return
    groups = re.compile(values["pattern"]).groupindex
    if "code" not in groups and "symbol" not in groups:
        problems.refuse(
            node.place,
            f"signature `{values['id']}` has no category and its pattern finds no number",
            "add `category:`, or a group `(?P<code>...)`",
        )
    if values.get("namespace") is None:
        problems.refuse(
            node.place,
            f"signature `{values['id']}` does not say what its number means",
            "add `namespace:`, such as `win32` or `errno`",
        )


def _check_unique(node: Node | None, problems: Problems) -> None:
    seen: dict[object, Place] = {}
    for item in node.value if node is not None and isinstance(node.value, tuple) else ():
        identifier = item.value.get("id") if isinstance(item.value, Mapping) else None
        if identifier is None or not isinstance(identifier.value, str):
            continue
        first = seen.setdefault(identifier.value, identifier.place)
        if first is not identifier.place:
            problems.add(
                identifier.place, f"repeated id `{identifier.value}`, first written on line {first.line}"
            )


def _all_or_nothing(kind: Validator[T], node: Node, *, own: bool = False) -> T:
    problems = Problems(own=own)
    try:
        return kind.read(node, problems)
    except Rejected:
        problems.raise_if_any()
        raise
