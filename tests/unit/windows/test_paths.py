r"""Long paths get the prefix `\\?\` and lose it again for people, on every system the same."""

import pytest

from ci_guard.windows.paths import extended, plain, shown

LONG = "\\".join(["folder"] * 40)
PAIRS = [
    (f"C:\\{LONG}", f"\\\\?\\C:\\{LONG}"),
    (f"\\\\server\\share\\{LONG}", f"\\\\?\\UNC\\server\\share\\{LONG}"),
]


@pytest.mark.parametrize(("path", "prefixed"), PAIRS)
def test_a_long_path_gets_the_prefix_and_loses_it(path, prefixed):
    assert extended(path, "win32") == prefixed
    assert extended(prefixed, "win32") == prefixed
    assert plain(prefixed) == path
    assert extended(path, "linux") == path


def test_behind_the_prefix_a_path_has_no_detours():
    assert extended(f"C:/{LONG}\\..\\x/y", "win32") == f"\\\\?\\C:\\{LONG.removesuffix('folder')}x\\y"


@pytest.mark.parametrize(
    "path", [r"C:\a\b.exe", "a.exe", r"..\a", r"\\server\share\a", r"\\.\pipe\x", r"\\?\C:\a", "C:a", ""]
)
def test_short_paths_stay_as_they_are(path):
    assert extended(path, "win32") == path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (r"\\?\C:\a\b", r"C:\a\b"),
        (r"\\?\UNC\server\share\a", r"\\server\share\a"),
        (r"\\?\Volume{1234}\a", r"\\?\Volume{1234}\a"),
        (r"\\.\pipe\a", r"\\.\pipe\a"),
        ("/usr/bin", "/usr/bin"),
    ],
)
def test_the_prefix_is_not_shown(path, shown):
    assert plain(path) == shown


def test_a_sentence_shows_plain_paths():
    assert shown(r"`\\?\C:\a` and `\\?\UNC\s\t`") == r"`C:\a` and `\\s\t`"
