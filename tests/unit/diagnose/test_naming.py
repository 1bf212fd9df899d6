"""Which file a message is about, and where it was to go."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.naming import files_named
from ci_guard.diagnose.reading import read
from unit.diagnose.verdict import KNOWLEDGE


@pytest.mark.parametrize(
    ("words", "line"),
    [
        # the paths stand within the words that were found, behind them, and before them
        ('failed to copy "/a/one.whl" to "/b/two.whl"', 'failed to copy "/a/one.whl" to "/b/two.whl"'),
        ("failed to copy", 'failed to copy "/a/one.whl" to "/b/two.whl"'),
        ("is denied", 'copying "/a/one.whl" to "/b/two.whl" is denied'),
    ],
)
def test_a_message_names_where_the_file_was_to_go(words: str, line: str) -> None:
    reading = read(f"begun\n{line}\nended\n")
    start = reading.text.index(words)
    named = files_named(reading, start, start + len(words))
    assert (named.path, named.target) == ("/a/one.whl", "/b/two.whl")


@pytest.mark.parametrize(
    ("below", "path"),
    [
        ("A complete log of this run can be found in: /home/ci/.npm/_logs/1-debug-0.log", None),
        ("Full log written to C:\\ci\\setup.log", None),
        ("Cannot remove C:\\ci\\setup.log", "C:\\ci\\setup.log"),
        ("Could not open C:\\ci\\log\\setup.txt", "C:\\ci\\log\\setup.txt"),
    ],
)
def test_where_more_can_be_read_is_no_refused_file(below: str, path: str | None) -> None:
    words = "the file is locked"
    reading = read(f"begun\n{words}\n{below}\n")
    start = reading.text.index(words)
    assert files_named(reading, start, start + len(words)).path == path


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('level=ERROR msg="cannot replace it" src=C:\\ws\\a.dll dst=C:\\ws\\b.dll err="{}"', "C:\\ws\\a.dll"),
        ("cannot rename path ({}); from=C:\\ws\\fp; to=C:\\ws\\old", "C:\\ws\\fp"),
        ("unlink failed path=/srv/ws/a.so: {}", "/srv/ws/a.so"),
        ("Error: {}: riga.exe", "riga.exe"),
        ("Cannot delete old riga.dll: {}", "riga.dll"),
        ("Error: {}: riga.example", None),
        ("fs: failed to rename directory c:\\ws\\0\\5coM - {}", "c:\\ws\\0\\5coM"),
    ],
)
def test_where_a_path_or_a_mere_name_stands(line: str, path: str | None) -> None:
    words = "Access is denied."
    reading = read(line.format(words) + "\n")
    start = reading.text.index(words)
    assert files_named(reading, start, start + len(words)).path == path


@pytest.mark.parametrize(
    ("log", "path"),
    [
        (
            "rm: cannot remove 'D:/ws/out/a.dll': Permission denied\n"
            "rm: cannot remove 'D:/ws/out': Directory not empty",
            "D:/ws/out/a.dll",
        ),
        (
            "java.nio.file.FileSystemException: D:\\ws\\out\\a.exe: The process cannot access the file "
            "because it is being used by another process\n"
            "Suppressed: java.nio.file.DirectoryNotEmptyException: D:\\ws\\out",
            "D:\\ws\\out\\a.exe",
        ),
        ("rm: cannot remove 'D:/ws/out': Directory not empty", "D:/ws/out"),
    ],
)
def test_a_folder_is_kept_by_the_file_in_it(log: str, path: str) -> None:
    found = classify_text(log + "\n", knowledge=KNOWLEDGE).match
    assert found is not None
    assert found.path == path
