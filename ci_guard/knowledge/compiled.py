"""What the program needs of the knowledge, as JSON: written by the build, read at a user's failure.

Checked when it is written (`source` checks all that it reads), so that reading it takes milliseconds.
"""

import gc
import json
import os
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

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
MISREADINGS = "misreadings.json"  # apart, as few logs need them: they are as long as a half of the others
_FOLDER = os.path.join(os.path.dirname(__file__), "data")
_ENUMS: Mapping[str, type[StrEnum]] = {
    "category": Category,
    "guard": Guarded,
    "namespace": Namespace,
    "shell": Shell,
}
_AS_IT_IS = "needs"  # lists in lists, thousands of them, which are only looked through
_LISTS_OF_ENUMS: Mapping[str, type[StrEnum]] = {"systems": System}


def load_knowledge() -> Knowledge:
    """Everything that is known. Raises `GuardError` for a damaged file, `OSError` without one."""
    return _decoded(KNOWLEDGE, _knowledge)


def load_wrappers() -> tuple[Wrapper, ...]:
    """The programs that run others. Raises `GuardError` for a damaged file, `OSError` without one."""
    return _decoded(WRAPPERS, _each(Wrapper))


class _Misreadings(Mapping[str, tuple[str, ...]]):
    """How the systems' texts go wrong; read when it is asked for."""

    def __init__(self) -> None:
        self._read: Mapping[str, tuple[str, ...]] | None = None

    @property
    def _known(self) -> Mapping[str, tuple[str, ...]]:
        if self._read is None:
            try:
                self._read = _decoded(MISREADINGS, _lists_by_text)
            except (GuardError, OSError):  # held, say: what is not known is worked out, in half a second
                self._read = {}
        return self._read

    def __getitem__(self, text: str) -> tuple[str, ...]:
        return self._known[text]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _lists_by_text(found: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return {text: tuple(wrong) for text, wrong in found.items()}


def _decoded(name: str, decode: Callable[[Any], T]) -> T:
    content = _content(os.path.join(_FOLDER, name))
    collects = gc.isenabled()
    gc.disable()  # nothing of the thousands of values goes away again
    try:
        return decode(json.loads(content))
    except (ValueError, TypeError, KeyError) as error:
        raise GuardError(
            f"ci-guard's own file `{name}` is damaged: {error}", hint="install ci-guard again"
        ) from error
    finally:
        if collects:
            gc.enable()


def _content(path: str) -> bytes:
    # through the module's loader, because ci-guard may run from a zip archive; `pkgutil` opens more files
    content: bytes = __spec__.loader.get_data(path)  # type: ignore[union-attr]
    return content


def _each(kind: type[T]) -> Callable[[Any], tuple[T, ...]]:
    return lambda entries: tuple(_made(kind, entry) for entry in entries)


def _made(kind: type[T], values: dict[str, Any]) -> T:
    for name, value in values.items():
        if type(value) is list:
            if name == _AS_IT_IS:
                continue
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
    if (why := entry.get("no_tweaks")) is not None:
        entry["no_tweaks"] = Note(**why)
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
        misreadings=_Misreadings(),
    )
