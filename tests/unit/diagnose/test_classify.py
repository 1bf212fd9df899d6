"""One cause out of many: numbers before words, the system from the text, warnings and consequences aside."""

import pytest

from ci_guard.dataclass import replace
from ci_guard.diagnose.classify import classify, classify_text
from ci_guard.diagnose.paths import clean_path
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System
from ci_guard.model.history import Code, Diagnosis, Namespace
from ci_guard.model.knowledge import CodeMeaning, Knowledge, Signature
from ci_guard.model.process import Capture

KNOWLEDGE = load_knowledge()
PERSIST = (
    "error: Failed to install: a-1-py3-none-any.whl (a==1)\n  Caused by: Failed to persist temporary file to "
    "C:\\ws\\Scripts\\a.exe: failed to persist temporary file: {words} (os error {number})"
)


def diagnosed(text: str, system: System | None = None, exit_status: int | None = None) -> Diagnosis:
    return classify_text(text, knowledge=KNOWLEDGE, system=system, exit_status=exit_status)


@pytest.mark.parametrize(
    "words", ["Access is denied.", "Zugriff verweigert", "拒绝访问。", "アクセスが拒否されました。", ""]
)
@pytest.mark.parametrize("number", [5, 32, 33, 110, 170, 303, 1224, -2147024891, -2147024864])
def test_the_number_decides_in_any_language(words: str, number: int) -> None:
    found = diagnosed(PERSIST.format(words=words, number=number))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.operation == "persist"
    assert found.match.path == "C:\\ws\\Scripts\\a.exe"
    assert found.match.line == 2
    assert found.packages == ("a",)


@pytest.mark.parametrize(
    ("number", "category"),
    [
        (225, Category.ANTIVIRUS_BLOCK),
        (226, Category.ANTIVIRUS_BLOCK),
        (1260, Category.ANTIVIRUS_BLOCK),
        (4551, Category.ANTIVIRUS_BLOCK),
        (112, Category.DISK_FULL),
        (206, Category.PATH_TOO_LONG),
        (17, Category.CONFIGURATION),
        (-2147024671, Category.ANTIVIRUS_BLOCK),
    ],
)
def test_what_fails_for_good_stops_at_once(number: int, category: Category) -> None:
    found = diagnosed(PERSIST.format(words="x", number=number))
    assert found.category is category
    assert not found.retry_once


@pytest.mark.parametrize(
    ("warned", "category"),
    [
        (Category.DISK_FULL, Category.DISK_FULL),
        (Category.OUT_OF_MEMORY, Category.OUT_OF_MEMORY),
        (Category.ANTIVIRUS_BLOCK, Category.ANTIVIRUS_BLOCK),
        (Category.NETWORK, Category.BUILD_FAILURE),
    ],
)
def test_what_stops_everything_is_the_cause_in_a_warning_too(warned: Category, category: Category) -> None:
    plain = Signature(
        id="", category=warned, namespace=Namespace.ERRNO, pattern="", reference="", examples=()
    )
    general = (
        replace(plain, id="mark", pattern="careful: ", category=Category.UNKNOWN, nonfatal=True),
        replace(plain, id="warned", pattern="it is so"),
        replace(
            plain, id="symptom", pattern="it did not work", category=Category.BUILD_FAILURE, symptom=True
        ),
    )
    knowledge = Knowledge(general=general, runtimes={}, tools=(), codes=())
    found = classify_text("careful: it is so\nit did not work\n", knowledge=knowledge, exit_status=1)
    assert found.category is category


@pytest.mark.parametrize("system", [None, System.WINDOWS, System.LINUX])
@pytest.mark.parametrize(
    ("namespace", "known", "category"),
    [
        (Namespace.EXIT, Category.NETWORK, Category.NETWORK),
        (Namespace.NTSTATUS, Category.ANTIVIRUS_BLOCK, Category.ANTIVIRUS_BLOCK),
        (Namespace.EXIT, None, Category.UNKNOWN),  # a number with a name, and nothing about the cause
        (Namespace.WIN32, Category.NETWORK, Category.UNKNOWN),  # no list of exit statuses
    ],
)
def test_an_exit_status_says_what_its_list_says(
    namespace: Namespace, known: Category | None, category: Category, system: System | None
) -> None:
    codes = (CodeMeaning(namespace=namespace, number=77, name="A_NAME", category=known),)
    knowledge = Knowledge(general=(), runtimes={}, tools=(), codes=codes)
    found = classify_text("", knowledge=knowledge, exit_status=77, system=system)
    assert found.category is category
    assert (found.match is None) is (category is Category.UNKNOWN)
    assert classify_text("", knowledge=knowledge, exit_status=78, system=system).match is None


def test_a_file_that_vanished_is_tried_once_more() -> None:
    found = diagnosed(PERSIST.format(words="The system cannot find the file specified.", number=2))
    assert (found.category, found.retry_once) == (Category.ANTIVIRUS_BLOCK, True)
    own = diagnosed("error: failed to open file `requirements.txt`: No such file or directory (os error 2)")
    assert (own.category, own.retry_once) == (Category.CONFIGURATION, False)


TOP, MIDDLE = "Failed to download `a==1`", "Failed to read from the distribution cache"
INNER = "failed to rename file from C:\\c\\.tmpAbCdEf to C:\\c\\archive-v0\\x: Access is denied. (os error 5)"
STAMP = "2026-01-01T00:00:00.0000000Z "
LAYOUTS = {
    "chain": f"error: {TOP}\n  Caused by: {MIDDLE}\n  Caused by: {INNER}",
    "new chain": f"error: {TOP}\n  cause: {MIDDLE}\n  cause: {INNER}",
    "tree": f"  \u00d7 {TOP}\n  ├─▶ {MIDDLE}\n  ╰─▶ {INNER}",
    "ascii": f"  x {TOP}\n  |-> {MIDDLE}\n  `-> {INNER}",
    "wrapped": f"  \u00d7 {TOP}\n  ├─▶ {MIDDLE}\n  ╰─▶ " + INNER.replace(" ", "\n      "),
    "timestamps": f"{STAMP}  \u00d7 {TOP}\n{STAMP}  ├─▶ {MIDDLE}\n{STAMP}  ╰─▶ {INNER}",
    "coloured": f"\x1b[31m  \u00d7 \x1b[0m{TOP}\n  ╰─▶ {INNER.replace('C:', chr(27) + '[36mC:')}",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_of_uv_is_read(text: str) -> None:
    found = diagnosed(text)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert (found.match.operation, found.match.path) == ("rename", "C:\\c\\.tmpAbCdEf")
    assert found.match.code == Code(Namespace.WIN32, 5)
    assert found.packages == ("a",)


def test_a_terminal_that_cut_the_number_in_two() -> None:
    line = PERSIST.format(words="Access is denied.", number=5).split("\n")[1]
    wrapped = "\n".join(line[start : start + 80] for start in range(0, len(line), 80))
    for width in range(60, 120):
        wrapped = "\n".join(line[start : start + width] for start in range(0, len(line), width))
        assert diagnosed(wrapped).category is Category.ANTIVIRUS_LOCK, wrapped


@pytest.mark.parametrize(
    ("text", "system", "category", "ambiguous"),
    [
        ('cause: x (os error 5) at path "/home/a/.tmp"', None, Category.UNKNOWN, False),
        ("failed to open file `C:\\a`: x (os error 5)", System.LINUX, Category.ANTIVIRUS_LOCK, False),
        ("failed to open file `a`: Input/output error (os error 5)", System.LINUX, Category.UNKNOWN, False),
        ("could not write: Broken pipe (os error 32)", None, Category.UNKNOWN, False),
        ("could not write: Bad file descriptor (os error 9)", None, Category.UNKNOWN, False),
        ("could not write: Connection refused (os error 111)", None, Category.NETWORK, False),
        ("error: C:/o/tmp2 (Directory not empty)", None, Category.ANTIVIRUS_LOCK, False),
        (
            "failed to open file `a`: Access is denied. (os error 5)",
            System.WINDOWS,
            Category.ANTIVIRUS_LOCK,
            False,
        ),
        ("failed to open file `/a/b`: Permission denied (os error 13)", None, Category.PERMISSION, True),
        (
            "PermissionError: [Errno 13] Permission denied: 'C:\\\\ws\\\\a.exe'",
            None,
            Category.ANTIVIRUS_LOCK,
            False,
        ),
        ("PermissionError: [Errno 13] Permission denied: '/ws/a'", None, Category.PERMISSION, True),
        (
            "OSError: [Errno 16] Device or resource busy: '/ws/a'",
            System.LINUX,
            Category.ANTIVIRUS_LOCK,
            False,
        ),
        (
            "EPERM: operation not permitted, rename 'C:\\a\\b' -> 'C:\\a\\c'",
            None,
            Category.ANTIVIRUS_LOCK,
            False,
        ),
        ("EPERM: operation not permitted, rename '/a/b' -> '/a/c'", None, Category.PERMISSION, True),
        (
            "[WinError 5] Access is denied: 'C:\\\\Program Files\\\\Python\\\\a.py'",
            None,
            Category.PERMISSION,
            True,
        ),
        (
            "[WinError 32] In use: 'C:\\\\Program Files\\\\Python\\\\a.py'",
            None,
            Category.ANTIVIRUS_LOCK,
            False,
        ),
        (
            "[WinError 5] x: 'C:\\\\Windows\\\\System32\\\\config\\\\systemprofile\\\\AppData\\\\a.py'",
            None,
            Category.ANTIVIRUS_LOCK,
            False,
        ),
    ],
)
def test_a_number_means_what_its_system_means(
    text: str, system: System | None, category: Category, ambiguous: bool
) -> None:
    found = diagnosed(text, system)
    assert (found.category, found.ambiguous) == (category, ambiguous)


def test_a_warning_is_not_the_cause() -> None:
    warning = (
        "warning: Failed to hardlink files: Access is denied. (os error 5)\n  cause: C:\\a: x (os error 32)\n"
    )
    assert diagnosed(warning + "done").category is Category.UNKNOWN
    assert (
        diagnosed(warning + "error: No solution found when resolving dependencies").category
        is Category.RESOLUTION
    )


@pytest.mark.parametrize("layout", ["tree", "ascii", "chain"])
def test_an_error_after_a_warning_is_not_part_of_it(layout: str) -> None:
    text = "warning: `VIRTUAL_ENV=venv` does not match the project environment\n" + LAYOUTS[layout]
    assert diagnosed(text).category is Category.ANTIVIRUS_LOCK


def test_a_consequence_yields_to_its_reason() -> None:
    text = "PermissionError: [WinError 32] In use: 'C:\\\\t\\\\a'\nerror: metadata-generation-failed"
    assert diagnosed(text).category is Category.ANTIVIRUS_LOCK
    far = text.replace("\nerror", "\n" + "compiling a\n" * 2000 + "error")
    assert diagnosed(far).category is Category.BUILD_FAILURE


def test_the_last_reason_wins_but_for_what_stops_everything() -> None:
    lock, rights = "[WinError 32] x: 'C:\\\\t\\\\a'\n", "401 Unauthorized\n"
    assert diagnosed(lock + rights).category is Category.AUTHENTICATION
    assert diagnosed(rights + lock).category is Category.ANTIVIRUS_LOCK
    assert diagnosed("[WinError 225] x\n" + lock).category is Category.ANTIVIRUS_BLOCK
    assert diagnosed("No space left on device (os error 28)\n" + lock).category is Category.DISK_FULL


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (0xC0000022, Category.ANTIVIRUS_BLOCK),
        (-1073741790, Category.ANTIVIRUS_BLOCK),
        (0xC0000906, Category.ANTIVIRUS_BLOCK),
        (0xC0000043, Category.ANTIVIRUS_LOCK),
        (4294963248, Category.ANTIVIRUS_LOCK),
        (4294963241, Category.DISK_FULL),
        (127, Category.COMMAND_NOT_FOUND),
        (1, Category.UNKNOWN),
        (5, Category.UNKNOWN),
        (0, Category.UNKNOWN),
    ],
)
def test_the_exit_status_speaks_where_the_text_is_silent(status: int, category: Category) -> None:
    assert diagnosed("nothing", System.WINDOWS, status).category is category


def test_a_success_is_doubted_only_where_the_tool_admits_it() -> None:
    admitted = (
        b"npm warn tar TAR_ENTRY_ERROR EACCES: permission denied, open 'C:\\np\\f3.js'\nadded 2 packages"
    )
    for output, category in (
        (admitted, Category.ANTIVIRUS_LOCK),
        (b"[WinError 5] x: 'C:\\\\a'", Category.UNKNOWN),
    ):
        found = classify(
            output=[Capture("stderr", output)],
            exit_status=0,
            argv=["npm", "ci"],
            knowledge=KNOWLEDGE,
            system=None,
        )
        assert found.category is category


def test_the_users_own_signatures_are_used() -> None:
    own = Signature(
        id="own", category=Category.ANTIVIRUS_LOCK, pattern="scanner is at it", reference="", examples=()
    )
    found = classify_text("the scanner is\nat it", argv=["uv"], knowledge=load_knowledge((own,)))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.signature == "own"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("C:\\\\ws\\\\a.py", "C:\\ws\\a.py"),
        ("C:\\ws\\a.py", "C:\\ws\\a.py"),
        ("\\\\?\\C:\\ws", "\\\\?\\C:\\ws"),
        ("\\\\\\\\?\\\\C:\\\\ws", "\\\\?\\C:\\ws"),
        ("\\\\server\\share\\a", "\\\\server\\share\\a"),
        ("/home/a b/c", "/home/a b/c"),
        ("C:\\ws\\lo\nng.py", "C:\\ws\\long.py"),
    ],
)
def test_paths_are_read_as_the_system_knows_them(written: str, path: str) -> None:
    assert clean_path(written) == path


REFUSED = "C:\\ci\\bin\\tool.dll - {words}"
DENIED = {
    "fr": "Accès refusé.",
    "pl": "Odmowa dostępu.",
    "ru": "Отказано в доступе.",
    "tr": "Erişim engellendi.",
    "ja": "アクセスが拒否されました。",
    "ko": "액세스가 거부되었습니다.",
    "zh": "拒绝访问。",
    "cs": "Přístup byl odepřen.",
    "sv": "Åtkomst nekad.",
}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("utf-8", "cp1252"),
        ("utf-8", "cp437"),
        ("utf-8", "cp850"),
        ("utf-8", "cp866"),
        ("utf-8", "cp936"),
        ("cp850", "cp1252"),
        ("cp866", "cp1251"),
        ("cp936", "cp1252"),
        ("cp1251", "cp1252"),
    ],
)
@pytest.mark.parametrize("language", DENIED)
def test_words_read_in_the_wrong_code_page_mean_the_same(language: str, written: str, shown: str) -> None:
    try:
        words = DENIED[language].encode(written).decode(shown, "replace")
    except UnicodeEncodeError:
        pytest.skip("the page cannot write the language")
    found = diagnosed(REFUSED.format(words=words))
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.code == Code(Namespace.WIN32, 5)
    assert words in found.match.excerpt, "the log is quoted as it is"


def test_lost_characters_are_guessed_where_enough_is_left() -> None:
    assert diagnosed(REFUSED.format(words="Acc?s refus?.")).category is Category.ANTIVIRUS_LOCK
    assert diagnosed(REFUSED.format(words="Acc\ufffds refus\ufffd.")).category is Category.ANTIVIRUS_LOCK
    assert diagnosed(REFUSED.format(words="????.")).category is Category.UNKNOWN


def test_the_number_decides_against_misread_words() -> None:
    words = "Accès refusé.".encode().decode("cp1252")
    assert diagnosed(PERSIST.format(words=words, number=112)).category is Category.DISK_FULL


HELD = (
    'error MSB3027: Could not copy "obj\\a.dll" to "bin\\a.dll". Exceeded retry count of 10. Failed. '
    'The file is locked by: "{who}"'
)


@pytest.mark.parametrize(
    ("who", "category", "holders"),
    [
        ("MsMpEng.exe (1234)", Category.ANTIVIRUS_LOCK, ("MsMpEng.exe",)),
        ("tool (77), MsMpEng.exe (1234)", Category.ANTIVIRUS_LOCK, ("tool", "MsMpEng.exe")),
        (
            "Antimalware Service Executable (1234)",
            Category.ANTIVIRUS_LOCK,
            ("Antimalware Service Executable",),
        ),
        ("tool (77), devenv (78)", Category.FILE_IN_USE, ("tool", "devenv")),
        ("Microsoft Visual Studio 2022 (9988)", Category.FILE_IN_USE, ("Microsoft Visual Studio 2022",)),
    ],
)
def test_who_holds_the_file_decides(who: str, category: Category, holders: tuple[str, ...]) -> None:
    own = Signature(
        id="own",
        category=Category.FILE_IN_USE,
        pattern='to "(?P<path>[^"]{1,200})"[^"]{1,200}locked by: "(?P<holder>[^"]{1,200})"',
        reference="",
        examples=(),
    )
    found = classify_text(HELD.format(who=who), argv=["tool"], knowledge=load_knowledge((own,)))
    assert found.category is category
    assert found.match is not None
    assert found.match.holders == holders


@pytest.mark.parametrize(
    ("who", "category"), [("tool (77)", Category.FILE_IN_USE), ("MsMpEng.exe (4)", Category.ANTIVIRUS_LOCK)]
)
def test_a_holder_that_a_warning_names_counts_for_the_error(who: str, category: Category) -> None:
    text = (
        'warning MSB3026: Could not copy "obj\\a.dll" to "bin\\a.dll". Beginning retry 10 in 1000ms. '
        f'The file is locked by: "{who}"\n'
        "a.targets(1,1): error MSB3021: Unable to copy file. The process cannot access the file "
        "'D:\\ws\\bin\\a.dll' because it is being used by another process.\n"
    )
    assert diagnosed(text).category is category
    verdict = text + "OSError: [WinError 225] The file contains a virus: 'D:\\ws\\bin\\a.dll'\n"
    assert diagnosed(verdict).category is Category.ANTIVIRUS_BLOCK


LONG = "C:\\ws\\" + "\\".join(["a-folder-with-a-long-name"] * 10) + "\\tool.exe"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (f"failed to open file `{LONG}`: x (os error 3)", Category.PATH_TOO_LONG),
        (f"\\\\?\\{LONG}: x", Category.UNKNOWN),
        (f"[WinError 3] x: '\\\\?\\{LONG}'", Category.CONFIGURATION),
        (f"[WinError 3] x: '{LONG}'", Category.PATH_TOO_LONG),
        (f"failed to open file `{LONG}`: x (os error 5)", Category.ANTIVIRUS_LOCK),
        (f"failed to open file `{LONG}`: x (os error 32)", Category.ANTIVIRUS_LOCK),
        (f"cl : Cannot open source file: '{LONG}'", Category.PATH_TOO_LONG),
        ("failed to open file `C:\\ws\\a.txt`: x (os error 3)", Category.CONFIGURATION),
    ],
)
def test_a_path_beyond_the_limit_is_the_cause_where_the_file_is_not_found(
    text: str, category: Category
) -> None:
    assert diagnosed(text).category is category


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("C:\\ws\\.venv\\Scripts\\uv.exe", Category.FILE_IN_USE),
        ("C:\\ws\\.venv\\Scripts\\python.exe", Category.FILE_IN_USE),
        ("C:\\ws\\.venv\\Scripts\\httpx.exe", Category.ANTIVIRUS_LOCK),
    ],
)
def test_a_tool_cannot_remove_itself(path: str, category: Category) -> None:
    text = f"error: failed to remove file `{path}`: Access is denied. (os error 5)"
    found = classify_text(text, argv=["uv", "sync"], knowledge=KNOWLEDGE)
    assert found.category is category


def test_a_module_is_no_program() -> None:
    text = "PermissionError: [WinError 5] Access is denied: 'C:\\\\ws\\\\Scripts\\\\pip.exe'"
    for line, category in (
        (["pip", "install", "-U", "pip"], Category.FILE_IN_USE),
        (["python", "-m", "pip", "install", "-U", "pip"], Category.ANTIVIRUS_LOCK),
    ):
        assert classify_text(text, argv=line, knowledge=KNOWLEDGE).category is category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("[WinError 5] x: '\\\\\\\\files.example\\\\tools\\\\a.py'", Category.PERMISSION),
        ("[WinError 32] x: '\\\\\\\\files.example\\\\tools\\\\a.py'", Category.ANTIVIRUS_LOCK),
        ("[WinError 59] x: '\\\\\\\\files.example\\\\tools\\\\a.py'", Category.NETWORK),
        ("[WinError 362] x: 'C:\\\\Users\\\\ci\\\\OneDrive\\\\a.py'", Category.CONFIGURATION),
        ("open //./pipe/docker_engine: Access is denied.", Category.PERMISSION),
        ("EBUSY: resource busy or locked, rmdir '/app/node_modules'", Category.CONFIGURATION),
        ("EBUSY: resource busy or locked, rmdir '/app/node_modules/a'", Category.ANTIVIRUS_LOCK),
        ("EPERM: operation not permitted, symlink 'C:\\a' -> 'C:\\b'", Category.PERMISSION),
        (
            "failed to rename file from C:\\Program Files\\c\\.tmpAbCdEf to C:\\Program Files\\c\\x: "
            "y (os error 5)",
            Category.ANTIVIRUS_LOCK,
        ),
    ],
)
def test_the_place_explains_what_looks_like_a_lock(text: str, category: Category) -> None:
    assert diagnosed(text).category is category


def test_a_summary_yields_to_what_it_sums_up() -> None:
    reason = "ERROR: No matching distribution found for a\n"
    assert diagnosed(reason + "error: metadata-generation-failed").category is Category.RESOLUTION
    assert diagnosed("error: metadata-generation-failed").category is Category.BUILD_FAILURE


def test_a_tool_that_another_one_runs_is_understood() -> None:
    text = LAYOUTS["chain"]
    found = classify_text(text, argv=["cargo", "build"], knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK


def test_an_error_of_its_own_below_a_warning_is_told() -> None:
    text = "WARNING: Failed to remove contents in a folder\n  error: command 'cl.exe' failed with exit code 2"
    assert diagnosed(text).category is Category.BUILD_FAILURE


def test_the_longest_line_is_no_cut_line() -> None:
    text = (
        "npm warn deprecated a@1: no longer supported, and this is a line of more than sixty characters\n"
        "npm error code EPERM\nnpm error syscall rename\nnpm error path D:\\w\\a\nnpm error errno -4048\n"
    )
    found = diagnosed(text)
    assert found.match is not None
    assert (found.category, found.match.path) == (Category.ANTIVIRUS_LOCK, "D:\\w\\a")


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (1618, Category.FILE_IN_USE),
        (1625, Category.PERMISSION),
        (0x8A150011, Category.INTEGRITY),
        (-1978334975, Category.FILE_IN_USE),
        (0x80070020, Category.ANTIVIRUS_LOCK),
        (0x800700E1, Category.ANTIVIRUS_BLOCK),
    ],
)
def test_installers_end_with_numbers_of_windows(status: int, category: Category) -> None:
    assert diagnosed("nothing", System.WINDOWS, status).category is category
