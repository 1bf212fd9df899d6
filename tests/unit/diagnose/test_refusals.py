"""What is refused, of which file, in which operation: the same verdict in every printing of it."""

import itertools
import json

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Diagnosis, Namespace

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
FILE = r"D:\ws\out\tool.exe"
KEYS = ("code", "dest", "errno", "path", "syscall")


def diagnosis(text: str, *argv: str) -> Diagnosis:
    return classify_text(text, argv=argv, knowledge=KNOWLEDGE)


@pytest.mark.parametrize("number", [5, 32, 33, 1224])
@pytest.mark.parametrize(
    "form",
    [
        "java.io.IOException: {api}() failed with error {number}",
        "{api}W({file}) failed, error code {number}",
        "{api}ExW failed: GetLastError() = {number}",
        "tool: {api} error {number}",
    ],
)
@pytest.mark.parametrize("api", ["CreateFile", "DeleteFile", "MoveFile", "CopyFile", "SetFileAttributes"])
def test_a_function_of_windows_and_its_number(api: str, form: str, number: int) -> None:
    found = diagnosis(form.format(api=api, file=FILE, number=number))
    assert found.match is not None
    assert found.match.code == Code(Namespace.WIN32, number)
    held = number != 5 or "{file}" in form or api in ("DeleteFile", "MoveFile", "CopyFile")
    assert (found.category is Category.ANTIVIRUS_LOCK) is held


@pytest.mark.parametrize("number", [5, 32, 1224])
@pytest.mark.parametrize("form", ["Signing failed with error 8007{number:04X}.", "HRESULT: 8007{number:04x}"])
def test_an_hresult_without_its_prefix(form: str, number: int) -> None:
    found = diagnosis(form.format(number=number))
    no_file = number == 5 and "Signing" not in form
    assert found.category is (Category.PERMISSION if no_file else Category.ANTIVIRUS_LOCK)
    assert found.match is not None
    assert found.match.code == Code(Namespace.WIN32, number)


@pytest.mark.parametrize("name", ["AccessDenied", "PermissionDenied", "FileBusy", "DeviceBusy"])
@pytest.mark.parametrize(
    "form",
    [
        "error: failed to rename results ('{file}.tmp') into local cache ('D:\\ws\\o\\b'): {name}",
        "options: error: unable to rename options from '{file}.tmp' to 'D:\\ws\\c\\options.zig': {name}",
        "error: unable to open file '{file}.tmp': {name}",
    ],
)
def test_a_name_of_zig(form: str, name: str) -> None:
    found = diagnosis(form.format(file=FILE, name=name), "zig", "build")
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == FILE + ".tmp"


@pytest.mark.parametrize(
    "words",
    [
        "upload failed: An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
        "thread panic: return error.AccessDenied,",
        "[SC] OpenService FAILED 5:\n\nAccess is denied.",
        "Error: cannot delete registry key HKLM\\Software\\Tool: Access is denied.",
        "Failed to remove user group: Access is denied.",
        "Set-Service : Service 'spooler' cannot be configured due to the following error: Access is denied",
        'Exception calling "Show" with "1" argument(s): "Access is denied. (Exception from HRESULT: '
        '0x80070005 (E_ACCESSDENIED))"',
        "Add-AppxPackage : Deployment failed with HRESULT: 0x80070005, Access is denied.",
        "Deployment Add operation with target volume C: on Package Riga from: (Riga.msix) failed with error "
        "0x80070005.\n0x80070005 : Access is denied.",
        "New-CimSession : Access is denied.\n    + FullyQualifiedErrorId : HRESULT 0x80070005,Riga",
        "Error 0x80070005: Access is denied. DISM failed. No operation was performed.",
    ],
)
def test_what_is_no_file(words: str) -> None:
    assert diagnosis(words).category is not Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "words",
    [
        "FileSystemException: Cannot delete file, OS Error: Access is denied.\n, errno = 5",
        "[error] [etlas] copyFile: permission denied (Access is denied.)",
        "could not rename it: Access is denied.",
    ],
)
def test_a_file_that_nobody_names(words: str) -> None:
    assert diagnosis(words).category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("keys", list(itertools.permutations(KEYS)))
def test_an_error_of_node_as_json(keys: tuple[str, ...]) -> None:
    error = {
        "code": "EPERM",
        "dest": r"D:\ws\other.exe",
        "errno": -4048,
        "path": FILE,
        "syscall": "rename",
    }
    found = diagnosis("update failed: " + json.dumps({key: error[key] for key in keys}))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert (found.match.path, found.match.operation) == (FILE, "rename")


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("Failed copying D:\\a\\x.dll to D:\\b\\x.dll: Permission denied", "D:\\b\\x.dll"),
        ("problem copying D:\\a\\x.dll to D:\\b\\x.dll: Access is denied.", "D:\\b\\x.dll"),
        (
            "failed to copy file from D:\\a\\x.dll to D:\\b\\x.dll: Access is denied. (os error 5)",
            "D:\\b\\x.dll",
        ),
        ("rename D:\\a\\x.dll D:\\b\\x.dll: Access is denied.", "D:\\a\\x.dll"),
        ("failed to copy `D:\\a\\x.exe` to `D:\\b\\x.exe`: held (os error 32)", "D:\\a\\x.exe"),
    ],
)
def test_a_copy_is_refused_at_its_target(words: str, refused: str) -> None:
    found = diagnosis(words)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == refused


@pytest.mark.parametrize("path", ["/data/cache", "/srv/app/uploads", "/mnt/volume/x"])
@pytest.mark.parametrize(
    "form",
    [
        "rm: cannot remove '{path}': Device or resource busy",
        "mv: cannot move '{path}' to '/old': Device or resource busy",
        "cannot remove directory {path}: Device or resource busy",
    ],
)
def test_linux_lets_a_mount_point_not_be_taken_away(form: str, path: str) -> None:
    assert diagnosis(form.format(path=path)).category is Category.CONFIGURATION


def test_a_container_engine_keeps_its_layers() -> None:
    words = "error: unlinkat /var/lib/docker/overlay2/1a2b/merged: device or resource busy"
    assert diagnosis(words, "docker", "rm", "x").category is Category.FILE_IN_USE


@pytest.mark.parametrize(
    "path", ["..\\app\\target\\a.jar.1a.tmp", "target\\out\\a.jar.1a.tmp", ".\\build\\libs\\a.jar.1a.tmp"]
)
def test_java_in_a_folder_of_its_own(path: str) -> None:
    text = f"[error] (Compile / packageBin) java.nio.file.AccessDeniedException: {path} -> {path[:-7]}"
    found = diagnosis(text, "sbt", "test")
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == path


@pytest.mark.parametrize("tool", ["pipx", "virtualenv", "poetry"])
def test_the_name_of_an_interpreter_does_not_tell_whose_it_is(tool: str) -> None:
    text = "PermissionError: [WinError 5] Access is denied: 'D:\\\\ws\\\\black\\\\Scripts\\\\python.exe'"
    stack = '  File "D:\\ws\\black\\Lib\\shutil.py", line 600, in rmtree\n    os.unlink(name)\n'
    assert diagnosis(text, tool, "install", "black").category is Category.ANTIVIRUS_LOCK
    assert diagnosis(stack + text, tool, "install", "black").category is Category.FILE_IN_USE


@pytest.mark.parametrize(
    "form",
    [
        "Unhandled error in Gradle post-action - job will continue: Error: {refusal}",
        "cache: continuing without it: {refusal}",
        "this will be ignored: {refusal}",
    ],
)
def test_a_step_that_says_itself_that_it_goes_on(form: str) -> None:
    refusal = f"EBUSY: resource busy or locked, unlink '{FILE}'"
    found = diagnosis("BUILD SUCCESSFUL in 3s\n" + form.format(refusal=refusal), "gradlew", "build")
    assert found.category is Category.UNKNOWN
    assert diagnosis(f"Error: {refusal}").category is Category.ANTIVIRUS_LOCK


def test_one_of_two_files() -> None:
    found = diagnosis(
        'UnauthorizedAccessException: Access to the path "Temp\\a.dll" or "Temp\\b\\a.dll" is denied.'
    )
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert (found.match.path, found.match.target) == ("Temp\\a.dll", "Temp\\b\\a.dll")


def test_an_msbuild_project_is_not_the_file() -> None:
    text = (
        "Moving file 'D:\\ws\\obj\\a.exe' to 'D:\\ws\\out\\a.exe'.\n"
        "light.exe : error LGHT0001: The process cannot access the file because it is being used by another"
        " process. [D:\\ws\\pkg\\dir.proj]"
    )
    found = diagnosis(text, "msbuild", "dir.proj")
    assert found.match is not None
    assert found.match.path == "D:\\ws\\obj\\a.exe"


@pytest.mark.parametrize("width", [80, 100, 120])
def test_msbuild_at_a_terminal(width: int) -> None:
    said = (
        'D:\\ws\\eng\\a.targets(236,5): error MSB4018: The "Install" task failed. [D:\\ws\\a.csproj]\n'
        "D:\\ws\\eng\\a.targets(236,5): error MSB4018: System.UnauthorizedAccessException: Access to the path"
        " 'C:\\Program Files\\dotnet\\dotnet-install.ps1' is denied. [D:\\ws\\a.csproj]"
    )
    lines = [
        "  " + line[at : at + width - 2] for line in said.split("\n") for at in range(0, len(line), width - 2)
    ]
    assert diagnosis("\n".join(lines), "dotnet", "build").category is Category.PERMISSION


@pytest.mark.parametrize(
    "words",
    [
        "riga.2020: Bad checksum",
        "Wrong checksum for https://files.example/a.pem:",
        "ERROR Fatal error:\n  \u00d7 For crate riga: Expected checksum\n  \u2502 `4056`, actual",
        "Checksum or size mismatch for package riga, removing downloaded file",
        "error: failed to verify the checksum of `riga v1.0.31`",
        "sha256 digest does not match",
        "Error loading package: Checksum verification failed.",
    ],
)
def test_what_is_not_what_was_promised(words: str) -> None:
    assert diagnosis(words).category is Category.INTEGRITY


@pytest.mark.parametrize("number", ["0xC0000043", "0xc0000056", "0xc0000243", "0xC0000121"])
def test_a_status_of_windows_that_means_a_handle(number: str) -> None:
    found = diagnosis(f"error.Unexpected NTSTATUS={number}\nD:\\ws\\lib\\std\\os.zig:138:40: in OpenFile")
    assert found.category is (Category.ANTIVIRUS_LOCK if number != "0xC0000121" else Category.PERMISSION)


@pytest.mark.parametrize(
    "where", ["objects\\2a\\8328930a", "objects\\pack\\pack-9f.idx", "modules\\a\\objects\\2a\\83"]
)
def test_read_only_objects_of_git(where: str) -> None:
    path = f"C:\\ws\\clone\\.git\\{where}".replace("\\", "\\\\")
    assert (
        diagnosis(f"PermissionError: [WinError 5] Access is denied: '{path}'").category is Category.PERMISSION
    )
    held = f"PermissionError: [WinError 32] The process cannot access the file: '{path}'"
    assert diagnosis(held).category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("tool", ["cp", "install", "mv", "tar"])
def test_a_running_program_is_not_written_over(tool: str) -> None:
    words = f"{tool}: cannot create regular file '/usr/bin/tool': Text file busy"
    assert diagnosis(words).category is Category.FILE_IN_USE
    assert diagnosis("/bin/sh: 1: ./tool.sh: Text file busy").category is Category.ANTIVIRUS_LOCK


def test_a_program_that_is_still_written_is_no_mount_point() -> None:
    words = (
        "OSError: [Errno 26] Text file busy\nERROR: The command '/opt/app/build' returned a non-zero code: 1"
    )
    assert diagnosis(words, "docker", "build").category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "words",
    [
        'SqliteFailure(Error { code: DatabaseBusy, extended_code: 5 }, Some("database is locked"))',
        "sqlite3.OperationalError: database is locked",
        "ERROR: A conflicting instance of BuildTool is already running.",
    ],
)
def test_another_instance_keeps_its_own_lock(words: str) -> None:
    assert diagnosis(words).category is Category.FILE_IN_USE


@pytest.mark.parametrize(
    "folder", [r"C:\Users\ci\ws\paket-files", "/home/ci/ws/paket-files", r"D:\a\1\s\packages"]
)
@pytest.mark.parametrize("words", ["The process cannot access the file '{}' because it is being used"])
def test_the_lock_file_of_a_tool_is_held_by_that_tool(folder: str, words: str) -> None:
    path = folder + ("\\" if "\\" in folder else "/") + "paket.locked"
    found = diagnosis(f"System.IO.IOException: {words.format(path)} by another process.")
    assert found.category is Category.FILE_IN_USE


@pytest.mark.parametrize(
    ("path", "is_list"),
    [
        (r"C:\ws\.parcel-cache\lock.mdb", False),
        (r"C:\ws\profile\SingletonLock", False),
        (r"C:\ws\profile\parent.lock", False),
        (r"C:\ws\target\debug\.cargo-lock", False),
        (r"C:\ws\build\tmp\.cache\expanded\expanded.lock", False),
        (r"C:\ws\Cargo.lock", True),
        (r"C:\ws\yarn.lock", True),
        (r"C:\ws\package-lock.json", True),
        (r"C:\ws\.git\index.lock", True),
    ],
)
def test_who_has_its_lock_file_open_still_runs(path: str, is_list: bool) -> None:
    for operation in ("unlink", "open"):
        found = diagnosis(f"Error: EBUSY: resource busy or locked, {operation} '{path}'").category
        kept = operation == "unlink" and not is_list
        assert found is (Category.FILE_IN_USE if kept else Category.ANTIVIRUS_LOCK), operation


@pytest.mark.parametrize("long", [r"D:\ws\store\jscodeshift@0.14.0\bin\jscodeshift.js.2477615846"])
@pytest.mark.parametrize(
    "form",
    [
        "npm error path {long}\nnpm error [Error: EPERM: operation not permitted, unlink '...{tail}']",
        "Remove-Item : Cannot remove item {long}: no.\n"
        "    + CategoryInfo          : PermissionDenied: ({head}...{tail}:FileInfo) [Remove-Item], Unau",
    ],
)
def test_a_path_without_its_middle_is_the_one_above(form: str, long: str) -> None:
    found = diagnosis(form.format(long=long, head=long[:12], tail=long[-20:]))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == long
    gone = diagnosis(f"Error: EPERM: operation not permitted, unlink '...{long[-20:]}'")
    assert gone.match is not None
    assert gone.match.path == "..." + long[-20:]


@pytest.mark.parametrize("folder", [r"D:\ws\out", r"C:\Windows\System32"])
@pytest.mark.parametrize("verb", ["New-Item", "Set-Content"])
def test_the_record_below_names_the_file_in_full(verb: str, folder: str) -> None:
    found = diagnosis(
        f"{verb} : Access to the path 'a.txt' is denied.\nAt D:\\a.ps1:3 char:1\n"
        f"    + CategoryInfo          : PermissionDenied: ({folder}\\a.txt:String) [{verb}], Unauthorized"
    )
    assert found.match is not None
    assert found.match.path == f"{folder}\\a.txt"
    assert found.category is (Category.PERMISSION if "Windows" in folder else Category.ANTIVIRUS_LOCK)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("IOException: Le fichier existe", Category.CONFIGURATION),
        (
            "Move-Item : Eine Datei kann nicht erstellt werden, wenn sie bereits vorhanden ist.",
            Category.CONFIGURATION,
        ),
        ("Signing failed with error 800B010A.", Category.CONFIGURATION),
        (
            "Your organization used Windows Defender Application Control to block this app",
            Category.ANTIVIRUS_BLOCK,
        ),
        ("This app has been blocked by your system administrator.", Category.ANTIVIRUS_BLOCK),
        ("ERROR : You do not have the Manage Auditing user right.", Category.PERMISSION),
        (
            "##[error]Error: The process cannot access the file 'D:\\site\\App.dll' because it is being "
            "used by another process. ERROR_FILE_IN_USE",
            Category.FILE_IN_USE,
        ),
        ("The Windows Subsystem for Linux optional component is not enabled.", Category.CONFIGURATION),
        (
            "You cannot call a method on a null-valued expression.\nAt C:\\a.ps1:1 char:1",
            Category.CONFIGURATION,
        ),
        (
            "Get-Item : Impossible.\n    + CategoryInfo          : ObjectNotFound: (a:String)",
            Category.CONFIGURATION,
        ),
        ("Stop-Service : Cannot open riga service on computer '.'.", Category.PERMISSION),
        ("New-ItemProperty : Attempted to perform an unauthorized operation.", Category.PERMISSION),
        ("Get-WmiObject : The RPC server is unavailable.", Category.NETWORK),
        ("New-PSDrive : The specified network password is not correct", Category.AUTHENTICATION),
        (
            '"Exception calling \\"CreateProcess\\": \\"CreateProcessW() failed (Access is denied)"',
            Category.PERMISSION,
        ),
        ("Signing failed with error 80070057.", Category.CONFIGURATION),
        ("Failed to create file 'D:\\ws\\riga.obj' (Err: 32)", Category.ANTIVIRUS_LOCK),
        (
            "System.Net.HttpListenerException (32): The process cannot access the file because it is being "
            "used by another process.\n   at System.Net.HttpListener.AddPrefixCore(String registeredPrefix)",
            Category.CONFIGURATION,
        ),
        (
            "SocketException: Failed to create server socket (OS Error: An attempt was made to access a "
            "socket in a way forbidden by its access permissions.\n, errno = 10013), port = 8080",
            Category.CONFIGURATION,
        ),
        (
            'error: Uncaught PermissionDenied: Requires read access to "C:\\ws", run again with the '
            "--allow-read flag",
            Category.CONFIGURATION,
        ),
        (
            "ssh: Could not resolve hostname c: Name or service not known\n"
            "fatal: Could not read from remote repository.",
            Category.CONFIGURATION,
        ),
        (
            "Could not fetch URL https://index.example/simple/riga/: There was a problem confirming the ssl "
            "certificate: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed - skipping\n"
            "ERROR: No matching distribution found for riga",
            Category.NETWORK,
        ),
        (
            "Could not fetch URL https://index.example/simple/riga/: There was a problem confirming the ssl "
            "certificate: HTTPSConnectionPool(host='index.example', port=443): Max retries exceeded "
            '(Caused by SSLError("Can\'t connect to HTTPS URL because the SSL module is not available.")) - '
            "skipping\n"
            "ERROR: No matching distribution found for riga",
            Category.CONFIGURATION,
        ),
        ("sh: 1: : Permission denied\nmake: *** [Makefile:12: a] Error 127", Category.CONFIGURATION),
        ("src/a.ts(70,33): error TS2307: Cannot find module './b'.", Category.BUILD_FAILURE),
        (
            "  Expected success, but got an error:\n      remove C:\\ws\\a.exe: Access is denied.",
            Category.ANTIVIRUS_LOCK,
        ),
        (
            "Error: cannot rename C:\\t\\"
            + "a" * 140
            + " D:\\t\\"
            + "a" * 140
            + ": The system cannot move the "
            "file to a different disk drive.",
            Category.CONFIGURATION,
        ),
    ],
)
def test_what_a_sentence_of_a_tool_means(words: str, category: Category) -> None:
    assert diagnosis(words).category is category


@pytest.mark.parametrize(
    "words",
    [
        "light.exe : error LGHT0001: Failed to save resource. Error 110 [D:\\ws\\Bundle.wixproj]",
        "error : EndUpdateResource failed with error code 110",
        "riga: EndUpdateResource() failed: The system cannot open the device or file specified.",
    ],
)
def test_resources_that_are_not_written(words: str) -> None:
    assert diagnosis(words).category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("target", [".jar", "\\layers\\2b", ""])
def test_two_files_are_the_message_of_an_exception(target: str) -> None:
    files = f"D:\\ws\\target\\1a -> D:\\ws\\target{target}"
    goal = "[ERROR] Failed to execute goal a.b:riga:2.8:build (default-cli) on project riga: "
    for said in (
        f"{goal}{files} -> [Help 1]",
        f"* What went wrong:\nExecution failed for task ':a'.\n> {files}",
    ):
        found = diagnosis(said)
        assert found.category is Category.ANTIVIRUS_LOCK
        assert found.match is not None
        assert (found.match.path, found.match.operation) == ("D:\\ws\\target\\1a", "rename")
        assert diagnosis(said.replace(f"target{target}", f"target{target}: no room")).category is not (
            Category.ANTIVIRUS_LOCK
        )


@pytest.mark.parametrize(
    "words",
    [
        "Remove-Item : Das Element D:\\ws\\a.exe kann nicht entfernt werden: Der Zugriff auf den Pfad wurde "
        "verweigert.",
        "Remove-Item : Impossible de supprimer D:\\ws\\a.exe : L'accès au chemin d'accès est refusé.",
        "Rename-Item : Access to the path is denied.",
        "Fjern-noe :\n    + CategoryInfo          : WriteError: (a.exe:FileInfo) [Remove-Item], IOException",
        "    + CategoryInfo          : InvalidArgument: (a.exe:FileInfo) [Remove-Item], ArgumentException",
        "System.IO.IOException: La directory non è vuota.",
        "System.IO.IOException: Katalog nie jest pusty.",
    ],
)
def test_what_dotnet_says_in_other_languages(words: str) -> None:
    assert diagnosis(words).category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("number", [5, 32])
@pytest.mark.parametrize(
    "form",
    [
        'Unable to open the physical file "{file}". Operating system error {n}: "{n}(refused)".',
        "Cannot open backup device '{file}'. Operating system error {n}(refused).",
        "CREATE FILE encountered operating system error {n}(refused) while attempting to open or create the "
        "physical file '{file}'.",
        "The operating system returned the error '{n}(refused)' while attempting 'Riga' on '{file}'.",
        "FCB::Open failed: Could not open file {file} for file number 1.  OS error: {n}(refused).",
    ],
)
def test_a_database_server_opens_its_files_itself(form: str, number: int) -> None:
    found = diagnosis(form.format(file=r"D:\data\a.bak", n=number)).category
    assert found is (Category.PERMISSION if number == 5 else Category.FILE_IN_USE)


@pytest.mark.parametrize("place", ["/opt/conda", r"C:\ProgramData\conda"])
def test_missing_write_permissions_are_no_lock(place: str) -> None:
    words = f"CondaIOError: Missing write permissions in: {place}\n#\n# You don't appear to have the rights\n"
    assert diagnosis(words).category is Category.PERMISSION


@pytest.mark.parametrize("root", [r"C:\ProgramData\Vendor\updates", r"C:\Program Files\Vendor"])
@pytest.mark.parametrize("workshop", ["tmp", "temp", ".staging"])
def test_who_made_a_file_beside_its_place_may_write_there(root: str, workshop: str) -> None:
    made, place = rf"{root}\{workshop}\tool-1", rf"{root}\tool-1"
    assert diagnosis(f"rename {made} {place}: Access is denied.").category is Category.ANTIVIRUS_LOCK
    assert diagnosis(f"rename {root}\\old {place}: Access is denied.").category is Category.PERMISSION
    elsewhere = r"C:\Program Files\Other\tool-1"
    assert diagnosis(f"rename {made} {elsewhere}: Access is denied.").category is Category.PERMISSION


@pytest.mark.parametrize(
    ("number", "category"),
    [(1, Category.BUILD_FAILURE), (5, Category.ANTIVIRUS_LOCK), (32, Category.ANTIVIRUS_LOCK)],
)
def test_a_linker_ends_with_the_number_of_windows(number: int, category: Category) -> None:
    words = f"collect2.exe: error: ld returned {number} exit status\nmake: *** [Makefile:41: a.exe] Error 1"
    assert diagnosis(words, "make").category is category


@pytest.mark.parametrize(
    ("path", "category"),
    [("/ws/target/a.jar", Category.PERMISSION), (r"C:\ws\target\a.jar", Category.FILE_IN_USE)],
)
def test_only_windows_keeps_a_jar_that_is_open(path: str, category: Category) -> None:
    words = f"[ERROR] on project a: Failed to clean project: Failed to delete {path} -> [Help 1]"
    assert diagnosis(words, "mvn", "clean").category is category


@pytest.mark.parametrize("thing", ["entry", "directory"])
@pytest.mark.parametrize("head", ["Pub failed", "Failed"])
@pytest.mark.parametrize("why", ["access was denied", "it was in use by another process"])
def test_pub_cannot_delete(thing: str, head: str, why: str) -> None:
    words = f"{head} to delete {thing} because {why}.\nThis may be caused by a virus scanner or having a file"
    gave_up_at_once = (head, thing, why) == ("Failed", "entry", "access was denied")
    expected = Category.ANTIVIRUS_LOCK if gave_up_at_once else Category.FILE_IN_USE
    assert diagnosis(words, "flutter", "pub", "get").category is expected


@pytest.mark.parametrize("done", ["Deleted file - ", "Removed ", "  Deleted: ", "Successfully processed "])
def test_what_is_done_was_not_refused(done: str) -> None:
    found = diagnosis(f"{done}C:\\ws\\src\\project.lock.json\nRestoring packages\nAccess is denied.\n")
    assert found.category is Category.PERMISSION


def test_a_package_with_a_symbolic_link_needs_a_right() -> None:
    words = (
        "* Getting sentry (Hex package)\n** (Mix) Unpacking tarball failed: inner tarball error, not owner"
    )
    assert diagnosis(words, "mix", "deps.get").category is Category.PERMISSION


def test_bazel_keeps_its_own_server_open() -> None:
    words = "ERROR: C:/_bazel/root/install/514d6bd1346ca30a25ef0dae1a54ba5f/A-server.jar (Permission denied)"
    assert diagnosis(words, "bazel", "clean", "--expunge").category is Category.FILE_IN_USE


@pytest.mark.parametrize("folder", ["C:\\Users\\ci\\AppData\\Local\\Temp", "C:\\Windows\\Temp", "d:\\temp2"])
@pytest.mark.parametrize("name", ["tmpvrtlr3_5", "tmpvrtlr3_5.xlsx", "tmpnd7h77.py"])
@pytest.mark.parametrize("error", ["PermissionError", "IOError"])
def test_a_temporary_file_that_its_own_program_has_open(folder: str, name: str, error: str) -> None:
    file = f"{folder}\\{name}".replace("\\", "\\\\")
    found = diagnosis(f"{error}: [Errno 13] Permission denied: '{file}'", "python", "a.py")
    assert found.category is Category.FILE_IN_USE
    unpacked = diagnosis(f"{error}: [Errno 13] Permission denied: '{file}\\\\riga.exe'", "python", "a.py")
    assert unpacked.category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("name", ["db", "cryptopp820", "Pictures", "my-data", "test_files"])
@pytest.mark.parametrize("separator", ["\\\\", "/"])
def test_a_folder_that_is_opened_as_a_file(name: str, separator: str) -> None:
    path = separator.join(("C:", "Users", "ci", name))
    assert (
        diagnosis(f"PermissionError: [Errno 13] Permission denied: '{path}'").category
        is Category.CONFIGURATION
    )
    for file in (f"{name}.exe", "RECORD", f"Scripts{separator}activate"):
        refused = f"{path[: -len(name)]}{file}"
        found = diagnosis(f"PermissionError: [Errno 13] Permission denied: '{refused}'")
        assert found.category is Category.ANTIVIRUS_LOCK, refused


@pytest.mark.parametrize("error", ["PermissionError", "OSError"])
def test_a_test_that_holds_its_own_file(error: str) -> None:
    refusal = f"{error}: [WinError 32] In use: 'C:\\\\Users\\\\ci\\\\AppData\\\\Local\\\\Temp\\\\riga.tmp'"
    assert diagnosis(f"E       {refusal}", "pytest").category is Category.FILE_IN_USE
    assert diagnosis(refusal, "pip", "install", "x").category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("call", ["ReadAllBytes", "ReadAllText", "ReadAllLines", "OpenRead"])
def test_dotnet_reads_a_folder(call: str) -> None:
    said = 'Exception calling "{}" with "1" argument(s): "Access to the path \'{}\' is denied."'
    assert diagnosis(said.format(call, "C:\\ci\\drop\\Reports")).category is Category.CONFIGURATION
    assert diagnosis(said.format(call, "C:\\ci\\drop\\a.rdl")).category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("number", [-4048, -4092])
def test_who_asks_for_rights_opens_nothing(number: int) -> None:
    symbol = {-4048: "EPERM: operation not permitted", -4092: "EACCES: permission denied"}[number]
    said = f"npm ERR! errno {number}\nnpm ERR! Error: {symbol}, {{}} '{FILE}'"
    found = diagnosis(said.format("access"), "npm", "install")
    assert (found.category, found.ambiguous) == (Category.PERMISSION, True)
    assert diagnosis(said.format("unlink"), "npm", "install").category is Category.ANTIVIRUS_LOCK


def test_a_class_alone_tells_what_was_refused() -> None:
    said = "Failed to install a:jar:1.0: {0}.742.tmp -> {0}: java.nio.file.AccessDeniedException -> [Help 1]"
    found = diagnosis(said.format("C:\\ci\\.m2\\a-1.0.jar"), "mvn", "install")
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == "C:\\ci\\.m2\\a-1.0.jar.742.tmp"
    assert diagnosis(said.format("/home/ci/.m2/a-1.0.jar"), "mvn", "install").category is Category.PERMISSION


@pytest.mark.parametrize(
    "form",
    [
        'make: MoveFileEx "{0}" "{1}": permission denied (Access is denied.)',
        'renamePath:MoveFileEx "{0}" Just "{1}": permission denied (Access is denied.)',
        "cannot rename '{0}' to '{1}': Access is denied.",
        "moving `{0}` -> `{1}`: Access is denied.",
    ],
)
@pytest.mark.parametrize("name", ["riga-dom-cdc7373", "riga.tmp"])
def test_a_mere_name_that_is_moved_into_a_folder(form: str, name: str) -> None:
    found = diagnosis(form.format(name, "riga\\dom\\1.1.0"))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert (found.match.path, found.match.target) == (name, "riga\\dom\\1.1.0")


def test_a_program_that_removes_itself_in_dotnet() -> None:
    stack = "   at System.IO.Directory.Delete(String path)\n   at {}.Main()"
    said = f"Access to the path 'Install.dll' is denied.\n{stack}"
    assert diagnosis(said.format("Install")).category is Category.FILE_IN_USE
    assert diagnosis(said.format("Other") + "\n   C:\\ws").category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("number", "home"), [("-39", "/usr/lib"), ("-66", "/Users/ci/.nvm"), ("-4051", "C:\\ci\\npm")]
)
@pytest.mark.parametrize(
    "heading",
    [
        "npm error path {0}\nnpm error code ENOTEMPTY\nnpm error errno {1}\nnpm error syscall rename",
        "npm error code ENOTEMPTY\nnpm error syscall rename\nnpm error path {0}\nnpm error errno {1}",
    ],
)
def test_a_folder_that_is_in_the_way_of_a_rename(heading: str, number: str, home: str) -> None:
    path = f"{home}/node_modules/riga"
    told = f"npm error ENOTEMPTY: directory not empty, rename '{path}' -> '{home}/node_modules/.riga-1a2b'"
    found = diagnosis(f"{heading.format(path, number)}\n\n{told}", "npm", "install", "-g", "riga")
    waits = home.startswith("C:")
    assert found.category is (Category.ANTIVIRUS_LOCK if waits else Category.CONFIGURATION)
    assert found.match is not None
    assert found.match.path == path


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (401, Category.AUTHENTICATION),
        (404, Category.CONFIGURATION),
        (500, Category.NETWORK),
        (503, Category.NETWORK),
    ],
)
@pytest.mark.parametrize(
    "form", ["Signing failed with error 8019{0:04X}.", "failed with 0x8019{0:04x} at last"]
)
def test_what_a_server_answered_as_an_hresult(form: str, status: int, category: Category) -> None:
    assert diagnosis(form.format(status)).category is category


@pytest.mark.parametrize("before", ["cannot open ", "", "impossible d'ouvrir ", '"'])
@pytest.mark.parametrize("file", ["C:\\my ws\\Debug\\riga.exe", "Debug\\riga.exe"])
def test_the_output_that_the_linker_cannot_open(before: str, file: str) -> None:
    found = diagnosis(f"LINK : fatal error LNK1168: {before}{file}{before[-1:].strip()} for writing")
    assert found.match is not None
    assert found.match.path == file


def test_the_file_that_tar_unpacks_with_its_drive() -> None:
    found = diagnosis("tar.exe: C:/ws/a/b.dll: Can't unlink already-existing object: Permission denied")
    assert found.match is not None
    assert found.match.path == "C:/ws/a/b.dll"


@pytest.mark.parametrize("kind", ["symlink", "symbolic link", "junction"])
def test_a_link_that_may_not_be_made(kind: str) -> None:
    found = diagnosis(
        f"FATAL: failed to create installation {kind} 'c:\\b\\install': (error: 5): Access is denied."
    )
    assert found.category is Category.PERMISSION


@pytest.mark.parametrize(("where", "held"), [("riga_test.go", True), ("riga.go", False)])
def test_a_file_that_a_test_in_go_holds_itself(where: str, held: bool) -> None:
    why = "The process cannot access the file because it is being used by another process."
    found = diagnosis(f"    {where}:35: remove C:\\Temp\\riga-1\\a.a: {why}", "go", "test")
    assert found.category is (Category.FILE_IN_USE if held else Category.ANTIVIRUS_LOCK)


def test_who_may_look_into_the_folder_of_the_store() -> None:
    said = "PermissionError: [WinError 5] Access is denied: '{}\\\\AppData\\\\Local\\\\{}'"
    profile = "C:\\\\Windows\\\\system32\\\\config\\\\systemprofile"
    assert diagnosis(said.format(profile, "Microsoft\\\\WindowsApps")).category is Category.PERMISSION
    assert diagnosis(said.format(profile, "Temp\\\\a.exe")).category is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("breaks", [" ", "\n", "\n\u2502 "])
def test_a_sentence_about_a_rename_that_is_broken_between_its_words(breaks: str) -> None:
    source, target = "C:\\ci\\Temp\\riga-0.10.tgz316", "C:\\ci\\Temp\\riga-0.10.tgz"
    words = f"error: cannot rename|{source}|to|{target}:|rename|{source}|{target}:|Access is denied."
    found = diagnosis(words.replace("|", breaks))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert (found.match.path, found.match.target) == (source, target)


@pytest.mark.parametrize("breaks", [" ", "\n"])
def test_a_sentence_of_haskell_that_is_broken_between_its_words(breaks: str) -> None:
    source, target = "C:\\ws\\dis70A4.tmp", "C:\\ws\\riga.cabal"
    said = f'renamePath:MoveFileEx "{source}" Just "{target}": permission denied (Access is denied.)'
    found = diagnosis(said.replace("\\", "\\\\").replace(" ", breaks, 4), "cabal", "build")
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert (found.match.path, found.match.target) == (source, target)


def test_a_name_that_composer_has_cut_in_two() -> None:
    why = "This can be due to an antivirus or the Windows Search Indexer locking the file"
    found = diagnosis(
        f"  [RuntimeException]\n  Could not delete C:\\ws\\vendor/a\\AcrylicServi\n  ce.exe:\n  {why}"
    )
    assert found.match is not None
    assert found.match.path == "C:\\ws\\vendor/a\\AcrylicService.exe"
