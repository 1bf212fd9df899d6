"""What tools say in passing: below the level of an error, before their own last word, or to be ignored."""

from itertools import product

import pytest

from ci_guard.model.category import Category
from unit.diagnose.verdict import category

pytestmark = pytest.mark.table

LOCK, NOTHING = Category.ANTIVIRUS_LOCK, Category.UNKNOWN
REFUSALS = (
    r"EBUSY: resource busy or locked, unlink 'C:\ws\a.exe'",
    r"remove C:\ws\a.exe: The process cannot access the file because it is being used by another process.",
    r"cannot remove 'C:\ws\a.exe': Permission denied",
)
WARNED = (
    "dpkg: warning: {}",
    "svn: warning: W155007: {}",
    "mt.exe : general warning c101008d: {}",
    "ld.exe: warning: {}",
    'time="2026-03-05T10:12:01Z" level=warning msg="{}"',
    "ts=2026-03-05T10:12:01Z caller=clean.go:12 level=warn err={}",
    '{{"level":"warn","time":1709287872,"msg":"{}"}}',
    '{{"time":"2026-03-05T10:12:01Z","level":"WARN","msg":"{}"}}',
    '{{"level":40,"time":1709287872,"msg":"{}"}}',
    "[10:11:12 WRN] {}",
    "10:11AM WRN {}",
    "W0301 10:11:12.345678    1234 fs.go:12] {}",
    "\u25b2 [WARNING] {}",
    "(node:412) Warning: {}",
    "(568) WARN CleanerProxy {}",
    "WARNING:riga.clean:{}",
    "copying assets... WARNING: {}",
    "2026-03-01 10:11:12,345 WARN  [main] c.e.riga.Cleaner - {}",
    "2026-03-01T10:11:12.345678Z  WARN riga::clean: {}",
)
FAILED = (
    'time="2026-03-05T10:12:01Z" level=error msg="{}"',
    '{{"level":"error","time":1709287872,"msg":"{}"}}',
    "[10:11:12 ERR] {}",
    "E0301 10:11:12.345678    1234 fs.go:12] {}",
    "\u2716 {}",
    "riga: error: {}",
)
ENDINGS = ("", "12 pages are built\n")
# no reason of their own: the warning tells it
BAD_ENDINGS = (
    "[10:11:13 ERR] the job failed",
    "failed to install some plugins: [riga]",
    "\u2716 the job failed",
)
ASKED = (
    "Deletion of directory 'src/old' failed. Should I try again? (y/n) n",
    "Unlink of file 'lib/a.dll' failed. Should I try again? (y/n) y",
    "Rename from 'a.tmp' to 'lib/a.dll' failed. Should I try again? (y/n) y",
)
GIT_DONE = (
    "Switched to branch 'main'",
    "Switched to a new branch 'mend'",
    "HEAD is now at 3f2a1bc Mend the build",
    "Already on 'main'",
    "Successfully rebased and updated refs/heads/mend.",
    "Updating 1a2b3c4..5d6e7f8\nFast-forward\n lib/a.dll | 2 +-",
)
COMMANDS = ("", "git checkout main")
STACK = 'Traceback (most recent call last):\n  File "C:\\ws\\a.py", line 3, in f\n    os.unlink(name)\n'
DENIED = r"PermissionError: [WinError 5] Access is denied: 'C:\\ws\\a.log'"


@pytest.mark.parametrize(("warned", "refusal", "ending"), list(product(WARNED, REFUSALS, ENDINGS)))
def test_what_is_below_an_error_was_survived(warned: str, refusal: str, ending: str) -> None:
    assert category(f"begin\n{warned.format(refusal)}\n{ending}") is NOTHING


@pytest.mark.parametrize(("failed", "refusal"), list(product(FAILED, REFUSALS)))
def test_an_error_of_a_logger_was_not(failed: str, refusal: str) -> None:
    assert category(f"begin\n{failed.format(refusal)}\n") is LOCK


@pytest.mark.parametrize(("warned", "ending"), list(product(WARNED[::3], BAD_ENDINGS)))
def test_a_warning_explains_a_failure_that_nothing_else_explains(warned: str, ending: str) -> None:
    assert category(f"begin\n{warned.format(REFUSALS[0])}\n{ending}\n") is LOCK


@pytest.mark.parametrize("warned", WARNED[::3])
def test_a_log_that_breaks_off_in_another_try_says_nothing_of_a_lock(warned: str) -> None:
    retry = "Retrying in 5 seconds..."
    assert category(f"begin\n{warned.format(REFUSALS[0])}\n{retry}\n") is NOTHING


@pytest.mark.parametrize("warned", WARNED[::3])
def test_a_warning_of_a_missing_file_explains_no_failure(warned: str) -> None:
    missing = "could not open riga.json: No such file or directory (os error 2)"
    assert category(f"begin\n{warned.format(missing)}\n{BAD_ENDINGS[0]}\n") is NOTHING


@pytest.mark.parametrize(("asked", "done", "command"), list(product(ASKED, GIT_DONE, COMMANDS)))
def test_git_asked_and_was_done(asked: str, done: str, command: str) -> None:
    assert category(f"{asked}\n{done}\n", command) is NOTHING
    assert category(f"{done}\n{asked}\n", command) is LOCK


@pytest.mark.parametrize(
    "ending",
    [
        "100% tests passed, 0 tests failed out of 12",
        "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured",
        "NX   Successfully ran target build for project web (3s)",
        "==== 14 passed, 2 warnings in 1.20s ====",
        "\u27a4 YN0000: \u00b7 Done with warnings in 5s 310ms",
    ],
)
def test_more_last_words(ending: str) -> None:
    assert category(f"Error: {REFUSALS[0]}\n{ending}\n") is NOTHING


@pytest.mark.parametrize("done", GIT_DONE)
def test_git_speaks_for_itself_alone_and_leaves_files_undone(done: str) -> None:
    assert category(f"Error: {REFUSALS[0]}\n{done}\n") is LOCK
    left = "error: unable to unlink old 'lib/a.dll': Permission denied"
    assert category(f"C:\\ws\\a\n{ASKED[1]}\n{left}\n{done}\n") is LOCK


@pytest.mark.parametrize(
    "head",
    [
        "Exception ignored in: <finalize object at 0x23c985432f0; dead>",
        "Exception ignored in atexit callback: <function cleanup_numbered_dir at 0x000001>",
        "Exception ignored on threading shutdown <module 'threading' from 'C:\\\\Python\\\\threading.py'>:",
        "Exception ignored while calling deallocator <function TemporaryFile.__del__ at 0x0000>:",
    ],
)
@pytest.mark.parametrize("frames", [1, 30])
def test_python_goes_on_behind_an_exception_that_it_ignores(head: str, frames: int) -> None:
    stack = STACK + '  File "C:\\ws\\b.py", line 4, in g\n    g()\n' * frames
    chained = f"{stack}KeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\n"
    assert category(f"12 pages\n{head}\n{stack}{DENIED}\n") is NOTHING
    assert category(f"12 pages\n{head}\n{chained}{stack}{DENIED}\n") is NOTHING
    assert category(f"12 pages\n{stack}{DENIED}\n{head}\n{stack}KeyError: 1\n") is LOCK
    assert category(f"{head}\n{stack}KeyError: 1\n{stack}{DENIED}\n") is LOCK


@pytest.mark.parametrize(
    ("level", "expected"), [("WARN", NOTHING), ("DEBUG", NOTHING), ("ERROR", LOCK), ("INFO", LOCK)]
)
@pytest.mark.parametrize(
    "logger", ["2026-03-01 10:11:12 {} c.e.Cleaner - cleaning", "[10:11:12] {}: cleaning"]
)
def test_an_exception_with_its_stack_below_a_warning(level: str, expected: Category, logger: str) -> None:
    words = "The process cannot access the file because it is being used by another process"
    raised = f"java.nio.file.FileSystemException: C:\\ws\\a.jar: {words}\n\tat riga.Cleaner.clean(A.java:4)"
    assert category(f"{logger.format(level)}\n{raised}\n") is expected
    assert category(f'{logger.format(level)}\nException in thread "main" {raised}\n') is LOCK


@pytest.mark.parametrize(
    "goes_on",
    [
        "make: [Makefile:12: clean] Error 1 (ignored)",
        "=> waiting for unlock...",
        "Option not to fail the build is turned on, so let's continue",
        "Retrying in 5 seconds",
    ],
)
def test_a_tool_that_goes_on_regardless(goes_on: str) -> None:
    assert category(f"{REFUSALS[2]}\n{goes_on}\nlinking b.exe\n") is NOTHING
    assert category(f"{REFUSALS[2]}\n{goes_on}\nlinking b.exe\nerror: exit status 2\n") is LOCK
    assert category(f"{REFUSALS[2]}\n{goes_on}\n") is LOCK


@pytest.mark.parametrize(
    "said",
    [
        "{}: falling back to a copy",
        "{} - starting without it",
        "{}. Ignoring the error.",
        "{}, continuing anyway",
        "{} - ignored",
    ],
)
def test_what_is_said_to_be_passed_over(said: str) -> None:
    for refusal in REFUSALS:
        assert category(f"begin\ncache: {said.format(refusal)}\nbuilding\n") is NOTHING
        assert category(f"begin\n{said.format('no cache')}\n{refusal}\n") is LOCK


BOX = "\u2577\n\u2502 {}: cleaning\n\u2502\n\u2502   on main.tf line 3:\n\u2502\n\u2502 {}\n\u2575\n"


@pytest.mark.parametrize("refusal", REFUSALS)
def test_the_first_line_of_a_drawn_box_tells_its_level(refusal: str) -> None:
    assert category(BOX.format("Warning", refusal)) is NOTHING
    assert category(BOX.format("Error", refusal)) is LOCK
    assert category(f"\u2502 Warning: old\n\u2575\n{BOX.format('Error', refusal)}") is LOCK
    assert category(f"{BOX.format('Warning', 'old')}{refusal}\n") is LOCK


def test_nuget_says_below_that_it_tries_again_why() -> None:
    again = "  Retrying 'FindPackagesByIdAsync' for source 'https://feed.example/v3/a/index.json'."
    held = (
        r"  The process cannot access the file 'C:\ws\a.nupkg' because it is being used by another process."
    )
    assert (
        category(f"{again}\n{held}\n  Restored C:\\ws\\a.csproj (in 1.2 sec).\n", "dotnet restore") is NOTHING
    )
    assert category(f"{again}\n{held}\nerror :{held}\n", "dotnet restore") is LOCK
