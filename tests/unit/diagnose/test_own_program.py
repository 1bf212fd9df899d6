"""What a program that runs keeps for itself is no lock of a scanner; what is still written is one."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.model.category import Category
from unit.diagnose.verdict import KNOWLEDGE, category

HELD = "The process cannot access the file because it is being used by another process."
WRAPPERS = ("{}", "2026-03-06T10:11:12.1234567Z {}\n##[error]Process completed with exit code 1.")


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("deno upgrade", "error: Access is denied. (os error 5): could not replace {file}"),
        ("uv self update", f"error: failed to rename `{{file}}` to `{{file}}.old`: {HELD} (os error 32)"),
        ("pixi self-update", "failed to replace the executable {file}: Access is denied. (os error 5)"),
        ("quaver self-update", f"Error: cannot overwrite {{file}}: {HELD}"),
        ("quaver self update --yes", f"could not write {{file}}: {HELD}"),
        (
            "rustup self update",
            f"error: could not copy file from 'D:\\t\\new.exe' to '{{file}}': {HELD} (os error 32)",
        ),
        ("micromamba self-update", 'critical libmamba rename: Access is denied.: "{file}", "{file}.bkup"'),
    ],
)  # fmt: skip
def test_a_program_that_replaces_itself(command: str, words: str, wrapper: str) -> None:
    program = command.partition(" ")[0]
    own = wrapper.format(words.format(file=rf"C:\tools\{program}\{program}.exe"))
    assert category(own, command) is Category.FILE_IN_USE
    other = wrapper.format(words.format(file=rf"C:\tools\{program}\other.dll"))
    assert category(other, command) is Category.ANTIVIRUS_LOCK
    assert category(own, "uv tool upgrade ruff") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("command", "own"),
    [
        ("php quill.phar self-update", True),
        ("php -d memory_limit=-1 C:\\tools\\quill.phar selfupdate", True),
        ("quill.phar self-update", True),
        ("php quill.phar --self-update", True),
        ("php quill.phar build", False),
        ("php other.phar self-update", False),
    ],
)
def test_an_archive_that_its_interpreter_runs(command: str, own: bool) -> None:
    words = "rename(C:\\tools/quill-tmp.phar,C:\\tools\\quill.phar): Access is denied (code: 5)"
    expected = Category.FILE_IN_USE if own else Category.ANTIVIRUS_LOCK
    assert category(words, command) is expected


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("quill update", "Error: EBUSY: resource busy or locked, open '{}'"),
        ("quill update", "error: failed to replace {}: Access is denied. (os error 5)"),
        ("quill version update", "Error: rename {0} {0}.old: Access is denied."),
        ("quill --update", "Error: EPERM: operation not permitted, unlink '{}'"),
    ],
)
def test_what_a_program_updates_may_be_itself(command: str, words: str) -> None:
    assert category(words.format(r"C:\tools\quill.exe"), command) is Category.FILE_IN_USE
    assert category(words.format(r"C:\tools\other.exe"), command) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("command", ["quill sync --upgrade", "quill --upgrade"])
def test_what_is_installed_may_bear_the_name_of_the_installer(command: str) -> None:
    words = r"error: failed to remove C:\ws\.venv\Scripts\quill.exe: Access is denied. (os error 5)"
    assert category(words, command) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("command", ["poetry self update --preview", "poetry self:update", "pdm self update"])
@pytest.mark.parametrize(
    "file", [r"py3.8\\msgpack\\_cmsgpack.cp38-win_amd64.pyd", r"C:\\poetry\\venv\\Scripts\\python.exe"]
)
def test_what_a_program_has_loaded_while_it_updates_itself(command: str, file: str) -> None:
    words = f"PermissionError: [WinError 5] Access is denied: '{file}'"
    assert category(words, command) is Category.FILE_IN_USE
    assert category(words.replace(".pyd", ".py").replace(".exe", ".py"), command) is Category.ANTIVIRUS_LOCK
    assert category(words, "poetry install") is Category.ANTIVIRUS_LOCK


def test_a_subcommand_of_cargo_is_a_program() -> None:
    file = r"C:\ci\.cargo\bin\cargo-sweeper.exe"
    words = f"error: failed to move `C:\\ci\\.cargo\\a.exe` to `{file}`\n  Access is denied. (os error 5)"
    assert category(words, "cargo sweeper -a") is Category.FILE_IN_USE
    assert category(words, "cargo install sweeper") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("suffix", [".bkup", ".old", ".bak", ".1"])
def test_a_program_that_moves_itself_aside_may_bear_any_name(suffix: str) -> None:
    words = f'critical libmamba rename: Access is denied.: "C:\\bin\\mm.exe", "C:\\bin\\mm.exe{suffix}"'
    assert category(words, "micromamba self-update") is Category.FILE_IN_USE
    assert category(words, "micromamba install numpy") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("folder", ["Git/cmd", "PortableGit\\cmd", "vendored/Git/mingw64"])
def test_git_does_not_remove_itself(folder: str) -> None:
    words = f"Unlink of file '{folder}/{{}}.exe' failed. Should I try again? (y/n)"
    assert category(words.format("git"), "git pull") is Category.FILE_IN_USE
    assert category(words.format("tool"), "git pull") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "words",
    [
        "OSError: [Errno 26] Text file busy: '/usr/local/bin/agent'",
        "ERROR: Could not install packages due to an OSError: [Errno 26] Text file busy: '/srv/bin/agent'",
        "    with open(target, 'wb') as out:\nOSError: [Errno 26] Text file busy: '/srv/agent'",
        '  File "/usr/lib/python3.11/shutil.py", line 258, in copyfile\n    with open(dst, "wb") as fdst:\n'
        "OSError: [Errno 26] Text file busy: '/srv/agent'",
        "go build agent: copying /tmp/go-build1/a.out: open /srv/agent: text file busy",
        "Error: ETXTBSY: text file is busy, copyfile '/ws/out/agent' -> '/srv/agent'",
        "Error: ETXTBSY: text file is busy, open '/srv/agent'",
        "/usr/bin/ld: cannot open output file agent: Text file busy",
        "error: failed to copy `/ws/out/agent` to `/srv/agent`\n\nCaused by:\n  Text file busy (os error 26)",
        "scp: /srv/agent: Text file busy",
        "cp: cannot create regular file '/srv/agent': Text file busy",
    ],
)
def test_a_running_program_is_not_written_over(words: str, wrapper: str) -> None:
    assert category(wrapper.format(words)) is Category.FILE_IN_USE


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "words",
    [
        "npm ERR! Error: spawnSync /ws/node_modules/esbuild/bin/esbuild ETXTBSY",
        "./configure: line 1201: ./conftest: Text file busy",
        "/bin/sh: 1: /usr/local/bin/agent: Text file busy",
        "    run_test.go:31: fork/exec /tmp/TestRun1/001/tool: text file busy",
        "/usr/bin/env: './gen.sh': Text file busy",
        "    raise child_exception_type(errno_num, err_msg, err_filename)\n"
        '  File "/usr/lib/python3.11/subprocess.py", line 1955, in _execute_child\n'
        "OSError: [Errno 26] Text file busy: '/usr/local/bin/agent'",
        "error: could not execute process `/ws/target/a` (never executed)\n\nCaused by:\n"
        "  Text file busy (os error 26)",
    ],
)
def test_a_program_that_is_still_written_can_soon_be_started(words: str, wrapper: str) -> None:
    assert category(wrapper.format(words)) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("folder", "number"),
    [("out", 39), ("out", 66), ("build/app/Contents", 66), ("/srv/app", 39), ("/Users/ci/app", 66)],
)
def test_a_folder_does_not_take_the_place_of_a_full_one(folder: str, number: int) -> None:
    words = f"OSError: [Errno {number}] Directory not empty: '{folder}/new' -> '{folder}/now'"
    assert category(words) is Category.CONFIGURATION
    assert (
        category(r"OSError: [WinError 145] The directory is not empty: 'D:\\ws\\out'")
        is Category.ANTIVIRUS_LOCK
    )


@pytest.mark.parametrize(
    "words",
    [
        "npm ERR! path {}\nnpm ERR! code EPERM\nnpm ERR! errno -4048\n\nnpm ERR! Error: EPERM, access '{}'",
        "npm error code EPERM\nnpm error syscall access\nnpm error path {}\nnpm error errno -4048\n"
        "npm error [Error: EPERM: operation not permitted, access '{}']",
        "{{ [Error: EPERM, access '{}'] errno: -4048, code: 'EPERM', path: '{}' }}",
        "Error: EPERM: operation not permitted, access '{}'",
    ],
)
def test_who_asks_for_rights_opens_no_file(words: str) -> None:
    folder = r"C:\ws\node_modules"
    asked = words.format(*[folder] * words.count("{}"))
    assert category(asked, "npm install") is Category.PERMISSION
    assert category(asked.replace("access", "rename"), "npm install") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("libraries", [2, 5])
@pytest.mark.parametrize("last", ["", "{} - " + HELD])
def test_a_program_with_its_libraries_runs(libraries: int, last: str) -> None:
    folder = r"S:\ws\tools\net45"
    files = [*(f"core.{number}.dll" for number in range(libraries)), "server.exe"]
    denied = "\n".join(rf"{folder}\{name} - Access is denied." for name in files)
    assert category(f"{denied}\n{last.format(folder)}") is Category.FILE_IN_USE
    alone = rf"{folder}\server.exe - Access is denied."
    assert category(f"{alone}\n{last.format(folder)}") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("file", ["/etc/hosts", "/etc/resolv.conf", "/etc/hostname"])
def test_what_is_mounted_into_a_container_is_not_replaced(file: str) -> None:
    busy = "Device or resource busy"
    assert (
        category(f"dpkg-deb: error: unable to rename '{file}.tmp' to '{file}': {busy}")
        is Category.CONFIGURATION
    )
    assert category(f"mv: cannot move '{file}' to '/tmp/a': {busy}") is Category.CONFIGURATION


ASIDE = r"C:\\Users\\ci\\AppData\\Local\\Temp\\pip-uninstall-k2_j3h4"


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "refused",
    [
        "ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: '{}'",
        "ERROR: Could not install packages due to an EnvironmentError: [WinError 5] Zugriff verweigert: '{}'",
        "    os.unlink(fullname)\nPermissionError: [WinError 5] Acceso denegado: '{}'",
        "PermissionError: [WinError 32] Le processus ne peut pas accéder au fichier: '{}'",
    ],
)
def test_pip_does_not_remove_the_program_that_it_runs_as(refused: str, wrapper: str) -> None:
    own = wrapper.format(refused.format(rf"{ASIDE}\\pip.exe"))
    assert category(own, "pip install -U pip") is Category.FILE_IN_USE
    assert category(own, "pip3.11 install --upgrade pip setuptools") is Category.FILE_IN_USE
    assert category(own, "python -m pip install -U pip") is Category.ANTIVIRUS_LOCK
    assert category(f"$ pip install -U pip\n{own}") is Category.FILE_IN_USE
    assert category(f"$ python -m pip install -U pip\n{own}") is Category.ANTIVIRUS_LOCK
    other = wrapper.format(refused.format(rf"{ASIDE}\\black.exe"))
    assert category(other, "pip install -U black") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize("file", ["pacman.exe", "bash.exe", "msys-2.0.dll", "msys-gpgme-11.dll"])
def test_pacman_does_not_replace_what_it_runs_from(file: str) -> None:
    words = (
        "error: cannot remove /usr/bin/{0} (Permission denied)\nwarning: warning given when extracting "
        "/usr/bin/{0} (Could not unlink)\nerror: failed to commit transaction (transaction aborted)"
    )
    assert category(words.format(file), "pacman -Sy pacman") is Category.FILE_IN_USE
    assert category(words.format(file)) is Category.FILE_IN_USE
    assert category(words.format("xz.exe"), "pacman -Sy xz") is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (r"C:\Android\android-sdk\tools", Category.FILE_IN_USE),
        (r"D:\sdk\cmdline-tools\latest", Category.FILE_IN_USE),
        (r"D:\sdk\cmdline-tools\12.0", Category.FILE_IN_USE),
        (r"D:\sdk\platform-tools", Category.ANTIVIRUS_LOCK),
        (r"D:\sdk\platforms\android-26", Category.ANTIVIRUS_LOCK),
        (r"D:\tools\sdk\emulator", Category.ANTIVIRUS_LOCK),
    ],
)
def test_sdkmanager_does_not_replace_the_folder_that_it_runs_from(folder: str, expected: Category) -> None:
    words = (
        "Warning: An error occurred while preparing SDK package Android SDK Tools: "
        f"Failed to move away or delete existing target file: {folder}\nMove it away manually and try again.."
    )
    assert category(words) is expected
    assert category(words, "sdkmanager tools") is expected


@pytest.mark.parametrize("verb", ["moved", "renamed", "renamed or moved"])
@pytest.mark.parametrize(
    "last",
    [
        "",
        ' Exception in thread "main" java.lang.StringIndexOutOfBoundsException: String index out of range: 0',
    ],
)
@pytest.mark.parametrize("sdk", [r"C:\Program Files (x86)\Android\android-sdk", r"D:\sdk"])
def test_the_old_android_says_that_a_scanner_may_hold_the_folder(verb: str, last: str, sdk: str) -> None:
    words = (
        f"-= Warning ! =-\nA folder failed to be {verb}. On Windows this typically means that a program "
        "is using that folder (for example Windows Explorer or your anti-virus software.)\nPlease "
        "momentarily deactivate your anti-virus software or close any running programs that may be accessing "
        rf"the directory '{sdk}\platforms\android-26'."
        f"\nWhen ready, press YES to try again. [y/n]{last}"
    )
    found = classify_text(words, argv=("android", "update", "sdk"), knowledge=KNOWLEDGE)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert found.match is not None
    assert found.match.path == rf"{sdk}\platforms\android-26"
    assert category(words) is Category.ANTIVIRUS_LOCK


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("start", "/w", "", "Riga Installer.exe", "install", "--to=D:\\Riga"), Category.FILE_IN_USE),
        (("D:\\Riga\\Riga Installer.exe", "/S"), Category.FILE_IN_USE),
        (("quaver", "build"), Category.ANTIVIRUS_LOCK),
    ],
)
def test_an_installer_in_the_folder_that_it_installs_to_meets_itself(
    argv: tuple[str, ...], expected: Category
) -> None:
    words = (
        "Unpacking failed: The process cannot access the file 'D:\\Riga\\Riga Installer.exe' because it is "
        "being used by another process."
    )
    assert classify_text(words, argv=argv, knowledge=KNOWLEDGE).category is expected


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("Removing the old programs", Category.FILE_IN_USE),
        ("Creating the shim of uv", Category.ANTIVIRUS_LOCK),
        ("Copying uv.exe", Category.ANTIVIRUS_LOCK),
    ],
)
def test_the_line_above_tells_what_was_done_to_the_program_that_runs(above: str, expected: Category) -> None:
    words = f"{above}\nError: [WinError 5] Access is denied: 'C:\\tools\\uv\\uv.exe'"
    assert category(words, "uv sync") is expected


@pytest.mark.parametrize(
    "command",
    [
        r"C:\ws\.venv\Scripts\python.exe -m venv --clear C:\ws\.venv",
        r"c:/ws/.venv/Scripts/python.exe make_environment.py",
        r"C:\ws\.venv\Scripts\quaver.exe clean",
    ],
)
def test_a_program_that_the_command_line_starts_runs_meanwhile(command: str) -> None:
    program = command.partition(" ")[0].replace("/", "\\").capitalize()
    own = f"PermissionError: [WinError 5] Access is denied: '{program}'".replace("\\", "\\\\")
    assert category(own, command) is Category.FILE_IN_USE
    elsewhere = own.replace(".venv", "other")
    assert category(elsewhere, command) is Category.ANTIVIRUS_LOCK
    assert category(own, "python make_environment.py") is Category.ANTIVIRUS_LOCK
