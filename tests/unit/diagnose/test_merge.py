"""Two readings of one message: which decides what it means, and what the other one lends."""

import pytest

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.merge import decides, joined, lent
from ci_guard.diagnose.reading import read
from ci_guard.model.category import Category
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import Signature

LOCK, IN_USE, BLOCK = Category.ANTIVIRUS_LOCK, Category.FILE_IN_USE, Category.ANTIVIRUS_BLOCK
NUMBER = Signature(id="", category=None, namespace=Namespace.WIN32, pattern="", reference="", examples=())
KNOWS = replace(NUMBER, category=Category.CONFIGURATION)
ANY_PROGRAM = replace(NUMBER, category=Category.PERMISSION, generic=True)


def candidate(signature: Signature, category: Category = LOCK, *, at: int = 0, length: int = 10) -> Candidate:
    return Candidate(signature=signature, start=at, end=at + length, category=category)


@pytest.mark.parametrize(
    ("other", "chosen", "expected"),
    [
        (KNOWS, candidate(NUMBER), True),
        (KNOWS, candidate(KNOWS), False),
        (KNOWS, candidate(NUMBER, BLOCK), False),
        (NUMBER, candidate(NUMBER), False),
        (replace(KNOWS, category=Category.UNKNOWN), candidate(NUMBER), False),
        (replace(KNOWS, symptom=True), candidate(NUMBER), False),
        (ANY_PROGRAM, candidate(NUMBER), False),
    ],
)
def test_who_knows_the_case_overrules_a_number(other: Signature, chosen: Candidate, expected: bool) -> None:
    assert decides(candidate(other, Category.CONFIGURATION), chosen) is expected


@pytest.mark.parametrize(
    ("own", "others", "category", "holders"),
    [
        ((), ("devenv.exe",), IN_USE, ("devenv.exe",)),
        (("MsMpEng.exe",), ("devenv.exe",), LOCK, ("MsMpEng.exe",)),
        (("MsMpEng.exe",), (), LOCK, ("MsMpEng.exe",)),
        ((), (), LOCK, ()),
    ],
)
def test_whose_holder_is_told_decides_what_a_lock_is(
    own: tuple[str, ...], others: tuple[str, ...], category: Category, holders: tuple[str, ...]
) -> None:
    knows, lends = candidate(NUMBER), candidate(NUMBER, IN_USE)
    made = lent(replace(knows, holders=own), replace(lends, holders=others))
    assert (made.category, made.holders) == (category, holders)


@pytest.mark.parametrize(("at", "kept"), [(12, 1), (21, 2), (41, 2)])
def test_words_of_any_program_yield_in_the_line_that_somebody_knows(at: int, kept: int) -> None:
    reading = read("\n".join(["a" * 20] * 3))
    words, known = candidate(ANY_PROGRAM), candidate(KNOWS, at=at, length=5)
    assert len(joined([words, known], reading)) == kept
