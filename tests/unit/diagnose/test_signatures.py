"""Every signature of every data file proves itself with its own examples."""

import re

import pytest

from ci_guard.diagnose.needs import needs, words
from ci_guard.diagnose.patterns import compiled, may_occur, needs_of
from ci_guard.diagnose.printings import word_signatures
from ci_guard.diagnose.reading import read
from ci_guard.knowledge.failures_despite_exit_0 import phrases
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Signature

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
SIGNATURES = [
    *KNOWLEDGE.general,
    *(signature for runtime in KNOWLEDGE.runtimes.values() for signature in runtime),
    *(signature for tool in KNOWLEDGE.tools for signature in tool.signatures),
]
NUMBERED = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]")


def finds(signature: Signature, text: str) -> bool:
    reading = read(text)
    return compiled(signature.pattern).search(reading.text) is not None


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.id)
def test_signature_finds_its_examples_only(signature: Signature) -> None:
    assert signature.reference.startswith("https://"), "no reference"
    assert signature.examples
    assert not NUMBERED.search(signature.pattern), "name the group: alternatives are also searched one by one"
    for example in signature.examples:
        assert finds(signature, example), example
        assert may_occur(signature, read(example)), example
    for example in signature.counterexamples:
        assert not finds(signature, example), example


@pytest.mark.parametrize(
    "signature", [each for each in SIGNATURES if not each.mention], ids=lambda signature: signature.id
)
def test_signature_is_found_through_a_word(signature: Signature) -> None:
    assert words(needs_of(signature)), "without a word that has to be there every log is searched in full"


def test_ids_are_unique_and_begin_with_their_file() -> None:
    names = [signature.id for signature in SIGNATURES]
    assert len(names) == len(set(names))
    for tool in KNOWLEDGE.tools:
        assert all(signature.id.startswith(f"{tool.name}.") for signature in tool.signatures)
        assert all(tweak.id.startswith(f"{tool.name}.") for tweak in tool.tweaks)
    for name, signatures in KNOWLEDGE.runtimes.items():
        assert all(signature.id.startswith(f"{name}.") for signature in signatures)


def test_admissions_lead_to_every_signature_that_doubts_a_success() -> None:
    doubting = [signature for signature in SIGNATURES if signature.on_success]
    assert doubting
    for signature in doubting:
        for example in signature.examples:
            assert any(literal in example.encode() for literal in phrases()), example


def test_what_the_words_of_a_system_need_is_told_without_reading_their_pattern() -> None:
    for signature in word_signatures(KNOWLEDGE.codes):
        assert needs(signature.pattern) == ((signature.needs,),), signature.pattern


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("file is locked", (("file", "locked"),)),
        ("(?:one|two) more", (((("one",), ("two",)), "more"),)),
        ("alpha|beta[xy]+gamma", (("alpha",), ("beta", "gamma"))),
        ("(?:optional )?needed", (("needed",),)),
        ("colou?r (?:red)*", (("colo",),)),
        ("(?=ahead)here", (("here",),)),
        ("(?P<name>same) (?P=name)", (((("same",),),),)),
        ("any(?:thing|\\d+)", (("any",),)),
        ("x|needed", ((), ("needed",))),
        (r"\(|[)|]needed|\|other", ((), ("needed",), ("|other",))),
        ("(?i)needed", ()),
        ("needed|(?i:other)", ()),
        ("(?s)needed|other", ()),
        ("(?m:^)needed", (("needed",),)),
    ],
)
def test_what_a_pattern_needs(pattern: str, expected: object) -> None:
    assert needs(pattern) == expected
