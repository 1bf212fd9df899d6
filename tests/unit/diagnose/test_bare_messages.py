"""What a bare message is about: the running program, the folder in the way, the file of the line above."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.model.category import Category, System
from unit.diagnose.verdict import KNOWLEDGE, category

LOCK, IN_USE = Category.ANTIVIRUS_LOCK, Category.FILE_IN_USE


def test_git_cannot_replace_itself() -> None:
    asked = "Unlink of file '{}' failed. Should I try again? (y/n)"
    assert category(asked.format("tools/Git/cmd/git.exe"), "git checkout main") is IN_USE
    assert category(asked.format("tools/cmd/riga.exe"), "git checkout main") is LOCK


@pytest.mark.parametrize(
    "message",
    [
        "OSError: [Errno 66] Directory not empty: 'build/a.app/locales' -> 'build/a.app/Contents/locales'",
        "mv: rename build/locales to build/a.app/locales: Directory not empty (os error 66)",
    ],
)
def test_a_folder_with_files_in_the_way_of_a_renaming_stays(message: str) -> None:
    assert category(message) in (Category.CONFIGURATION, Category.UNKNOWN)
    assert category("OSError: [Errno 41] Directory not empty: 'C:\\\\ws\\\\build\\\\locales'") is LOCK


@pytest.mark.parametrize(
    "line", ["Fatal error: Unable to commit changes", "  Fatal error: Unable to commit changes"]
)
def test_the_words_of_the_resource_editor_are_known_without_its_name(line: str) -> None:
    assert category(f"[riga] Setting the icon\n{line}\n") is LOCK
    assert category("error: Unable to commit changes to the branch\n") is not LOCK


@pytest.mark.parametrize(
    "above",
    [
        r"Add resource SCRIPT/1(2393 bytes) to dist\hello.exe",
        r"Patching dist\hello.exe",
        r"Signing dist\hello.exe",
        r"Embedding manifest in dist\hello.exe",
    ],
)
def test_the_program_named_above_is_the_one_that_was_refused(above: str) -> None:
    words = "error: [WinError 110] The system cannot open the device or file specified."
    found = classify_text(f"running build\n{above}\n{words}\n", knowledge=KNOWLEDGE)
    assert found.category is LOCK
    assert found.match is not None
    assert found.match.path == r"dist\hello.exe"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (r"C:\\conda\\python.exe", IN_USE),
        (r"C:\\conda\\Scripts\\python.exe", IN_USE),
        (r"C:\\conda\\envs\\riga\\python.exe", LOCK),
        (r"C:\\conda\\conda-bld\\riga_1\\_h_env\\python.exe", LOCK),
        (r"C:\\ws\\.venv\\Scripts\\python.exe", LOCK),
    ],
)
def test_an_environment_inside_another_has_a_python_of_its_own(file: str, expected: Category) -> None:
    frame = '  File "C:\\conda\\lib\\shutil.py", line 1, in rmtree\n    os.unlink(a)\n'
    stack = f"Traceback (most recent call last):\n{frame}"
    assert category(f"{stack}PermissionError: [WinError 5] Access is denied: '{file}'\n") is expected


@pytest.mark.parametrize(
    ("line", "program", "operation"),
    [
        ("sh: 1: tsc: Permission denied", "tsc", "exec"),
        ("sh: 1: node_modules/.bin/tsc: Permission denied", "node_modules/.bin/tsc", "exec"),
        ("/bin/sh: 1: vendor/bin/riga: Permission denied", "vendor/bin/riga", "exec"),
        ("/bin/sh: line 1: vendor/bin/riga: Permission denied", "vendor/bin/riga", "exec"),
        ("bash: line 1: vendor/bin/riga: Permission denied", "vendor/bin/riga", None),
        ("/usr/bin/bash: line 12: out.txt: Permission denied", "out.txt", None),
        ("sh: 1: cannot create out.txt: Permission denied", "out.txt", "create"),
    ],
)
def test_what_a_shell_may_not_run_is_named(line: str, program: str, operation: str | None) -> None:
    for text in (line, f"make: entering\n{line}\nmake: *** [Makefile:2: all] Error 126"):
        found = classify_text(text, knowledge=KNOWLEDGE, system=System.LINUX)
        assert found.match is not None
        assert (found.match.path, found.match.operation) == (program, operation)
        assert found.category is Category.PERMISSION


def test_sed_cannot_replace_what_is_mounted() -> None:
    found = classify_text("sed: cannot rename /etc/sedk3Ab1x: Device or resource busy", knowledge=KNOWLEDGE)
    assert found.category is Category.CONFIGURATION
    assert "mounted" in found.advice[0]


@pytest.mark.parametrize("behind", ["", " - files in dir: []", " - files in dir: [{path}\\\\b.dll]"])
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\jenkins\workspace\riga\target\a.jar", LOCK),
        (r"c:\jenkins slave\ws\riga", LOCK),
        ("/var/lib/jenkins/workspace/riga/a", Category.PERMISSION),
    ],
)
def test_an_old_jenkins_names_what_it_could_not_delete(path: str, expected: Category, behind: str) -> None:
    found = classify_text(
        f"ERROR: Failed to clean the workspace\njava.io.IOException: Unable to delete {path}{behind}\n"
        "\tat hudson.Util.deleteFile(Util.java:238)\n",
        knowledge=KNOWLEDGE,
    )
    assert found.match is not None
    assert (found.category, found.match.path) == (expected, path)


@pytest.mark.parametrize("action", ["open", "unlink", "mkdir"])
def test_the_path_that_tar_escapes_is_the_file(action: str) -> None:
    escaped = r"C\:\\Users\\ci\\AppData\\Local\\pip\\Cache/http/a"
    found = classify_text(f"/usr/bin/tar: {escaped}: Cannot {action}: Permission denied", knowledge=KNOWLEDGE)
    assert found.match is not None
    assert (found.category, found.match.path) == (LOCK, r"C:\Users\ci\AppData\Local\pip\Cache/http/a")
