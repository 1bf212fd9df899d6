"""One file after another is denied: missing rights, unless few are, programs are, or they are in use."""

from collections.abc import Sequence

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System

KNOWLEDGE = load_knowledge()
FORMS = {
    "rm": "rm: cannot remove '{}': Permission denied",
    "python": "PermissionError: [WinError 5] Access is denied: '{}'",
    "dotnet": "error: Access to the path '{}' is denied.",
    "go": "remove {}: Access is denied.",
}
IN_USE = {
    "python": "PermissionError: [WinError 32] The process cannot access the file: '{}'",
    "go": "remove {}: The process cannot access the file because it is being used by another process.",
}
TEXTS = ("README.md", "LICENSE", "docs/a.md", "src/b.c", "src/c.h")
PROGRAMS = ("README.md", "LICENSE", "docs/a.md", "src/b.c", "bin/riga.exe")


def category(form: str, names: Sequence[str]) -> Category:
    text = "\n".join(form.format(f"C:/ws/{name}") for name in names)
    return classify_text(text, knowledge=KNOWLEDGE, system=System.WINDOWS).category


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_many_files_and_no_program(form: str) -> None:
    assert category(form, TEXTS) is category(form, TEXTS[:4]) is Category.PERMISSION


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_few_files_or_one_again_and_again_or_a_program_among_them(form: str) -> None:
    for names in (TEXTS[:3], TEXTS[:1] * 9, PROGRAMS):
        assert category(form, names) is not Category.PERMISSION


@pytest.mark.parametrize("form", IN_USE.values(), ids=IN_USE)
def test_many_files_in_use(form: str) -> None:
    assert category(form, TEXTS) is not Category.PERMISSION


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (IN_USE["python"].format("C:/ws/d.md"), Category.ANTIVIRUS_LOCK),
        ("Error: connect ECONNREFUSED 10.0.0.1:443", Category.NETWORK),
    ],
)
def test_what_fails_behind_them_for_another_reason(last: str, expected: Category) -> None:
    text = "\n".join([*(FORMS["python"].format(f"C:/ws/{name}") for name in TEXTS), last])
    assert classify_text(text, knowledge=KNOWLEDGE, system=System.WINDOWS).category is expected


def test_files_in_use_above_one_that_is_denied_do_not_count() -> None:
    lines = [IN_USE["go"].format(f"C:/ws/{name}") for name in TEXTS]
    text = "\n".join([*lines, FORMS["go"].format("C:/ws/d.md")])
    assert classify_text(text, knowledge=KNOWLEDGE, system=System.WINDOWS).category is Category.ANTIVIRUS_LOCK


def test_the_machine_is_asked_even_so() -> None:
    text = "\n".join(FORMS["python"].format(f"C:/ws/{name}") for name in TEXTS)
    assert classify_text(text, knowledge=KNOWLEDGE, system=System.WINDOWS).ambiguous
