"""What the program needs of the knowledge, as JSON: written by the build, read at a user's failure.

Checked when it is written (`source` checks all that it reads), so that reading it takes milliseconds. Left
out: fields with their defaults, and the examples that only prove the patterns.
"""

import json
import pkgutil
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from ci_guard.dataclass import MISSING, fields, is_dataclass, replace
from ci_guard.errors import GuardError
from ci_guard.model.category import Category, System
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import (
    CodeMeaning,
    Fallback,
    Guarded,
    Knowledge,
    Note,
    Place,
    Product,
    Publishing,
    Releases,
    Remedy,
    Shell,
    Signature,
    StepMark,
    Telling,
    Tool,
    Tweak,
    Wrapper,
)
from ci_guard.model.patience import Habits, WatchedPlace

T = TypeVar("T")
KNOWLEDGE = "knowledge.json"  # in the folder of the data files
WRAPPERS = "wrappers.json"  # apart, as a run may ask for them before anything has failed
_FOLDER = "data"
_ENUMS: Mapping[str, type[StrEnum]] = {
    "category": Category,
    "guard": Guarded,
    "namespace": Namespace,
    "shell": Shell,
}
_LISTS_OF_ENUMS: Mapping[str, type[StrEnum]] = {"systems": System}


def compile_knowledge(knowledge: Knowledge) -> dict[str, bytes]:
    """The compiled files by their names; the same bytes on every system."""
    return {
        KNOWLEDGE: _dumped(_plain(needed(knowledge))),
        WRAPPERS: _dumped(_plain(knowledge.wrappers)),
    }


def needed(knowledge: Knowledge) -> Knowledge:
    """The knowledge without what only proves it; a tool's signature keeps the example that is shown."""
    return replace(
        knowledge,
        general=tuple(_bare(each) for each in knowledge.general),
        runtimes={name: tuple(_bare(each) for each in shared) for name, shared in knowledge.runtimes.items()},
        tools=tuple(
            replace(
                tool,
                signatures=tuple(_bare(each, shown=1) for each in tool.signatures),
                tweaks=tuple(replace(each, examples=(), counterexamples=()) for each in tool.tweaks),
                near_misses=tuple(
                    replace(each, examples=(), counterexamples=()) for each in tool.near_misses
                ),
            )
            for tool in knowledge.tools
        ),
        marks=tuple(replace(each, examples=(), counterexamples=()) for each in knowledge.marks),
        publishing=tuple(replace(each, examples=(), counterexamples=()) for each in knowledge.publishing),
    )


def load_knowledge() -> Knowledge:
    """Everything that is known. Raises `GuardError` for a damaged file, `OSError` without one."""
    return _decoded(KNOWLEDGE, _knowledge)


def load_wrappers() -> tuple[Wrapper, ...]:
    """The programs that run others. Raises `GuardError` for a damaged file, `OSError` without one."""
    return _decoded(WRAPPERS, _each(Wrapper))


def _bare(signature: Signature, shown: int = 0) -> Signature:
    return replace(signature, examples=signature.examples[:shown], counterexamples=())


def _dumped(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        contents = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: _plain(content)
            for field, content in contents
            if field.default is MISSING or content != field.default
        }
    if isinstance(value, Mapping):
        return {name: _plain(content) for name, content in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _decoded(name: str, decode: Callable[[Any], T]) -> T:
    # through the package's loader, because ci-guard may run from a zip archive
    content = pkgutil.get_data("ci_guard.knowledge", f"{_FOLDER}/{name}")
    try:
        return decode(json.loads(content or b""))
    except (ValueError, TypeError, KeyError) as error:
        raise GuardError(
            f"ci-guard's own file `{name}` is damaged: {error}", hint="install ci-guard again"
        ) from error


def _each(kind: type[T]) -> Callable[[Any], tuple[T, ...]]:
    return lambda entries: tuple(_made(kind, entry) for entry in entries)


def _made(kind: type[T], values: dict[str, Any]) -> T:
    for name, value in values.items():
        if type(value) is list:
            members = _LISTS_OF_ENUMS.get(name)
            values[name] = tuple(value) if members is None else tuple(map(members, value))
        elif value is not None and name in _ENUMS:
            values[name] = _ENUMS[name](value)
    return kind(**values)


def _tool(entry: dict[str, Any]) -> Tool:
    for name, kind in (
        ("signatures", Signature),
        ("tweaks", Tweak),
        ("releases", Releases),
        ("remedies", Remedy),
        ("fallbacks", Fallback),
        ("notes", Note),
        ("near_misses", Telling),
    ):
        entry[name] = [_made(kind, each) for each in entry.get(name, ())]
    if (habits := entry.get("patience")) is not None:
        entry["patience"] = Habits(**habits | {"places": _each(WatchedPlace)(habits.get("places", ()))})
    return _made(Tool, entry)


def _knowledge(document: Mapping[str, Any]) -> Knowledge:
    signatures: Callable[[Any], tuple[Signature, ...]] = _each(Signature)
    return Knowledge(
        general=signatures(document["general"]),
        runtimes={name: signatures(shared) for name, shared in document["runtimes"].items()},
        tools=tuple(_tool(entry) for entry in document.get("tools", ())),
        codes=_each(CodeMeaning)(document.get("codes", ())),
        places=_each(Place)(document.get("places", ())),
        wrappers=_each(Wrapper)(document.get("wrappers", ())),
        products=_each(Product)(document.get("products", ())),
        marks=_each(StepMark)(document.get("marks", ())),
        publishing=_each(Publishing)(document.get("publishing", ())),
    )
