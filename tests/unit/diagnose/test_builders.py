"""What MSBuild and .NET say in any language and at a terminal; and what the servers of CI say."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis

KNOWLEDGE = load_knowledge()
DEEP = "C:\\ws\\" + "\\".join(["generated" * 4] * 7) + "\\a.g.cs"
NO_PART = (
    "Could not find a part of the path '{}'.",
    'Ein Teil des Pfades "{}" konnte nicht gefunden werden.',
    "Impossible de trouver une partie du chemin d'accès '{}'.",
    'No se puede encontrar una parte de la ruta de acceso "{}".',
    "Impossibile trovare una parte del percorso '{}'.",
    "Não foi possível localizar uma parte do caminho '{}'.",
    "Nie można odnaleźć części ścieżki „{}”.",
    "Не удалось найти часть пути '{}'.",  # noqa: RUF001
    "未能找到路径“{}”的一部分。",
    "找不到路徑 '{}' 的一部分。",
    "パス '{}' の一部が見つかりませんでした。",
    "'{}' 경로의 일부를 찾을 수 없습니다.",
    "'{}' yolunun bir parçası bulunamadı.",  # noqa: RUF001
    "Nelze nalézt část cesty {}.",
)
HELD = "The process cannot access the file 'D:\\ws\\bin\\a.dll' because it is being used by another process."
COPY = 'warning MSB3026: Could not copy "obj\\a.dll" to "D:\\ws\\bin\\a.dll". Beginning retry 1 in 1000ms.'


def diagnosis(text: str, program: str = "dotnet") -> Diagnosis:
    return classify_text(text, argv=(program, "build"), knowledge=KNOWLEDGE)


@pytest.mark.parametrize("words", NO_PART)
@pytest.mark.parametrize(
    "message",
    [
        "CSC : error CS0016: Could not write to output file '{path}' -- '{words}'",
        "Unhandled exception. System.IO.DirectoryNotFoundException: {words}",
        'D:\\sdk\\a.targets(3,5): error MSB3491: Could not write lines to file "{path}". {words}',
    ],
)
def test_a_part_of_a_path_that_is_too_long(message: str, words: str) -> None:
    assert diagnosis(message.format(path=DEEP, words=words.format(DEEP))).category is Category.PATH_TOO_LONG


@pytest.mark.parametrize("words", NO_PART)
def test_a_part_of_a_path_that_is_missing(words: str) -> None:
    found = diagnosis(f"Unhandled exception. System.IO.IOException: {words.format('C:/ws/out/a.cs')}")
    assert found.category is Category.CONFIGURATION


@pytest.mark.parametrize("end", ["  app failed with errors (13.2s)", "Build failed with 1 error(s) in 14.0s"])
def test_only_the_warnings_say_who_holds_the_file(end: str) -> None:
    sdk = "D:\\sdk\\Microsoft.Common.CurrentVersion.targets(4787,5): "
    held_by = 'The file is locked by: ".NET Host (19284)" [D:\\ws\\a.csproj]'
    assert diagnosis(f"{sdk}{COPY} {HELD} [D:\\ws\\a.csproj]\n{end}").category is Category.ANTIVIRUS_LOCK
    assert diagnosis(f"{sdk}{COPY} {HELD} {held_by}\n{end}").category is Category.FILE_IN_USE
    passed = diagnosis(f"{sdk}{COPY} {HELD} {held_by}\n  app succeeded (3.1s)")
    assert passed.category is Category.UNKNOWN


@pytest.mark.parametrize(
    ("side", "path"),
    [("input", "C:/ws/CMakeTmp/cmTC_1.exe"), ("output", "C:/ws/getarch.exe")],
)
def test_cmake_says_which_file_was_refused(side: str, path: str) -> None:
    found = diagnosis(
        "CMake Error at a.cmake:12 (try_compile):\n  Cannot copy output executable\n\n"
        "    'C:/ws/CMakeTmp/cmTC_1.exe'\n\n  to destination specified by COPY_FILE:\n\n"
        f"    'C:/ws/getarch.exe'\n\n  because:\n\n    Permission denied ({side})\n",
        "cmake",
    )
    assert found.match is not None
    assert (found.category, found.match.path) == (Category.ANTIVIRUS_LOCK, path)


@pytest.mark.parametrize("program", ["dpkg", "rsync", "/usr/bin/ld", "x86_64-w64-mingw32-ld.exe", "a.c:3:5"])
@pytest.mark.parametrize(
    "words",
    [
        "unable to delete old directory '/etc/a/b': Directory not empty",
        "cannot remove '/ws/a.tmp': Permission denied",
    ],
)
def test_a_warning_of_any_program_is_lived_through(program: str, words: str) -> None:
    text = f"Preparing to unpack a.deb ...\n{program}: {{}}: {words}\nSetting up a (2.0) ...\n"
    assert diagnosis(text.format("warning")).category is Category.UNKNOWN
    assert diagnosis(text.format("error")).category is not Category.UNKNOWN


@pytest.mark.parametrize(
    "words",
    [
        "The self-hosted runner: win-7 lost communication with the server.",
        "##[error]We stopped hearing from agent win-7. Verify the agent machine is running.",
        "FATAL: Remote call on win-7 failed. The channel is closing down or has closed down",
        "Agent win-7 was disconnected during the build",
        "ERROR: Issue with creating launcher for agent win-7. The agent win-7 seems to be removed or offline",
    ],
)
def test_an_agent_that_was_lost(words: str) -> None:
    assert diagnosis(words).category is Category.NETWORK


@pytest.mark.parametrize("words", ["Cannot open {} for output", "Could not create file '{}' for writing."])
def test_an_output_that_cannot_be_opened_for_no_reason(words: str) -> None:
    held = diagnosis(words.format("D:/ws/dist/Qt6Core.dll"), "windeployqt")
    assert held.match is not None
    assert (held.category, held.match.path) == (Category.ANTIVIRUS_LOCK, "D:/ws/dist/Qt6Core.dll")
    reason = words.format("D:/ws/dist/Qt6Core.dll").rstrip(".") + ": No such file or directory"
    assert diagnosis(reason, "windeployqt").category is not Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("words", ["Unable to delete file '{}'", "Could not delete path '{}'."])
@pytest.mark.parametrize(
    ("cause", "category"),
    [
        ("", Category.FILE_IN_USE),
        (
            "java.nio.file.FileSystemException: {}: The process cannot access the file",
            Category.ANTIVIRUS_LOCK,
        ),
        ("java.nio.file.AccessDeniedException: {}", Category.ANTIVIRUS_LOCK),
        ("java.io.IOException: There is not enough space on the disk", Category.DISK_FULL),
    ],
)
def test_a_cause_below_says_why_gradle_could_not_delete(words: str, cause: str, category: Category) -> None:
    file = r"D:\ws\build\kotlin\state.bin"
    text = f"Execution failed for task ':riga'.\n> java.io.IOException: {words.format(file)}"
    below = f"\nCaused by: {cause.format(file)}" if cause else ""
    assert diagnosis(text + below, "gradle").category is category


@pytest.mark.parametrize("state", ["in use", "currently in use", "locked", "already being used"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_file_that_is_said_to_be_in_use(quote: str, state: str) -> None:
    words = f"riga: the target file {quote}D:\\ws\\riga.exe{quote} is {state}"
    for end in (".", " and cannot be written to.", " by another process."):
        assert diagnosis(words + end, "ilmerge").category is Category.ANTIVIRUS_LOCK
    assert diagnosis(words + " by riga (4120).", "ilmerge").category is not Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("before", ["", "rebuilding 'build.ninja': "])
def test_ninja_could_not_write_its_log(before: str) -> None:
    words = f"ninja: error: {before}failed recompaction: Permission denied"
    assert diagnosis(words, "ninja").category is Category.ANTIVIRUS_LOCK


def test_a_runner_that_warns_of_its_disk() -> None:
    warning = "##[warning]You are running out of disk space. Free space left: 12 MB\n"
    assert diagnosis(warning + "##[error]Process completed with exit code 1.").category is Category.DISK_FULL
    assert diagnosis(warning + "Build succeeded.").category is Category.UNKNOWN
