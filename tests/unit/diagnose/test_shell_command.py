"""What a command line works on, and whose refusal stands below it."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.shell_command import ShellCommand, command_in
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category

KNOWLEDGE = load_knowledge()
DENIED = ("Access is denied.", "Zugriff verweigert", "Accès refusé.")
HELD = "The process cannot access the file because it is being used by another process."
LOCK, RIGHTS, BLOCK = Category.ANTIVIRUS_LOCK, Category.PERMISSION, Category.ANTIVIRUS_BLOCK


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (r"D:\ws>copy /Y bin\a.dll out\ ".strip(), ("copy", r"D:\ws\bin\a.dll", r"D:\ws\out\a.dll")),
        (r'D:\ws>copy "D:\my ws\a.exe" "D:\out\b.exe"', ("copy", r"D:\my ws\a.exe", r"D:\out\b.exe")),
        (r"D:\ws>xcopy /y /e bin out\ ".strip(), ("copy", r"D:\ws\bin", "D:\\ws\\out\\")),
        (r"D:\ws>cl a.c && copy /y a.exe dist\a.exe", ("copy", r"D:\ws\a.exe", r"D:\ws\dist\a.exe")),
        (r"D:\ws>ren a.tmp a.exe", ("rename", r"D:\ws\a.tmp", r"D:\ws\a.exe")),
        (r"D:\ws>move /Y stage\a dist\a >nul", ("move", r"D:\ws\stage\a", r"D:\ws\dist\a")),
        (r"D:\ws>if exist out rd /s /q out", ("remove", r"D:\ws\out", None)),
        ("  cmd: 'rd /s /q \"C:\\ws\\a\"',", ("remove", r"C:\ws\a", None)),
        (r"D:\ws>(del /f /q out\a.exe)", ("remove", r"D:\ws\out\a.exe", None)),
        (r"D:\ws>md out", ("create", r"D:\ws\out", None)),
        (r"D:\ws>attrib +r out\a.txt", ("chmod", r"D:\ws\out\a.txt", None)),
        (r"D:\ws>tool.exe --dump 1>out\d.txt 2>&1", ("write", r"D:\ws\out\d.txt", None)),
        (r"PS D:\ws> Remove-Item -Recurse -Force out", ("remove", r"D:\ws\out", None)),
        (r"+ Move-Item D:\s\a -Destination D:\d\a", ("move", r"D:\s\a", r"D:\d\a")),
        (r"rmdir /s /q build\out", ("remove", r"build\out", None)),
        (r"$ mv a.tmp dist/a.exe", ("move", "a.tmp", "dist/a.exe")),
        ("Copy all files to the drop", None),
        ("copying a.dll to out", None),
        (r"D:\ws>copy", None),
        (r"D:\ws>echo done", None),
        ("", None),
    ],
)
def test_the_command_of_a_line(line: str, command: tuple[str, str, str | None] | None) -> None:
    assert command_in(line) == (ShellCommand(*command) if command else None)


def test_msbuild_shows_the_command_in_quotes() -> None:
    line = (
        r"a.targets(155,5): error MSB3073: The command "
        r'"copy /Y "D:\ws\x64\a.dll" "D:\ws\out\a.dll" [D:\ws\a.vcxproj]'
    )
    assert command_in(line) == ShellCommand("copy", r"D:\ws\x64\a.dll", r"D:\ws\out\a.dll")


@pytest.mark.parametrize("denied", DENIED)
@pytest.mark.parametrize(
    ("command", "category", "path"),
    [
        (r"copy /Y a.exe dist\a.exe", LOCK, r"D:\ws\dist\a.exe"),
        (r"xcopy /y a.exe dist\ ".strip(), LOCK, r"D:\ws\dist\a.exe"),
        (r"move /Y a.tmp dist\a.exe", LOCK, r"D:\ws\a.tmp"),
        (r"ren a.tmp a.exe", LOCK, r"D:\ws\a.tmp"),
        (r"rd /s /q out", LOCK, r"D:\ws\out"),
        (r"md out", LOCK, r"D:\ws\out"),
        (r"copy /Y a.dll %windir%\System32", RIGHTS, None),
        (r'md "C:\Program Files\Riga"', RIGHTS, None),
        (r"copy /Y a.zip \\files\drop\a.zip", RIGHTS, None),
        (r"net stop RigaSvc", RIGHTS, None),
        (r"sc.exe start RigaSvc", RIGHTS, None),
        (r"reg add HKLM\Software\Riga /v Path /d C:\riga /f", RIGHTS, None),
        (r"schtasks /create /tn Riga /tr C:\riga\riga.exe /sc daily", RIGHTS, None),
        (r"takeown /f C:\riga\a.dll", RIGHTS, None),
        (r"mklink /J C:\riga D:\ws\out", RIGHTS, None),
        (r"taskkill /f /im riga.exe", RIGHTS, None),
        (r"out\riga.exe --version", BLOCK, None),
        (r'"D:\ws\out\riga.exe" /selftest', BLOCK, None),
        (r'start /wait "" out\setup.exe /S', BLOCK, None),
    ],
)
def test_whose_refusal_it_is(command: str, category: Category, path: str | None, denied: str) -> None:
    found = classify_text(f"D:\\ws>{command}\n{denied}\n", knowledge=KNOWLEDGE)
    assert found.category is category
    assert path is None or (found.match is not None and found.match.path == path)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (r"copy /Y a.exe dist\a.exe", r"D:\ws\a.exe"),
        (r"move a.tmp dist\a.exe", r"D:\ws\a.tmp"),
        (r"ren stage out", r"D:\ws\stage"),
        (r"rd /s /q out", r"D:\ws\out"),
        (r"tool.exe > out\d.txt", r"D:\ws\out\d.txt"),
    ],
)
def test_which_file_is_held(command: str, path: str) -> None:
    found = classify_text(f"D:\\ws>{command}\n{HELD}\n", knowledge=KNOWLEDGE)
    assert found.category is LOCK
    assert found.match is not None
    assert found.match.path == path


@pytest.mark.parametrize("denied", DENIED)
@pytest.mark.parametrize(
    "counted", ["0 file(s) copied.", "0 File(s) copied", "0 Datei(en) kopiert.", "0 file(s) moved."]
)
def test_what_is_counted_below_tells_of_a_copy(denied: str, counted: str) -> None:
    assert classify_text(f"{denied}\n        {counted}\n", knowledge=KNOWLEDGE).category is LOCK
    assert classify_text(f"{denied}\n", knowledge=KNOWLEDGE).category is RIGHTS


def test_a_copy_that_went_well_was_not_refused() -> None:
    text = "D:\\ws>copy /y a.exe dist\\a.exe\n        1 file(s) copied.\nAccess is denied.\n"
    assert classify_text(text, knowledge=KNOWLEDGE).category is RIGHTS
