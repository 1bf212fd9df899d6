"""The compiled knowledge is the knowledge, without what only proves it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ci_guard.diagnose.mojibake import _variants
from ci_guard.diagnose.needs import needs
from ci_guard.diagnose.patterns import needs_of
from ci_guard.errors import GuardError
from ci_guard.knowledge import compiled, load, source
from ci_guard.knowledge.compile import compile_knowledge, needed
from ci_guard.knowledge.listing import list_tools, show_tool
from ci_guard.model.knowledge import Place, Signature

Entry = TypeVar("Entry", Signature, Place)
SOURCE = source.read_knowledge()
FILES = compile_knowledge(SOURCE)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """A ci-guard as a wheel installs it; its files may be changed."""
    files = dict(FILES)

    def read(path: str) -> bytes:
        try:
            return files[Path(path).name]
        except KeyError:
            raise FileNotFoundError(path) from None

    def no_source() -> None:
        raise AssertionError("the source is read")

    monkeypatch.setattr(compiled, "_content", read)
    monkeypatch.setattr(load, "_SOURCE", "nowhere")
    monkeypatch.setattr(source, "read_knowledge", no_source)
    monkeypatch.setattr(source, "read_wrappers", no_source)
    for cached in (load._built_in, load.load_wrappers):
        cached.cache_clear()
    yield files
    for cached in (load._built_in, load.load_wrappers):
        cached.cache_clear()


def in_tuples(value: Any) -> Any:
    return tuple(map(in_tuples, value)) if isinstance(value, list | tuple) else value


def settled(entry: Entry) -> Entry:
    """With tuples for the lists of JSON, which stay what they are for speed."""
    return replace(entry, needs=in_tuples(entry.needs))


def test_compiled_and_source_are_equal_values(built: dict[str, bytes]) -> None:
    found = load.load_knowledge()
    knowledge = replace(
        found,
        misreadings={},
        general=tuple(map(settled, found.general)),
        runtimes={name: tuple(map(settled, shared)) for name, shared in found.runtimes.items()},
        tools=tuple(replace(tool, signatures=tuple(map(settled, tool.signatures))) for tool in found.tools),
        places=tuple(map(settled, found.places)),
    )
    assert knowledge == needed(SOURCE)
    assert load.load_wrappers() == SOURCE.wrappers


def test_only_the_proofs_are_left_out() -> None:
    kept = needed(SOURCE)
    pairs = list(zip(kept.signatures(), SOURCE.signatures(), strict=True))
    assert len(pairs) > 500
    for less, more in pairs:
        same = replace(less, examples=more.examples, counterexamples=more.counterexamples, needs=None)
        assert same == more
    assert (kept.codes, kept.products) == (SOURCE.codes, SOURCE.products)
    assert tuple(replace(each, needs=None) for each in kept.places) == SOURCE.places


def test_what_is_shown_of_a_tool_is_the_same(built: dict[str, bytes]) -> None:
    knowledge = load.load_knowledge()
    assert list_tools(knowledge) == list_tools(SOURCE)
    for ours, theirs in zip(knowledge.tools, SOURCE.tools, strict=True):
        assert show_tool(ours, knowledge) == show_tool(theirs, SOURCE)


def test_it_is_plain_json_and_always_the_same_bytes() -> None:
    assert compile_knowledge(source.read_knowledge()) == FILES
    for content in FILES.values():
        assert json.loads(content.decode("ascii"))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"general": [{"id": 1}]}'])
def test_a_damaged_file_is_told(built: dict[str, bytes], content: bytes) -> None:
    built[compiled.KNOWLEDGE] = content
    with pytest.raises(GuardError, match=r"`knowledge\.json` is damaged"):
        load.load_knowledge()


def test_a_missing_file_is_told(built: dict[str, bytes]) -> None:
    built.clear()
    with pytest.raises(OSError, match=r"knowledge\.json"):
        load.load_knowledge()


def test_a_checkout_reads_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def stale() -> None:
        raise AssertionError("a compiled form is read")

    monkeypatch.setattr(compiled, "load_knowledge", stale)
    load._built_in.cache_clear()
    assert load.load_knowledge() == SOURCE


def test_what_the_build_has_worked_out_is_what_a_checkout_works_out(built: dict[str, bytes]) -> None:
    knowledge = load.load_knowledge()
    worked_out = {signature.pattern: in_tuples(signature.needs) for signature in knowledge.signatures()}
    assert worked_out == {pattern: needs(pattern) for pattern in worked_out}
    assert worked_out == {signature.pattern: needs_of(signature) for signature in SOURCE.signatures()}
    assert set(SOURCE.misreadings) == set()
    assert len(knowledge.misreadings) > 100
    texts = [text for meaning in SOURCE.codes for text in meaning.texts]
    assert _variants(texts, knowledge.misreadings) == _variants(texts, {})


@pytest.mark.parametrize("content", [None, b"{"])
def test_misreadings_that_cannot_be_read_are_worked_out(
    built: dict[str, bytes], content: bytes | None
) -> None:
    del built[compiled.MISREADINGS]
    if content is not None:
        built[compiled.MISREADINGS] = content
    assert dict(load.load_knowledge().misreadings) == {}
