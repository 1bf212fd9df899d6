"""Programs and libraries that cannot be removed, several of them: a program runs from there."""

from collections.abc import Sequence

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.model.category import Category, System
from unit.diagnose.verdict import KNOWLEDGE, category

FORMS = {
    "rd": "{} - Access is denied.",
    "node": "Error: EPERM: operation not permitted, unlink '{}'",
    "go": "remove {}: Access is denied.",
}


def told(form: str, *names: str, folder: str = r"C:\tools\py") -> Category:
    return category("\n".join(form.format(rf"{folder}\{name}") for name in names))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(
    "names", [(r"DLLs\_ssl.pyd", "python3.dll"), ("riga.exe", r"a\b.node", "c.DLL"), ("c.dll", "d.ocx")]
)
def test_several_that_are_loaded(form: str, names: Sequence[str]) -> None:
    assert told(form, *names) is Category.FILE_IN_USE


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_one_or_others_among_them_or_in_a_temporary_folder(form: str) -> None:
    assert told(form, "riga.dll") is Category.ANTIVIRUS_LOCK
    assert told(form, "riga.dll", "riga.dll") is Category.ANTIVIRUS_LOCK
    assert told(form, "riga.dll", "a.txt") is Category.ANTIVIRUS_LOCK
    assert told(form, "httpx.exe", "uvicorn.exe", "riga.dll") is Category.ANTIVIRUS_LOCK
    assert told(form, "python311.dll") is Category.FILE_IN_USE  # of the run-time itself
    assert told(form, "a.dll", "b.dll", folder=r"C:\Users\ci\AppData\Local\Temp\x") is Category.ANTIVIRUS_LOCK


def test_what_a_running_guard_sees_is_asked_of_the_machine() -> None:
    text = "\n".join(rf"remove C:\tools\py\{name}: Access is denied." for name in ("a.dll", "b.pyd"))
    found = classify_text(text, knowledge=KNOWLEDGE, exit_status=1, system=System.WINDOWS)
    assert found.category is Category.ANTIVIRUS_LOCK


def test_two_readings_of_one_message_are_one_file() -> None:
    text = "error: failed to remove file riga.dll: Access is denied. (os error 5)"
    assert category(text, "sh") is Category.ANTIVIRUS_LOCK


def test_an_interpreter_that_rd_meets() -> None:
    assert told(FORMS["rd"], r"Scripts\python.exe") is Category.FILE_IN_USE
    assert told(FORMS["rd"], r"bin\riga.exe") is Category.ANTIVIRUS_LOCK
    held = "{} - The process cannot access the file because it is being used by another process."
    assert told(held, r"Scripts\python.exe") is Category.ANTIVIRUS_LOCK
