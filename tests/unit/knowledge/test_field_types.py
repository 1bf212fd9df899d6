"""What is declared an enum is one, from the source and as compiled; equal words would not show it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import pytest

from ci_guard.config.entries import parse_signature
from ci_guard.config.source import read_text
from ci_guard.knowledge import compiled, source
from ci_guard.knowledge.compile import compile_knowledge
from ci_guard.model.knowledge import Knowledge


def mistyped(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from mistyped(each, f"{where}[{name}]")
    elif isinstance(value, tuple):
        for each in value:
            yield from mistyped(each, where)
    elif is_dataclass(value):
        hints = get_type_hints(type(value))
        for field in fields(value):
            content = getattr(value, field.name)
            place = f"{where}.{field.name}"
            enums = [kind for kind in kinds_in(hints[field.name]) if issubclass(kind, StrEnum)]
            words = content if isinstance(content, tuple) else (content,)
            for word in words if enums else ():
                if word is not None and not isinstance(word, tuple(enums)):
                    yield f"{place}: {word!r}"
            yield from mistyped(content, place)


def kinds_in(hint: Any) -> Iterator[type]:
    if isinstance(hint, type):
        yield hint
    for each in get_args(hint):
        yield from kinds_in(each)


@pytest.mark.parametrize("made", ["source", "compiled"])
def test_every_word_of_an_enum_is_its_member(monkeypatch: pytest.MonkeyPatch, made: str) -> None:
    knowledge: Knowledge = source.read_knowledge()
    if made == "compiled":
        written = compile_knowledge(knowledge)
        monkeypatch.setattr(compiled, "_content", lambda path: written[os.path.basename(path)])
        knowledge = compiled.load_knowledge()
    assert {each.namespace for each in knowledge.codes} > {"win32", "errno"}
    assert list(mistyped(knowledge, "knowledge")) == []


def test_a_signature_of_the_user() -> None:
    text = (
        "{id: x, category: null, pattern: 'os error (?P<code>\\d+)', namespace: win32, systems: [windows]}\n"
    )
    assert list(mistyped(parse_signature(read_text(text, "p.yml"), strict=False), "signature")) == []
