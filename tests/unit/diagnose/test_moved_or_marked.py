"""What no waiting ends though it looks like a lock: a move to another drive, and git's read-only objects."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from unit.diagnose.verdict import category

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
SOURCE = "E:/b/pkg/riga.exe"
MOVES = [
    "file RENAME failed to rename\n\n    {a}\n\n  to\n\n    {b}\n\n  because: {w}",
    'CMake Error: failed to rename "{a}" to "{b}": {w}',
    "error: failed to move\n  {a}\nto\n  {b}\n{w}",
    "Could not move file\n{a}\nto\n{b}\n\nReason: {w}",
    "Rename failed\n  from: {a}\n  to:   {b}\n  {w}",
    "mv: cannot move '{a}' to '{b}': {w}",
    "rename({a},{b}): {w}",
]
WHERE = [
    r"{}\a\.git\objects\pack\pack-c3bf961b7416d845.pack",
    r"{}\a\.git\objects\2a\8328930a7c4b3eca",
    r"{}\.git\modules\lib\objects\pack\pack-c3bf961b7416d845.idx",
    r"{}\riga-2a51b9.git\objects\pack\pack-c3bf961b7416d845.rev",
]
KEEP_THE_MARK = [
    '{p}: removeDirectoryRecursive:removeFile:DeleteFile "{d}": permission denied (Access is denied.)',
    'removePathRecursive:DeleteFile\n"{d}":\npermission denied (Zugriff verweigert.)',
    "java.nio.file.AccessDeniedException: {p}\n\tat java.base/java.nio.file.Files.delete(Files.java:1141)",
    "PermissionError: [WinError 5] Access is denied: '{d}'",
    "System.UnauthorizedAccessException: Access to the path '{p}' is denied.",
    'Der Zugriff auf den Pfad "{p}" wurde verweigert.',
    "{p}\nAccess is denied.",
]
TAKE_IT_AWAY = [
    "Unlink of file '{p}' failed. Should I try again? (y/n)",
    "Error: EPERM: operation not permitted, unlink '{d}'",
    "unlinkat {p}: Access is denied.",
    "Errno::EACCES: Permission denied @ apply2files - {p}",
    "{p} - Access is denied.",
]


@pytest.mark.parametrize("form", MOVES)
def test_a_move_to_another_drive(form: str) -> None:
    beyond, here = "C:/tools/riga.exe", "E:/tools/riga.exe"
    assert category(form.format(a=SOURCE, b=beyond, w="Improper link")) is Category.CONFIGURATION
    folder = form.format(a="E:/b/stage", b="C:/tools/stage", w="Permission denied")
    assert category(folder) is Category.CONFIGURATION
    found = classify_text(form.format(a=SOURCE, b=here, w="Access is denied."), knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == SOURCE


@pytest.mark.parametrize("form", MOVES[:2])
def test_a_move_without_a_reason(form: str) -> None:
    assert category(form.format(a=SOURCE, b="C:/tools/riga.exe", w="No error")) is Category.CONFIGURATION
    assert category(form.format(a=SOURCE, b="E:/tools/riga.exe", w="No error")) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("form", KEEP_THE_MARK)
def test_objects_of_git_that_are_read_only(form: str) -> None:
    for where in WHERE:
        path = where.format(r"D:\ws")
        assert category(form.format(p=path, d=path.replace("\\", "\\\\"))) is Category.PERMISSION
    other = r"D:\ws\a\build\riga.dll"
    assert category(form.format(p=other, d=other.replace("\\", "\\\\"))) is not Category.PERMISSION


@pytest.mark.parametrize("form", TAKE_IT_AWAY)
def test_who_takes_the_mark_away_meets_a_handle(form: str) -> None:
    path = WHERE[0].format(r"D:\ws")
    assert category(form.format(p=path, d=path.replace("\\", "\\\\"))) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("warning", "fatal"),
    [
        ("Warnung: ", "Schwerwiegend: Kein Git-Repository: {}"),
        ("avertissement : ", "fatal : ce n'est pas un dépôt git : {}"),
        ("advertencia: ", "fatal: no es un repositorio git: {}"),
        ("attenzione: ", "fatale: non è un repository git: {}"),
        ("предупреждение: ", "критическая ошибка: не найден git репозиторий: {}"),
        ("警告\uff1a", "致命错误\uff1a不是 git 仓库\uff1a{}"),
        ("varning: ", "ödesdigert: inte ett git-arkiv: {}"),
    ],
)
def test_git_in_other_languages(warning: str, fatal: str) -> None:
    for reason in ("Directory not empty", "Permission denied"):
        text = f"{warning}unable to rmdir 'lib/a': {reason}\n{fatal.format('lib/a/../.git/modules/a')}"
        assert category(text) is Category.CONFIGURATION
    word = fatal.split("{")[0].split(":")[0].split("\uff1a")[0].rstrip()
    held = f"{word}: unable to unlink old 'lib/a.dll': Invalid argument"
    assert category(held) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "end",
    [
        "Build step 'Execute Windows batch command' marked build as failure",
        "Error: Process completed with exit code 1.",
        "Command exited with code 1",
        "Process exited with code 1 (Step: Clean (Command Line))",
    ],
)
def test_a_clean_that_fails_says_it_in_a_warning(end: str) -> None:
    warning = "running git clean -xffd\nwarning: failed to remove build/a.yaml: Invalid argument\n"
    assert category(warning + end, "git clean -xffd") is Category.ANTIVIRUS_LOCK
    assert category(warning + "HEAD is now at 1a2b3c4 mend") is Category.UNKNOWN
    named = warning.replace("a.yaml", "nul")
    assert category(named + end, "git clean -xffd") is not Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("ld.exe: reopening riga.exe: Permission denied\nld.exe: final link failed: {}", "riga.exe"),
        ("ar.exe: libriga.a: {}", "libriga.a"),
        ("dlltool.exe: Unable to open output file: riga.dll.a: {}", "riga.dll.a"),
        (
            "Failed to rename temp file to cache file: a_1b.obj.tmp2c to a_1b.obj (errno 13: {})",
            "a_1b.obj.tmp2c",
        ),
        ("Renaming riga.exe.tmp to riga.exe failed: {}", "riga.exe.tmp"),
        (
            "cannot rename C:\\Documents and Settings\\ci\\a.exe to b.exe: {}",
            "C:\\Documents and Settings\\ci\\a.exe",
        ),
    ],
)
def test_files_of_windows_without_a_folder(text: str, path: str) -> None:
    found = classify_text(text.format("Permission denied"), knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == path


def test_a_volume_of_the_command_above() -> None:
    text = '+ hdiutil detach /Volumes/Riga\nhdiutil: couldn\'t eject "disk2" - Resource busy'
    found = classify_text(text, knowledge=KNOWLEDGE)
    assert found.match is not None
    assert found.match.path == "/Volumes/Riga"


def test_a_project_below_the_web_server() -> None:
    where = "C:\\inetpub\\riga\\vendor/composer/c2b443c4\\a\\a.zip"
    text = f"  Could not delete {where}:\n  This can be due to an antivirus or the Windows Search Indexer"
    assert category(text) is Category.ANTIVIRUS_LOCK
    assert category("Access to the path 'C:\\inetpub\\wwwroot\\a.dll' is denied.") is Category.PERMISSION
