"""PowerShell breaks the sentences of its errors at the width of the console: any width, any language."""

import textwrap

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.error_record import joined, sentences
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category

KNOWLEDGE = load_knowledge()
FILES = (
    r"D:\agents\VS CODE 2026\mobile app\build\windows\runner\Debug\data\kernel_blob.bin",
    r"C:\Users\Jane Doe\scoop\apps\tool\current\tool.zip",
    r"E:\ws\out\core.dll",
)
SENTENCES = (
    "Remove-Item : Cannot remove item {file}: The process cannot access the file '{file}' because it is being"
    " used by another process.",
    "rm : Cannot remove item {file}: Access to the path '{name}' is denied.",
    'Copy-Item : Der Prozess kann nicht auf die Datei "{file}" zugreifen, da sie von einem anderen Prozess'
    " verwendet wird.",
    "Move-Item : Access to the path '{file}' is denied.",
)
WIDTHS = (60, 79, 80, 100, 119, 120, 200)
BEHIND = (
    "At line:53 char:1\n"
    "+ Remove-Item $dir -Recurse -Force\n"
    "+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
    "    + CategoryInfo          : WriteError: ({name}:FileInfo) [Remove-Item], IOException\n"
    "    + FullyQualifiedErrorId : RemoveFileSystemItemIOError,Microsoft.PowerShell.Commands.RemoveItem"
)


def record(sentence: str, file: str, width: int) -> str:
    name = file.rpartition("\\")[2]
    said = sentence.format(file=file, name=name)
    lines = textwrap.wrap(said, width, break_on_hyphens=False)  # a word longer than a line is cut
    return "\n".join(lines) + "\n" + BEHIND.format(name=name)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_file_is_whole_however_the_console_broke_the_sentence(
    sentence: str, file: str, width: int
) -> None:
    text = record(sentence, file, width)
    found = classify_text(text, knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK, text
    assert found.match is not None
    assert found.match.path == file, text


def test_a_word_that_was_cut_is_whole_again() -> None:
    assert joined(["rm : " + "x" * 25, "x" * 9, "is denied."]) == "rm : " + "x" * 34 + " is denied."


def test_a_word_that_fits_a_line_was_not_cut() -> None:
    assert (
        joined(["rm : cannot " + "x" * 8, "y" * 12, "z"]) == "rm : cannot " + "x" * 8 + " " + "y" * 12 + " z"
    )


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (
            ["Build : begun", "rm : Access to the path", "'a' is denied.", "At line:1 char:1", "+ rm a"],
            [(1, 3)],
        ),
        (["Build : begun", "rm : Access is denied.", "At line:1 char:1", "+ rm a"], []),
        (["rm : no", "At line:1 char:1", "+ rm a", "done", "At line:2 char:1", "+ b"], []),
    ],
)
def test_a_sentence_begins_at_the_command_next_above(lines: list[str], found: list[tuple[int, int]]) -> None:
    assert list(sentences(lines)) == found


def test_other_lines_stay_as_they_are() -> None:
    plain = ["+ set -x", "make: nothing to do", "  + tool 1.0", "error : no", "at a"]
    assert list(sentences(plain)) == []
