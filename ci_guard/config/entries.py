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
    Regex,
    entries,
    unknown_key,
)
from ci_guard.config.fields import Choice, Flag, Text, Validator, Whole
from ci_guard.config.nodes import Node, Place
from ci_guard.config.problems import Problems, Rejected
from ci_guard.config.tool_parts import (
    FALLBACK,
    HABITS,
    NAME,
    NAMES,
    NOTE,
    REFERENCE,
    RELEASES,
    REMEDY,
    TELLING,
    TEXTS,
    VARIABLE,
)
from ci_guard.dataclass import replace
from ci_guard.model.category import Category, System
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import Signature, Tool, Tweak

T = TypeVar("T")
GROUPS = ("code", "path", "operation", "package", "symbol", "holder", "target")
LATEST_TWEAK = 100  # a tweak that begins after the last possible attempt is a mistake
_SYSTEMS = ListOf(Choice("an operating system", System), "a list of operating systems")
SIGNATURE_FIELDS: Mapping[str, Validator[object]] = {
    "id": NAME,
    "category": Nullable(Choice("a category", Category)),
    "pattern": Regex(GROUPS),
    "reference": REFERENCE,
    "examples": TEXTS,
    "counterexamples": TEXTS,
    "operation": Nullable(NAME),
    "namespace": Nullable(Choice("a list of error numbers", Namespace)),
    "systems": _SYSTEMS,
    "on_success": Flag(),
    "nonfatal": Flag(),
    "mention": Flag(),
    "primary": Flag(),
    "ambiguous": Flag(),
    "symptom": Flag(),
    "generic": Flag(),
    "success": Flag(),
    "tries_again": Flag(),
    "retry_once": Flag(),
    "advice": TEXTS,
}
_TWEAK_FIELDS: Mapping[str, Validator[object]] = {
    "id": NAME,
    "why": Text(),
    "reference": REFERENCE,
    "from_attempt": Whole(2, LATEST_TWEAK),
    "systems": _SYSTEMS,
    "operations": NAMES,
    "when_path": Nullable(Regex()),
    "set": MappingOf(VARIABLE, Text(pattern=r"[\s\S]*"), "a mapping of variables to texts"),
    "examples": TEXTS,
    "counterexamples": TEXTS,
}


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


_TOOL_FIELDS: Mapping[str, Validator[object]] = {
    "tool": NAME,
    "runtime": NAME,
    "programs": ListOf(Text("the name of a program"), "a list of programs"),
    "modules": NAMES,
    "runtimes": NAMES,
    "runs": NAMES,
    "signatures": ListOf(SignatureKind(strict=True), "a list of signatures"),
    "tweaks": ListOf(TweakKind(), "a list of tweaks"),
    "successes": ListOf(Whole(1, 255), "a list of exit statuses"),
    "version": Regex(("version",)),
    "releases": ListOf(RELEASES, "a list of ranges of versions"),
    "remedies": ListOf(REMEDY, "a list of remedies"),
    "fallbacks": ListOf(FALLBACK, "a list of other commands"),
    "notes": ListOf(NOTE, "a list of notes"),
    "no_tweaks": NOTE,
    "patience": HABITS,
    "near_misses": ListOf(TELLING, "a list of ways to tell of survived locks"),
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
        values: Any = known.read(replace(node, value=own), problems)
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
            successes=values.get("successes", ()),
            version=values.get("version"),
            releases=values.get("releases", ()),
            remedies=values.get("remedies", ()),
            fallbacks=values.get("fallbacks", ()),
            notes=values.get("notes", ()),
            no_tweaks=values.get("no_tweaks"),
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
