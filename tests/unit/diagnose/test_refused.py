"""The refused one of two files is the same in the words of every run-time."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.refused import refused
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Namespace

KNOWLEDGE = load_knowledge()
SOURCE, TARGET = r"D:\ws\stage\riga.exe", r"D:\ws\dist\riga.exe"
DENIED = "Access is denied."
HELD = "The process cannot access the file because it is being used by another process."
SAID = {  # by the operation, with who is refused if it is denied, and if a file is in use
    "rename": (
        SOURCE,
        SOURCE,
        [
            "PermissionError: [WinError {number}] {words}: '{python_source}' -> '{python_target}'",
            "go: rename {source} {target}: {words}",
            "error: failed to rename file from {source} to {target}: {words} (os error {number})",
            "error: failed to rename `{source}` to `{target}`\n\nCaused by:\n  {words} (os error {number})",
            'CMake Error: failed to rename "{source}" to "{target}": {words}',
            "Failed to move '{source}' to '{target}': {words}",
            "FileSystemException: Cannot rename file to '{target}', path = '{source}' (OS Error: {words}\n"
            ", errno = {number})",
            "svn: E72000{number}: Can't move '{source}' to '{target}': {words}",
            "D:\\ws>move /y {source} {target}\n{words}",
            "D:\\ws>ren {source} {target}\n{words}",
        ],
    ),
    "copy": (
        TARGET,
        SOURCE,
        [
            "error: failed to copy `{source}` to `{target}`\n\nCaused by:\n  {words} (os error {number})",
            "Failed to copy '{source}' to '{target}': {words}",
            "problem copying {source} to {target}: {words}",
            "FileSystemException: Cannot copy file to '{target}', path = '{source}' (OS Error: {words}\n"
            ", errno = {number})",
            "D:\\ws>copy /y {source} {target}\n{words}\n        0 file(s) copied.",
        ],
    ),
}
CASES = [
    pytest.param(form, number, path, id=f"{operation} {number} {form[:40]}")
    for operation, (denied, held, forms) in SAID.items()
    for form in forms
    for number, path in ((5, denied), (32, held))
    if not (number == 32 and form.startswith("svn"))  # has another number of digits
]


@pytest.mark.parametrize(("form", "number", "path"), CASES)
def test_one_rule_for_every_printing(form: str, number: int, path: str) -> None:
    text = form.format(
        number=number,
        words=DENIED if number == 5 else HELD,
        source=SOURCE,
        target=TARGET,
        python_source=SOURCE.replace("\\", "\\\\"),
        python_target=TARGET.replace("\\", "\\\\"),
    )
    found = classify_text(text, knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == path


@pytest.mark.parametrize(
    ("operation", "symbol", "path"),
    [
        ("rename", "EPERM: operation not permitted", SOURCE),
        ("rename", "EBUSY: resource busy or locked", SOURCE),
        ("copyfile", "EPERM: operation not permitted", TARGET),
        ("copyfile", "EACCES: permission denied", TARGET),
        ("copyfile", "EBUSY: resource busy or locked", SOURCE),
        ("link", "EPERM: operation not permitted", TARGET),
        ("link", "EBUSY: resource busy or locked", SOURCE),
    ],
)
def test_node(operation: str, symbol: str, path: str) -> None:
    found = classify_text(f"Error: {symbol}, {operation} '{SOURCE}' -> '{TARGET}'", knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == path


@pytest.mark.parametrize("named", [SOURCE, TARGET])
def test_a_file_that_is_named_by_itself_is_the_one(named: str) -> None:
    text = (
        f'error MSB3027: Could not copy "{SOURCE}" to "{TARGET}". Exceeded retry count of 10. Failed. '
        f"The process cannot access the file '{named}' because it is being used by another process."
    )
    found = classify_text(text, knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == named


@pytest.mark.parametrize("operation", ["symlink", "symlink file", "rename"])
def test_a_symbolic_link_is_made_at_its_target(operation: str) -> None:
    made = operation != "rename"
    expected = ("b", None) if made else ("a", "b")
    assert refused("a", "b", operation, Code(Namespace.WIN32, 1314)) == expected
    assert refused("a", None, operation, None) == ("a", None)


@pytest.mark.parametrize("link", ["/ws/.venv/lib64", r"D:\ws\.venv\lib64", r"\\server\share\lib64"])
def test_a_symbolic_link_that_is_named_first(link: str) -> None:
    denied = Code(Namespace.ERRNO, 13)
    assert refused(link, "lib", "symlink", denied) == (link, "lib")
    assert refused("../lib", link, "symlink", denied) == (link, None)
    assert refused("/ws/lib", link, "symlink", denied) == (link, None)
