"""Windows's own words and code pages; elsewhere there are none."""

import codecs
import ctypes
import sys

import pytest

from ci_guard.machine.locale import code_pages, system_texts


@pytest.mark.skipif(sys.platform == "win32", reason="what other systems answer")
def test_other_systems_have_none() -> None:
    assert system_texts([5, 32]) == {}
    assert code_pages() == ()


@pytest.mark.skipif(sys.platform != "win32", reason="asks Windows")
def test_windows_says_its_texts_without_full_stops() -> None:
    texts = system_texts([5, 32, 33, 110, 193, 1224, 99999])
    assert {5, 32, 33, 110, 1224} <= set(texts)
    assert {193, 99999}.isdisjoint(texts), "one has a gap, the other no text"
    assert all(text == text.strip(" .\r\n") for text in texts.values())
    assert texts[5] in ctypes.FormatError(5)


@pytest.mark.skipif(sys.platform != "win32", reason="asks Windows")
def test_the_code_pages_have_codecs() -> None:
    assert [codecs.lookup(page).name for page in code_pages()] == list(code_pages())
    assert "cp65001" not in code_pages()
