"""Every signature of every data file proves itself with its own examples; none can run for ever."""

import time

import pytest

from ci_guard.diagnose.causes import Lookup, find_causes
from ci_guard.diagnose.patterns import compiled, words
from ci_guard.diagnose.reading import read
from ci_guard.knowledge.admissions import admissions
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Signature

KNOWLEDGE = load_knowledge()
SIGNATURES = [
    *KNOWLEDGE.general,
    *(signature for runtime in KNOWLEDGE.runtimes.values() for signature in runtime),
    *(signature for tool in KNOWLEDGE.tools for signature in tool.signatures),
]
MEGABYTE = 1_000_000
HOSTILE = {
    "one letter": "a" * 2 * MEGABYTE,
    "open brackets": "(" * MEGABYTE,
    "backslashes": "C:\\" + "\\" * MEGABYTE,
    "quotes": "'" * MEGABYTE,
    "backticks": "failed to rename file from `" * 40_000,
    "words that open a message": "Failed to persist temporary file to a: " * 25_000,
    "numbers": "[WinError 5] x: 'C:\\a" * 50_000,
    "half messages": "EPERM: operation not permitted, rename 'a" * 25_000,
    "spaces": "error: cannot open " + " " * MEGABYTE,
    "line breaks": "failed\nto\ncopy\n" * 60_000,
    "os errors": "(os error 5) " * 80_000,
}
HANG = 20.0  # seconds; each text takes a fraction of one on an idle machine


def finds(signature: Signature, text: str) -> bool:
    reading = read(text)
    return compiled(signature.pattern).search(reading.text) is not None


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.id)
def test_signature_finds_its_examples_only(signature: Signature) -> None:
    assert signature.reference.startswith("https://"), "no reference"
    assert signature.examples
    for example in signature.examples:
        assert finds(signature, example), example
        assert any(word in read(example).text for word in words(signature.pattern)), example
    for example in signature.counterexamples:
        assert not finds(signature, example), example


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.id)
def test_signature_is_found_through_a_word(signature: Signature) -> None:
    assert words(signature.pattern), "no plain word that has to be there: every log would be searched in full"


def test_ids_are_unique_and_begin_with_their_file() -> None:
    names = [signature.id for signature in SIGNATURES]
    assert len(names) == len(set(names))
    for tool in KNOWLEDGE.tools:
        assert all(signature.id.startswith(f"{tool.name}.") for signature in tool.signatures)
        assert all(tweak.id.startswith(f"{tool.name}.") for tweak in tool.tweaks)
    for name, signatures in KNOWLEDGE.runtimes.items():
        assert all(signature.id.startswith(f"{name}.") for signature in signatures)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_output_is_read_in_bounded_time(text: str) -> None:
    lookup = Lookup(KNOWLEDGE.codes, KNOWLEDGE.places, None)
    began = time.monotonic()
    find_causes(read(text), SIGNATURES, lookup)
    assert time.monotonic() - began < HANG


def test_admissions_lead_to_every_signature_that_doubts_a_success() -> None:
    doubting = [signature for signature in SIGNATURES if signature.on_success]
    assert doubting
    for signature in doubting:
        for example in signature.examples:
            assert any(literal in example.encode() for literal in admissions()), example
