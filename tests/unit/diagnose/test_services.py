"""What a service grants to an account, and who works in it at the same time: neither is a matter of files."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.model.category import Category
from unit.diagnose.verdict import KNOWLEDGE, category

pytestmark = pytest.mark.table

WRAPPERS = ("{}", "10:11:12 {}\n10:11:13 Error: Process completed with exit code 1.")


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "words",
    [
        "ERROR: (gcloud.run.deploy) PERMISSION_DENIED: Permission 'run.services.get' denied on resource 'p'",
        "ERROR: (Forbidden) The user, group or application 'appid=1' does not have secrets get permission on "
        "key vault 'kv;location=westeurope'.",
        "An error occurred (ExpiredToken) when calling the ListBuckets operation: The token has expired",
        "An error occurred (AccessDeniedException) when calling the GetSecret operation: User: ci is not "
        "authorized to perform: secretsmanager:GetSecretValue",
        "ERROR: AADSTS700082: The refresh token has expired due to inactivity.",
        "(AuthorizationFailed) The client 'a' does not have authorization to perform action "
        "'Microsoft.Web/sites/read' over scope '/subscriptions/1'.",
        "unauthorized: authentication required",
        "denied: requested access to the resource is denied",
        "Error from server (Forbidden): deployments.apps is forbidden",
        "Could not transfer artifact a:b:pom:1 from/to r (https://r.example/): Access denied to: "
        "https://r.example/a.pom , ReasonPhrase:Forbidden.",
        "error: HTTP 403: Access denied to https://files.example/x",
    ],
)
def test_an_account_that_may_not(words: str, wrapper: str) -> None:
    assert category(wrapper.format(words)) is Category.AUTHENTICATION


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "words",
    [
        "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end",
        "The following processes are still running and use the Google Cloud SDK installation: python.exe.",
        "ERROR: Another deployment is already in progress",
        "ERROR: Unable to build while Live Coding is active. Exit the editor and game",
    ],
)
def test_somebody_else_works_there(words: str, wrapper: str) -> None:
    assert category(wrapper.format(words)) is Category.FILE_IN_USE


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "words",
    [
        "java.net.SocketException: Permission denied: connect",
        "Could not transfer artifact a:b:pom:1 from/to r (http://r.example/): Permission denied: connect",
        "java.net.ConnectException: Permission denied",
        "curl: (7) Failed to connect to files.example port 443: Permission denied",
        "Der Zugriff auf einen Socket war aufgrund der Zugriffsrechte des Sockets unzulässig.",
    ],
)
def test_a_connection_that_may_not_be_made(words: str, wrapper: str) -> None:
    assert category(wrapper.format(words)) is Category.NETWORK


@pytest.mark.parametrize(
    "limit",
    [
        "Chocolatey timed out waiting for the command to finish. The timeout was '2700' seconds.",
        "##[error]The job running on agent a ran longer than the maximum time of 60 minutes.",
        "Build timed out (after 30 minutes). Marking the build as failed.",
    ],
)
def test_what_is_killed_leaves_its_files_to_what_still_runs(limit: str) -> None:
    refusal = "Error: EBUSY: resource busy or locked, unlink 'C:\\ws\\a.exe'"
    assert category(f"{limit}\n{refusal}") is Category.TIMEOUT
    assert category(f"{refusal}\n{limit}") is Category.TIMEOUT


@pytest.mark.parametrize(
    "words",
    [
        "[ERROR] Unable to create file for surefire properties: Access is denied -> [Help 1]",
        "error: cannot open the output file for writing: Access is denied.",
        "jarsigner: attempt to rename app.jar.sig to app.jar failed",
    ],
)
def test_a_file_without_a_name_is_a_file(words: str) -> None:
    assert category(words) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("> Failed to install the build tools: the connection timed out", Category.NETWORK),
        ("Could not find a compatible version of the package", Category.RESOLUTION),
        ("Unable to start: no such option", Category.CONFIGURATION),
        ("> Failed to install:\n  The SDK directory is not writable (C:\\sdk).", Category.PERMISSION),
    ],
)
def test_a_sentence_that_only_says_what_could_not_be_done(words: str, expected: Category) -> None:
    assert category(words) is expected
    assert category(f"{words}\nBUILD SUCCESSFUL in 3s") is not Category.ANTIVIRUS_LOCK


HELD = "The process cannot access the file because it is being used by another process."


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "words",
    [
        'FATAL:  lock file "postmaster.pid" already exists',
        "[ERROR] [InnoDB] Unable to lock ./ibdata1 error: 11",
        "session not created: probably user data directory is already in use, please specify a unique value",
        f"Error: DBPathInUse: Unable to create/open the lock file: D:\\data\\mongod.lock ({HELD})",
        "java.lang.IllegalStateException: failed to obtain node locks, tried [[D:\\es]] with lock id [0]",
        'org.h2.jdbc.JdbcSQLException: Database may be already in use: "D:/db/a.mv.db".',
        "ERROR XSDB6: Another instance of Derby may have already booted the database D:\\db.",
        f"IO error: Failed to create lock file: D:\\ws\\db\\LOCK: {HELD}",
        f"leveldb: IO error: D:\\ws\\app.ldb\\LOCK: {HELD}",
        "emulator: ERROR: Running multiple emulators with the same AVD is an experimental feature.",
        "Workspace in use or cannot be created, choose a different one.",
        "The machine 'build' is already locked for a session (or being unlocked)",
        "abort: working directory of D:\\ws: timed out waiting for lock held by 'win-7:4120'",
        "System management is locked by the application with pid 4120 (zypper).",
        'error: snap "riga" has "install-snap" change in progress',
        "umount: /mnt/a: target is busy.",
        "Unable to delete [C:\\tomcat\\riga.jar]. The continued presence of this file may cause problems",
        f"Mount-VHD : The system failed to mount 'D:\\a.vhdx'. {HELD}",
        "Error: the service 'riga' is running. Stop it first.",
        f'Unable to open the physical file "D:\\data\\a.mdf". Operating system error 32: "32({HELD})".',
    ],
)
def test_a_server_keeps_its_folder(words: str, wrapper: str) -> None:
    assert category(wrapper.format(words)) is Category.FILE_IN_USE


@pytest.mark.parametrize("name", ["tool.exe", "package-lock.json", "riga.lock", "clock", "a.mdb"])
def test_other_files_may_be_held_by_anybody(name: str) -> None:
    assert category(f"IO error: D:\\ws\\out\\{name}: {HELD}") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "words",
    [
        "Remove-Item: You do not have sufficient access rights to perform this operation or the item is "
        "hidden, system, or read only.",
        "Remove-Item : Cannot remove item D:\\ws\\a.idx: You do not have sufficient access rights to "
        "perform this operation.",
        "OSError: [WinError 19] The media is write protected: 'E:\\\\out'",
        "Das Medium ist schreibgeschützt.",
        'Unable to open the physical file "D:\\a.mdf". Operating system error 5: "5(Access is denied.)".',
        "npm ERR! Error: EPERM: operation not permitted, futime",
        "npm ERR! Error: EPERM: operation not permitted, fchown",
    ],
)
def test_rights_that_are_called_by_their_name(words: str) -> None:
    assert category(words) is Category.PERMISSION


@pytest.mark.parametrize("cloud", ["OneDrive", "OneDrive - Riga Ltd", "Dropbox"])
def test_a_file_that_is_kept_in_a_cloud(cloud: str) -> None:
    words = "Error: UNKNOWN: unknown error, open 'C:\\Users\\ci\\{}ws\\package.json'"
    assert category(words.format(cloud + "\\")) is Category.CONFIGURATION
    assert category(words.format("")) is Category.ANTIVIRUS_LOCK


SERVERS = {
    r"C:\sdk\platform-tools\adb.exe": "adb kill-server",
    r"C:\sdk\platform-tools\AdbWinApi.dll": "adb kill-server",
    r"D:\ws\tools\VBCSCompiler.exe": "dotnet build-server shutdown",
    r"D:\vc\bin\mspdbsrv.exe": "taskkill",
    r"D:\vc\bin\vctip.exe": "taskkill",
    r"D:\t\watchman.exe": "watchman shutdown-server",
    r"D:\t\sccache.exe": "sccache --stop-server",
    r"D:\ws\.nx\workspace-data\d\daemon.log": "nx reset",
    r"D:\ws\.nx\cache\d\server-process.json": "nx reset",
    r"D:\ws\.turbo\daemon\1f.log": "turbo daemon stop",
    r"C:\Users\ci\.gradle\daemon\8.5\daemon-4120.out.log": "gradle --stop",
    r"C:\Users\ci\AppData\Local\Temp\kotlin-daemon.2026-03-06.log": "gradle --stop",
    r"D:\_bazel_ci\0123456789abcdef0123456789abcdef\server\jvm.out": "bazel shutdown",
    r"D:\ws\.buckd\buckd.log": "buck kill",
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("file", SERVERS)
@pytest.mark.parametrize(
    "removal",
    [
        "Error: EPERM: operation not permitted, unlink '{}'",
        "Remove-Item : Cannot remove item {0}: Access to the path '{0}' is denied.",
        "error: failed to remove file `{}`: Access is denied. (os error 5)",
        "    os.unlink(entry)\nPermissionError: [WinError 32] The file is in use: '{}'",
    ],
)
def test_what_a_server_that_stays_behind_keeps_open(removal: str, file: str, wrapper: str) -> None:
    found = classify_text(wrapper.format(removal.format(file)), knowledge=KNOWLEDGE)
    assert found.category is Category.FILE_IN_USE
    assert any(SERVERS[file] in sentence for sentence in found.advice)
    folder = file.rpartition("\\")[0].replace(".nx", "nx").replace(".gradle", "g").replace(".buckd", "b")
    other = removal.format(rf"{folder.replace('.turbo', 't').replace('_bazel_', 'b')}\riga.exe")
    assert category(wrapper.format(other)) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("file", [r"C:\sdk\adb.exe", r"D:\ws\.nx\workspace-data\d\daemon.log"])
@pytest.mark.parametrize(
    "words",
    [
        "Error: EPERM: operation not permitted, open '{}'",
        "Error: spawn {} EBUSY",
        "error: cannot launch '{}': Access is denied. (os error 5)",
    ],
)
def test_what_is_only_started_or_read_may_be_held_by_a_scanner(words: str, file: str) -> None:
    assert category(words.format(file)) is Category.ANTIVIRUS_LOCK


def test_the_call_stack_tells_that_a_file_was_to_be_removed() -> None:
    words = "System.UnauthorizedAccessException: Access to the path '{}' is denied.\n   at System.IO.{}"
    removes = "Directory.DeleteHelper(String fullPath)\n   at System.IO.Directory.Delete(String path)"
    assert category(words.format("adb.exe", removes)) is Category.FILE_IN_USE
    assert category(words.format("riga.exe", removes)) is Category.ANTIVIRUS_LOCK
    assert category(words.format("adb.exe", "__Error.WinIOError(Int32 code)")) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("name", ["db.sqlite3", "app/dev.sqlite", "site.db", "db.sqlite3-wal"])
@pytest.mark.parametrize(
    "words",
    [
        "Unlink of file '{}' failed. Should I try again? (y/n) n",
        "error: unable to unlink old '{}': Invalid argument",
        "Unlink of file '{0}' failed. Should I try again? (y/n) n\n"
        "error: unable to unlink old '{0}': Invalid argument",
        "PermissionError: [WinError 32] " + HELD[:-1] + ": '{}'",  # of Python's `unlink`, not of its `open`
        "open {}: " + HELD,
    ],
)
def test_a_database_is_open_as_long_as_its_program_runs(words: str, name: str) -> None:
    expected = Category.ANTIVIRUS_LOCK if words.startswith("open") else Category.FILE_IN_USE
    assert category(words.format(name)) is expected  # who opens one may find it held by anybody
    assert category(words.format("lib/a.dll")) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "file",
    [
        r"C:\Windows\NTDS\ntds.dit",
        r"D:\data\riga.mdf",
        r"D:\data\riga_2.ndf",
        r"D:\data\riga.ldf",
        r"C:\ProgramData\Microsoft\Search\Data\Applications\Windows\Windows.edb",
        r"D:\mail\ci.pst",
        r"D:\mail\ci.ost",
    ],
)
def test_a_database_of_the_system_cannot_be_copied(file: str) -> None:
    words = "2026/03/06 10:11:12 ERROR 32 (0x00000020) Copying File {}\n" + HELD
    assert category(words.format(file)) is Category.FILE_IN_USE
    assert category(words.format(r"D:\data\riga.dll")) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "words",
    [
        "Error Code: ERROR_FILE_IN_USE",
        "Error: Web Deploy cannot modify the file 'Riga.dll' on the destination because it is locked by an "
        "external process.",
        "Error Code: ERROR_FILE_IN_USE\nMore Information: Web Deploy cannot modify the file 'Riga.dll' on "
        "the destination because it is locked by an external process.  Learn more at: "
        "http://go.microsoft.com/fwlink/?LinkId=221672#ERROR_FILE_IN_USE.\nError count: 1.",
    ],
)
def test_a_web_application_runs_while_it_is_published(words: str, wrapper: str) -> None:
    found = classify_text(wrapper.format(words), knowledge=KNOWLEDGE)
    assert found.category is Category.FILE_IN_USE
    assert any("AppOffline" in sentence for sentence in found.advice)


@pytest.mark.parametrize(
    "words",
    [
        "Error: EBUSY: resource busy or locked, rmdir '{}'",
        "PermissionError: [WinError 32] " + HELD[:-1] + ": '{}'",
        "Error: Failed rmRF: rm: could not remove directory (code EBUSY): {}",
        "{} - " + HELD,
    ],
)
@pytest.mark.parametrize("folder", [r"D:\Agent1\_work\13\s", r"D:\a\riga\riga", r"C:\run\_work\riga\riga"])
def test_the_folder_that_an_agent_starts_its_steps_in(words: str, folder: str) -> None:
    assert category(words.format(folder)) is Category.FILE_IN_USE
    assert category(words.format(folder + r"\dist")) is Category.ANTIVIRUS_LOCK
    assert category(words.format(folder[:-1] + "x")) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "words",
    [
        "Remove-Item : Cannot remove item {}: " + HELD,
        "{} - " + HELD,
        "{} - Der Prozess kann nicht auf die Datei zugreifen, da sie von einem anderen Prozess "
        "verwendet wird.",
        "Could not delete {}: Access is denied.",
        "Failed to remove '{}': " + HELD,
        "Error: EBUSY: resource busy or locked, unlink '{}'",
        "PermissionError: [WinError 32] " + HELD[:-1] + ": '{}'",
    ],
)
@pytest.mark.parametrize(
    "file",
    [
        r"D:\sdk\platform-tools\adb.exe",
        r"D:\ws\app.log",
        r"D:\ws\test.accdb",
        r"D:\jdk\lib\modules",
        r"D:\jdk\bin\server\jvm.dll",
        r"D:\ws\~$riga.xlsx",
        r"D:\ws\.next\trace",
        r"D:\ws\riga.duckdb",
    ],
)
def test_whoever_says_that_it_could_not_be_removed(words: str, file: str) -> None:
    assert category(words.format(file)) is Category.FILE_IN_USE
    assert category(words.format(r"D:\ws\lib\riga.dll")) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    "words",
    [
        "PermissionError: [WinError 32] " + HELD[:-1] + ": '{0}' -> '{0}.1'",
        "Error: EBUSY: resource busy or locked, rename '{0}' -> '{0}.1'",
        "rename {0} {0}.1: " + HELD,
    ],
)
def test_a_log_that_is_turned_over(words: str) -> None:
    assert category(words.format(r"C:\ws\app.log")) is Category.FILE_IN_USE
    assert category(words.format(r"C:\ws\app.bin")) is Category.ANTIVIRUS_LOCK
