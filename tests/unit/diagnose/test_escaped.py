"""What a linker says in a code page reaches people through rustc, with its bytes escaped."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.escaped import MARK, unescaped
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category

KNOWLEDGE = load_knowledge()
FILE = r"D:\ws\target\release\build\num-1a2b\build_script_build-1a2b.exe"
SAID = (
    ("cp936", "LINK : fatal error LNK1104: 无法打开文件“{file}”"),
    ("cp1252", "LINK : fatal error LNK1104: cannot open file “{file}”"),
    ("cp932", "LINK : fatal error LNK1104: ファイル '{file}' を開くことができません。"),
    ("cp1251", "LINK : fatal error LNK1104: не удается открыть файл «{file}»"),
    ("cp1252", "LINK : fatal error LNK1104: Datei “{file}” kann nicht geöffnet werden."),
)


def escaped(data: bytes) -> str:
    """As Rust's `escape_ascii` does it."""
    named = {ord("\\"): "\\\\", ord("\r"): "\\r", ord("\n"): "\\n", ord("'"): "\\'", ord('"'): '\\"'}
    return "".join(named.get(each, chr(each) if 32 <= each < 127 else f"\\x{each:02x}") for each in data)


@pytest.mark.parametrize(("code_page", "sentence"), SAID)
def test_the_file_is_found_in_any_code_page(code_page: str, sentence: str) -> None:
    said = escaped((sentence.format(file=FILE) + "\r\n").encode(code_page))
    head = "error: linking with `link.exe` failed: exit code: 1104\n"
    text = f"{head}  = note: {MARK}{said}\n\nerror: could not compile `num`"
    found = classify_text(text, argv=("cargo", "build"), knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == FILE


def test_only_such_lines_are_touched() -> None:
    assert unescaped("a \\xe9 b\nc") == "a \\xe9 b\nc"
    assert unescaped(f"\\xe9\n{MARK}\\xe9\\x41\\n C:\\\\a") == f"\\xe9\n{MARK}\ufffdA  C:\\a"
