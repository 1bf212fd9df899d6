"""On Windows a folder that is opened as a file is refused as a file is without rights; nobody holds it."""

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

FOLDERS = (r"C:\ws\lib", r"C:\ws\bin\..\lib", "D:/ws/src/main", r"C:\ws\my data")
READ = (
    "C:/mingw64/bin/ld.exe: cannot find {}: Permission denied\n"
    "collect2.exe: error: ld returned 1 exit status",
    "cc1plus.exe: fatal error: {}: Permission denied\ncompilation terminated.",
    "g++.exe: error: {}: Permission denied\ng++.exe: fatal error: no input files",
    "java.io.FileNotFoundException: {} (Access is denied)\n"
    "\tat java.base/java.io.FileInputStream.open0(Native Method)",
    'Exception in thread "main" java.io.FileNotFoundException: {} (Zugriff verweigert)',
    "    with open(src, 'rb') as fsrc:\nPermissionError: [Errno 13] Permission denied: '{}'",
    "    with open(src, 'rb') as fsrc:\n         ^^^^^^^^^^^^^^^\n"
    "PermissionError: [Errno 13] Permission denied: '{}'",
    "Errno::EACCES: Permission denied @ io_fread - {}",
    "Can't open '{}' for reading: Permission denied at a.pl line 3.",
    "file_get_contents({}): failed to open stream: Permission denied",
    "A problem occurred evaluating root project 'riga'.\n> {} (Access is denied)",
    "[ERROR] Failed to execute goal a.b:c:1:d (e) on project riga: {} (Zugriff verweigert) -> [Help 1]",
)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("words", READ)
def test_a_folder_that_is_read(words: str, folder: str) -> None:
    assert category(words.format(folder)) is Category.CONFIGURATION


@pytest.mark.parametrize("file", [r"C:\Program Files\Java\jdk-17\lib\security\cacerts", r"C:\Windows\riga"])
def test_a_folder_of_the_system_stays_a_matter_of_rights(file: str) -> None:
    assert category(f"java.io.FileNotFoundException: {file} (Access is denied)") is Category.PERMISSION


def test_a_library_that_is_a_folder() -> None:
    words = "C:/mingw64/bin/ld.exe: cannot find -lriga: Permission denied\ncollect2.exe: error: ld returned 1"
    assert category(words) is Category.CONFIGURATION


@pytest.mark.parametrize("folder", [r"C:\adb", r"D:\sdk\tools", r"D:\jdk-21.0"])
@pytest.mark.parametrize(
    "words",
    [
        'Cannot run program "{}" (in directory "C:\\ws"): CreateProcess error=5, Access is denied',
        'Cannot run program "{}": CreateProcess error=5, Accès refusé',
        "fork/exec {}: Access is denied.",
    ],
)
def test_a_folder_that_is_started(words: str, folder: str) -> None:
    ends = folder.endswith(".0")  # so might the name of a file
    assert (category(words.format(folder)) is Category.CONFIGURATION) is not ends
    assert category(words.format(folder + ".exe")) is not Category.CONFIGURATION
    script = "could not execute process `{}` (never executed)\n\nCaused by:\n  Access is denied. (os error 5)"
    assert category(script.format(folder)) is not Category.CONFIGURATION


@pytest.mark.parametrize("path", ["tools/gen", r"tools\gen"])
def test_a_program_that_is_started_from_here_may_be_named_without_its_ending(path: str) -> None:
    words = f'Cannot run program "{path}": CreateProcess error=5, Access is denied'
    assert category(words) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("words", READ)
def test_a_file_that_is_read(words: str) -> None:
    assert category(words.format(r"C:\ws\lib\core.dll")) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "words",
    [
        "java.io.FileNotFoundException: C:\\ws\\out\\tool (Access is denied)\n"
        "\tat java.base/java.io.FileOutputStream.open0(Native Method)",
        "Errno::EACCES: Permission denied @ rb_sysopen - C:/Ruby33/lib/gems/wdm-0.1.1/LICENSE",
        "PermissionError: [WinError 32] The process cannot access the file: 'C:\\ws\\out\\tool'",
    ],
)
def test_a_file_without_an_ending_that_is_written_or_held(words: str) -> None:
    assert category(words) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("path", "operation", "folder"),
    [
        (r"C:\ws\node_modules\.pnpm\riga@1.0.0\node_modules\@img\riga-wasm32", "copyfile", True),
        (r"C:\ws\node_modules\riga", "copyfile", True),
        (r"C:\ws\.next", "read", True),
        (r"C:\ws\node_modules\.bin\riga", "copyfile", False),
        (r"C:\ws\node_modules\riga\LICENSE", "copyfile", False),
        (r"C:\ws\node_modules\riga.node", "copyfile", False),
        (r"C:\ws\packages\riga\node_modules", "unlink", False),  # a link of Meteor's or pnpm's
        (r"C:\ws\node_modules\riga", "rename", False),
    ],
)
def test_a_folder_that_node_copies_or_reads_as_a_file(path: str, operation: str, folder: bool) -> None:
    words = f"Error: EPERM: operation not permitted, {operation} '{path}'"
    assert category(words) is (Category.CONFIGURATION if folder else Category.ANTIVIRUS_LOCK)


@pytest.mark.parametrize(
    "words",
    [
        "{{ Error: EPERM: operation not permitted, unlink '{0}'\n    at Object.fs.unlinkSync (fs.js:1:8)\n"
        "  errno: -4048,\n  code: 'EPERM',\n  syscall: 'unlink',\n  path: '{0}' }}",
        "    os.remove(path)\nPermissionError: [WinError 5] Access is denied: '{}'",
        "System.UnauthorizedAccessException: Access to the path '{}' is denied.\n"
        "   at System.IO.FileSystem.DeleteFile(String fullPath)\n   at System.IO.File.Delete(String path)",
        "Errno::EACCES: Permission denied @ apply2files - {}",
        "PHP Warning:  unlink({}): Permission denied in D:\\ws\\a.php on line 3",
        "error: failed to remove file `{}`: Access is denied. (os error 5)",
    ],
)
def test_a_folder_that_is_removed_as_a_file(words: str) -> None:
    assert category(words.format("D:/ws/riga/dist")) is Category.CONFIGURATION
    assert category(words.format("D:/ws/riga/dist/a.js")) is Category.ANTIVIRUS_LOCK
    if "File.Delete" not in words:  # which removes no link to a folder, either
        assert category(words.format("D:/ws/riga/node_modules")) is Category.ANTIVIRUS_LOCK


def test_node_reads_an_open_file_without_telling_which() -> None:
    words = r"C:\ws>npm test" + "\nError: EPERM: operation not permitted, read"
    assert category(words) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "frames",
    [
        "   at System.IO.FileStream..ctor(String path, FileMode mode)\n"
        "   at System.IO.StreamReader..ctor(String path)",
        "   at Microsoft.Win32.SafeHandles.SafeFileHandle.CreateFile(String fullPath, FileMode mode)\n"
        "   at System.IO.File.ReadAllBytes(String path)",
        "   at System.IO.FileSystem.CopyFile(String sourceFullPath, String destFullPath, Boolean overwrite)\n"
        "   at System.IO.File.Copy(String sourceFileName, String destFileName)",
    ],
)
def test_a_folder_that_dotnet_reads_or_copies_as_a_file(frames: str) -> None:
    words = "System.UnauthorizedAccessException: Access to the path '{}' is denied.\n" + frames
    assert category(words.format(r"D:\ws\App_Data")) is Category.CONFIGURATION
    assert category(words.format(r"D:\ws\App_Data\riga.dll")) is Category.ANTIVIRUS_LOCK
    assert category(words.format(r"C:\Program Files\riga")) is Category.PERMISSION
