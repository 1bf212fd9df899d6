"""A quote inside a name ends no path, and a doubled one is YAML's way to write one."""

from itertools import product

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.model.category import Category
from unit.diagnose.verdict import KNOWLEDGE

PATHS = (r"C:\Users\O'Brien\ws\a.dll", r"D:\own\chez d'Anne\out\a.dll", "C:/Users/O'Brien/ws/a.dll")
IN_USE = "The process cannot access the file because it is being used by another process"
REFUSED = (
    "PermissionError: [WinError 32] " + IN_USE + ': "{doubled}"',
    'PermissionError: [Errno 13] Permission denied: "{doubled}"',
    'PermissionError: [WinError 5] Access is denied: "{doubled}" -> "{doubled}.old"',
    "IOException: The process cannot access the file '{}' because it is being used by another process.",
    "System.UnauthorizedAccessException: Access to the path '{}' is denied.",
    "Error: EBUSY: resource busy or locked, unlink '{}'",
    "Error: EPERM: operation not permitted, rename '{}' -> '{}.old'",
    "error: failed to remove file `{}`: Access is denied. (os error 5)",
    "java.nio.file.FileSystemException: {}: " + IN_USE,
    "Could not delete '{}': Access is denied.",
    "riga: cannot replace '{}': " + IN_USE,
)


@pytest.mark.parametrize(("path", "refused"), list(product(PATHS, REFUSED)))
def test_a_name_with_an_apostrophe_is_whole(path: str, refused: str) -> None:
    found = classify_text(refused.format(path, path, doubled=path.replace("\\", "\\\\")), knowledge=KNOWLEDGE)
    assert found.match is not None
    assert found.match.path == path
    assert found.category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("key", ["  msg", "msg", "  - stderr"])
def test_a_text_that_yaml_has_quoted(key: str) -> None:
    said = r"Error removing file: Access to the path 'C:\app\a.dll' is denied."
    for line in (f"{key}: {said}", f"{key}: '" + said.replace("'", "''") + "'"):
        found = classify_text(f"fatal: [win-1]: FAILED! =>\n  changed: false\n{line}\n", knowledge=KNOWLEDGE)
        assert found.match is not None
        assert (found.category, found.match.path) == (Category.ANTIVIRUS_LOCK, r"C:\app\a.dll")
