"""What is refused decides, whatever tool says it: thousands of messages that nobody has written."""

import shlex

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.grammar import paths_in
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from unit.diagnose.generate import LOCKS, MEANS, Dress, dresses

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
DRESSES = list(dresses(700))


@pytest.mark.parametrize("dress", DRESSES, ids=lambda dress: dress.name)
def test_a_kind_in_any_dress(dress: Dress) -> None:
    argv = shlex.split(dress.command)
    found = classify_text(dress.text, argv=argv, knowledge=KNOWLEDGE)
    assert found.category is dress.category, (dress.text, found.match)
    assert found.match is not None
    if dress.code is not None:
        assert found.match.code == dress.code, dress.text
    if dress.category is Category.ANTIVIRUS_LOCK:
        assert not found.ambiguous, dress.text
        assert found.match.path == dress.path, dress.text


def test_the_dresses_cover_every_kind() -> None:
    assert {dress.category for dress in DRESSES} == set(MEANS.values())
    assert {MEANS[number] for number in LOCKS} == {Category.ANTIVIRUS_LOCK}


@pytest.mark.parametrize(
    "words",
    [
        "object of type list cannot be read",
        "and/or the other",
        "on 2026/03/06 at noon",
        "see https://docs.example/a/b.html for more",
        "GET /simple/a 200",
        "text/html; charset=utf-8",
        "3/4 steps done",
        "can't open it, don't try",
        "//app:all",
    ],
)
def test_what_is_no_path(words: str) -> None:
    assert [token.written for token in paths_in(words, 0, len(words))] in ([], ["/simple/a"])
