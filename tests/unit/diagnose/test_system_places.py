"""Names that no lock explains: links and devices of the system, and names that it does not allow."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System

KNOWLEDGE = load_knowledge()
LOCK, CONFIGURATION, PERMISSION = Category.ANTIVIRUS_LOCK, Category.CONFIGURATION, Category.PERMISSION
PYTHON = r"PermissionError: [WinError 5] Access is denied: '{}'"
NODE = "Error: EPERM: operation not permitted, scandir '{}'"
RUBY = "Errno::EACCES: Permission denied - {}"
ON_WINDOWS = {
    r"C:\Documents and Settings": PERMISSION,
    r"C:\Users\All Users": PERMISSION,
    r"C:\Users\ci\Documents\My Music": PERMISSION,
    r"C:\Users\ci\AppData\Local\Application Data": PERMISSION,
    r"C:\ProgramData\Desktop": PERMISSION,
    r"C:\riga.log": PERMISSION,
    r"C:\Users\ci\.dotnet\9.0.100.toolpath.sentinel": PERMISSION,
    r"C:\.xml": PERMISSION,
    r"C:\b\riga.log": LOCK,
    r"D:\riga.log": LOCK,
    r"D:\System Volume Information": PERMISSION,
    r"C:\ws\Documents and Settings\riga.exe": LOCK,
    r"C:\Users\ci\AppData\Local\riga\riga.exe": LOCK,
    "/c/Program Files/riga/riga.exe": PERMISSION,
    "/cygdrive/c/Windows/riga.exe": PERMISSION,
    "/c/ws/riga/riga.exe": LOCK,
    r"C:\ws\ProgramData.exe": LOCK,
}
DAEMONS = (
    r"C:\ws\.nx\workspace-data\d\daemon.log",
    r"C:\ws\.turbo\daemon\1a2b.log",
    r"C:\Users\ci\.gradle\daemon\8.5\daemon-4711.out.log",
    r"C:\Users\ci\_bazel_ci\0123456789abcdef0123456789abcdef\java.log",
)
DEVICES = {
    "e:/dev/null": CONFIGURATION,
    "C:/dev/stdout": CONFIGURATION,
    "e:/dev/null.txt": LOCK,
    "e:/ws/dev/nulls/riga.exe": LOCK,
    "C:/ws/obj/nul": CONFIGURATION,
    "C:/ws/docs/Con.md": CONFIGURATION,
    "C:/ws/aux.c": CONFIGURATION,
    "C:/ws/out/COM1": CONFIGURATION,
    "C:/ws/console.exe": LOCK,
    "C:/ws/com10.exe": LOCK,
    "C:/ws/nul/riga.exe": LOCK,
    "C:/ws/.svn/text-base/riga.cs.svn-base": PERMISSION,
    "C:/ws/.svn/pristine/ab/ab12.svn-base": PERMISSION,
    "C:/ws/.svn/wc.exe": LOCK,
}
OF_ANOTHER_SYSTEM = {
    "/C:/Users/ci/riga.txt": True,
    "/d:\\ws\\riga.txt": True,
    "/c/ws/riga.exe": False,
    "C:/ws/riga.exe": False,
}
NAMES = {
    'notes/Reaction to "Prime Air".ipynb': CONFIGURATION,
    "what?.txt": CONFIGURATION,
    "a/star*.md": CONFIGURATION,
    "a|b.txt": CONFIGURATION,
}


@pytest.mark.parametrize("form", [PYTHON, NODE])
@pytest.mark.parametrize(("path", "category"), ON_WINDOWS.items())
def test_what_windows_keeps_to_itself(path: str, category: Category, form: str) -> None:
    shown = path.replace("\\", "\\\\") if form is PYTHON else path
    found = classify_text(form.format(shown), knowledge=KNOWLEDGE, system=System.WINDOWS)
    assert found.category is category


@pytest.mark.parametrize("operation", ["unlink", "lstat"])
@pytest.mark.parametrize("path", DAEMONS)
def test_a_daemon_keeps_its_log_whatever_is_tried(path: str, operation: str) -> None:
    text = f"Error: EPERM: operation not permitted, {operation} '{path}'"
    assert classify_text(text, knowledge=KNOWLEDGE).category is Category.FILE_IN_USE


@pytest.mark.parametrize("name", ["package.json", "yarn.lock", "go.sum"])
@pytest.mark.parametrize("ending", ["1006840457", "tmp12ab"])
def test_a_mounted_list_cannot_be_replaced(name: str, ending: str) -> None:
    made = f"/srv/app/{name}.{ending}"
    text = (
        f"8 verbose stack Error: EBUSY: resource busy or locked, rename '{made}' -> '/srv/app/{name}'\n"
        f"14 error path {made}\n15 error code EBUSY\n16 error errno -16\n17 error syscall rename"
    )
    assert classify_text(text, knowledge=KNOWLEDGE).category is CONFIGURATION


@pytest.mark.parametrize(("path", "category"), DEVICES.items())
def test_devices_that_windows_does_not_have(path: str, category: Category) -> None:
    found = classify_text(RUBY.format(path), knowledge=KNOWLEDGE, system=System.WINDOWS)
    assert found.category is category


@pytest.mark.parametrize(("path", "is_told"), OF_ANOTHER_SYSTEM.items())
def test_a_drive_below_the_root(path: str, is_told: bool) -> None:
    text = f"PermissionError: [Errno 13] Permission denied: '{path}'"
    found = classify_text(text, knowledge=KNOWLEDGE, system=System.LINUX)
    assert (found.category is CONFIGURATION) is is_told


@pytest.mark.parametrize("asked", ["", "Rename from 'a.tmp' to 'a' failed. Should I try again? (y/n) y\n"])
@pytest.mark.parametrize("form", ["{} (Invalid argument)", "{}: Invalid argument"])
@pytest.mark.parametrize(("name", "category"), NAMES.items())
def test_names_that_windows_does_not_allow(name: str, category: Category, form: str, asked: str) -> None:
    text = f"{asked}error: unable to create file {form.format(name)}"
    assert classify_text(text, knowledge=KNOWLEDGE, argv=("git", "clone", "x")).category is category


@pytest.mark.parametrize(
    ("script", "category"), [("t", CONFIGURATION), ("bin/tools", CONFIGURATION), ("t/basic.pl", None)]
)
def test_a_folder_that_perl_is_given_as_a_script(script: str, category: Category | None) -> None:
    text = f'Can\'t open perl script "{script}": Permission denied'
    assert (classify_text(text, knowledge=KNOWLEDGE).category is CONFIGURATION) is (category is CONFIGURATION)


@pytest.mark.parametrize(
    ("end", "retried"),
    [
        ('Warning: Failed to save: "tar.exe" failed with exit code 2', False),
        ("##[warning]Failed to restore: tar.exe failed with exit code 2", False),
        ("##[error]Process completed with exit code 2.", True),
    ],
)
def test_a_cache_that_is_not_saved_is_lived_through(end: str, retried: bool) -> None:
    text = (
        "/usr/bin/tar: C\\:/npm/cache/_logs/debug-0.log: Cannot open: Permission denied\n"
        "/usr/bin/tar: C\\:/npm/cache/_logs/debug-1.log: Cannot open: Permission denied\n"
        f"/usr/bin/tar: Exiting with failure status due to previous errors\n{end}\n"
    )
    found = classify_text(text, knowledge=KNOWLEDGE, system=System.WINDOWS)
    assert (found.category in (LOCK, PERMISSION)) is retried


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\Users\ci\AppData\Local\Temp\go-build105336363", PERMISSION),
        (r"C:\Users\ci\AppData\Local\Temp\npm-5120-3fa9c01b", PERMISSION),
        (r"C:\Windows\Temp\tmpk3j2h1x9", PERMISSION),
        (
            r"C:\Users\ci\AppData\Local\Temp\riga",
            LOCK,
        ),  # may be one that somebody still has open, and is going
        (r"C:\ws\node_modules", LOCK),
    ],
)
def test_nobody_holds_a_folder_whose_name_was_made_up_just_now(path: str, expected: Category) -> None:
    for words in (
        f"mkdir {path}: Access is denied.",
        f"Error: EPERM: operation not permitted, mkdir '{path}'",
    ):
        assert classify_text(words, knowledge=KNOWLEDGE).category is expected


@pytest.mark.parametrize(
    "words",
    [
        "Error: EPERM: operation not permitted, mkdir '{}'",
        "    mkdir(name, mode)\nPermissionError: [WinError 5] Access is denied: '{}'",
        "mkdir {}: Access is denied.",
        "System.UnauthorizedAccessException: Access to the path '{}' is denied.\n"
        "   at System.IO.Directory.CreateDirectory(String path)",
        "java.nio.file.AccessDeniedException: {}\n"
        "\tat sun.nio.fs.WindowsFileSystemProvider.createDirectory(WindowsFileSystemProvider.java:509)",
        "error: failed to create directory `{}`: Access is denied. (os error 5)",
    ],
)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\source", PERMISSION),
        (r"C:\Users\ci\.m2\mvnd", PERMISSION),
        (r"C:\Users\ci\.android", PERMISSION),
        (r"C:\ws\dist", LOCK),  # which may have been removed just before
        (r"C:\Users\ci\.venv\Lib", LOCK),
    ],
)
def test_a_folder_that_is_not_there_yet(words: str, path: str, expected: Category) -> None:
    assert classify_text(words.format(path), knowledge=KNOWLEDGE).category is expected


@pytest.mark.parametrize(
    "words", ["Error: EPERM: operation not permitted, mkdir '{}'", "mkdir {}: Access is denied."]
)
def test_nobody_makes_a_drive(words: str) -> None:
    assert classify_text(words.format("K:\\"), knowledge=KNOWLEDGE).category is CONFIGURATION
