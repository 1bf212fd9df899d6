"""A language that no data file has: the machine's own words make the same patterns match."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.patterns import compiled
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System
from ci_guard.run.localize import in_words_of

ESTONIAN = {
    5: "Juurdepääs on keelatud",
    32: "Protsess ei pääse failile ligi, sest seda kasutab teine protsess (1.)",
    225: "Fail sisaldab viirust",
}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (r"open C:\ws\bin\tool.exe: Juurdepääs on keelatud.", Category.ANTIVIRUS_LOCK),
        (
            r"remove C:\ws\a.exe: Protsess ei pääse failile ligi, sest seda kasutab teine protsess (1.).",
            Category.ANTIVIRUS_LOCK,
        ),
        (r"fork/exec C:\ws\a.exe: Fail sisaldab viirust", Category.ANTIVIRUS_BLOCK),
    ],
)
def test_the_machine_s_words_are_understood(text: str, category: Category) -> None:
    known = load_knowledge()
    plain = classify_text(text, exit_status=1, argv=("go", "build"), knowledge=known, system=System.WINDOWS)
    assert plain.category is not category
    own = in_words_of(known, ESTONIAN)
    found = classify_text(text, exit_status=1, argv=("go", "build"), knowledge=own, system=System.WINDOWS)
    assert found.category is category
    assert found.match is not None
    assert found.match.path is not None


def test_words_that_the_files_have_change_nothing() -> None:
    known = load_knowledge()
    assert in_words_of(known, {}) is known
    assert in_words_of(known, {5: "Access is denied", 32: "Sharing violation", 999999: "?"}) is known


def test_every_pattern_is_one_still() -> None:
    own = in_words_of(load_knowledge(), {number: f"({number}) [a-z" for number in range(2000)})
    assert all(compiled(signature.pattern) for signature in own.signatures())
