"""What is said of messages that no signature knows: by the words of their last error lines, never a lock."""

from itertools import product

import pytest

from ci_guard.diagnose import last_words
from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.reading import Reading, read
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
PLAIN = {  # sentences that begin with no word that marks an error, and in which way they come
    Category.INTEGRITY: ("riga.tgz: Unexpected EOF in archive", "riga.7z: Headers Error"),
    Category.NETWORK: (
        "info There appears to be trouble with your network connection. Retrying...",
        "The registry could not be reached, check your internet connection",
    ),
    Category.AUTHENTICATION: (
        "You must provide your API key or user name and password",
        "no OAuth token is present and the resource is not public",
    ),
    Category.RESOLUTION: ("riga (no such package):", "There are no compatible versions for riga"),
    Category.FILE_IN_USE: (
        "Another riga server is already running.",
        "Waiting for another riga command to release the startup lock...",
        "could not lock the store: it is held by riga (4711)",
        "The following processes need to be closed: devenv (4711)",
    ),
    Category.PERMISSION: (
        "Could not create parent directory for lock file C:\\Program Files\\riga\\a.lck",
        "EINVAL: invalid argument, fchown. No packages loaded.",
        "riga must be started as root",
    ),
    Category.CONFIGURATION: (
        "[!] You cannot run riga as root.",
        "Your lock file is frozen, unfreeze it to go on",
        "Target /usr/local/bin/riga already exists. You may want to remove it",
        "package riga is not linked",
        "refusing to delete /srv/riga: it is not an environment",
        "moving riga to the cache folder: EEXIST: File or folder exists",
        "You have not agreed to the license of riga",
        "riga is obsolete and is incompatible with tartu",
        "map: module naming collision: riga",
        "session not created: this version of riga only supports version 114",
        "property upload.tool is undefined",
        "3 files contain changes that were not yet committed",
        "the folder does not appear to be a project of riga",
    ),
}
AFTER = ("", "\nmake: *** [Makefile:3: all] Error 1", "\n##[error]Bash exited with code '1'.")
SPOKEN = [
    pytest.param(f"{words}{after}", category, id=f"{category.value}-{number}-{len(after)}")
    for category, said in PLAIN.items()
    for (number, words), after in product(enumerate(said), AFTER)
    # what says only that something is wrong is no better than the wrapper that follows
    if not (after.startswith("\nmake") and category in (Category.CONFIGURATION, Category.RESOLUTION))
    and not (after and words.startswith("Waiting"))
]
HEADS = (
    "Error: ",
    "error: riga: ",
    "fatal: ",
    "riga.core.StoreError: ",
    "ERROR   ",
    "##[error]",
    "[ERROR] ",
    "E   riga.core.StoreError: ",
    "\u2716 ",
    "[10:11:12 ERR] ",
    'time="2026-03-05T10:12:01Z" level=error msg=',
    "E0301 10:11:12.345678    1234 store.go:12] ",
)
SAID = {  # by plain words that no tool is known for
    Category.DISK_FULL: ("the volume has not enough free space",),
    Category.OUT_OF_MEMORY: ("the parser ran out of memory",),
    Category.INTEGRITY: ("riga.bin has the unexpected SHA-256 hash 1a2b", "the bundle is corrupt"),
    Category.AUTHENTICATION: ("you are not logged in to the store", "the store said: status 403"),
    Category.NETWORK: ("failed to download the bundle", "the request to the store timed out"),
    Category.RESOLUTION: ("no compatible version of riga was found",),
    Category.FILE_IN_USE: (
        "the store is already running",
        "lock file is already being held",
    ),
    Category.PERMISSION: ("the folder /srv/riga is not writable",),
    Category.CONFIGURATION: ("the setting `token` is not defined", "/srv/riga/a.json does not exist"),
    Category.BUILD_FAILURE: ("failed to compile the schema",),
}
DRESSED = [
    pytest.param(f"{head}{words}", category, id=f"{category.value}-{head.strip()}-{number}")
    for category, said in SAID.items()
    for (number, words), head in product(enumerate(said), HEADS)
]


UNDONE = {  # what could not be done, and what it is called afterwards
    Category.NETWORK: ("fetch", "fetching", "the index of the store", "fetched"),
    Category.CONFIGURATION: ("load", "loading", "the plugin riga", "loaded"),
    Category.RESOLUTION: ("resolve", "resolving", "the dependency riga>=3", "resolved"),
    Category.INTEGRITY: ("verify", "verifying", "the signature of riga.zip", "verified"),
    Category.AUTHENTICATION: ("authenticate", "authenticating", "the user ci", "authenticated"),
    Category.BUILD_FAILURE: ("build", "building", "the library of riga", "built"),
    Category.FILE_IN_USE: ("obtain", "obtaining", "the lock of the store", "obtained"),
}
UNABLE = (
    "Error: could not {0} {2}",
    "error: couldn't {0} {2}",
    "fatal: can't {0} {2}",
    "riga was unable to {0} {2}",
    "riga: error: not able to {0} {2}",
    "Error while {1} {2}",
    "Failed {1} {2}",
    "Error: {2} could not be {3}",
    "error: {2} couldn't be {3}",
    "fatal: {2} cannot be {3}",
    "error: {2} was not {3}",
)


def diagnosis(text: str, *argv: str, exit_status: int | None = None) -> Diagnosis:
    return classify_text(text, argv=argv, exit_status=exit_status, knowledge=KNOWLEDGE)


@pytest.mark.parametrize(("line", "category"), DRESSED)
def test_an_unknown_error_is_named_by_its_words(line: str, category: Category) -> None:
    found = diagnosis(f"riga 1.0\nloading the store\n{line}\n", "riga", "load")
    assert found.category is category
    assert found.match is not None
    assert found.match.signature.startswith("words.")


@pytest.mark.parametrize("form", UNABLE)
@pytest.mark.parametrize("category", UNDONE)
def test_what_could_not_be_done_is_told_in_any_form(category: Category, form: str) -> None:
    line = form.format(*UNDONE[category])
    assert diagnosis(f"riga 1.0\nat work\n{line}\n").category is category
    assert diagnosis(f"checking: {line}\nSuccessfully installed riga-1.0").category is Category.UNKNOWN


@pytest.mark.parametrize(("text", "category"), SPOKEN)
def test_a_plain_sentence_at_the_end_is_understood(text: str, category: Category) -> None:
    found = diagnosis(f"riga 1.0\nloading the store\n{text}\n", "riga", "load")
    assert found.category is category, found.match


FAR = (Category.NETWORK, Category.RESOLUTION, Category.FILE_IN_USE, Category.CONFIGURATION)


@pytest.mark.parametrize("words", [words for category in FAR for words in PLAIN[category]])
def test_no_plain_sentence_is_believed_far_from_the_end_or_where_all_went_well(words: str) -> None:
    assert diagnosis(f"{words}\n" + "working\n" * 20).category is Category.UNKNOWN
    assert diagnosis(f"{words}\nSuccessfully installed riga-1.0").category is Category.UNKNOWN
    assert diagnosis(words, exit_status=0).category is Category.UNKNOWN
    for progress in ("-- ", "checking whether ", "Warning: "):
        assert diagnosis(f"{progress}{words}").category is Category.UNKNOWN


def test_a_later_step_fails_after_one_that_went_well() -> None:
    log = (
        "\u2713 built in 634ms\nDownloading https://files.example/a.zip\nError failed: unexpected end of file"
    )
    assert diagnosis(log).category is Category.NETWORK
    assert diagnosis(log + "\n\u2713 Done in 3s").category is Category.UNKNOWN


def test_words_never_make_a_lock() -> None:
    assert KNOWLEDGE.runtimes["words"]
    assert not [
        known.id for known in KNOWLEDGE.runtimes["words"] if known.category is Category.ANTIVIRUS_LOCK
    ]


@pytest.mark.parametrize("words", [words for said in SAID.values() for words in said])
def test_no_word_is_believed_where_nothing_failed(words: str) -> None:
    assert diagnosis(f"checking whether {words}\ndone").category is Category.UNKNOWN
    assert diagnosis(f"Error: {words}\nSuccessfully installed riga-1.0").category is Category.UNKNOWN
    assert diagnosis(f"Error: {words}", exit_status=0).category is Category.UNKNOWN


def test_what_is_known_decides_before_words() -> None:
    refusal = "PermissionError: [WinError 32] In use: 'C:\\\\ws\\\\a.exe'"
    found = diagnosis(f"Error: you are not logged in\n{refusal}\nError: retry later")
    assert found.category is Category.ANTIVIRUS_LOCK


def test_a_wrapper_that_says_nothing_yields_to_a_reason_only() -> None:
    tail = "\nmake: *** [Makefile:3: all] Error 1"
    assert diagnosis("Error: Lock file is already being held" + tail).category is Category.FILE_IN_USE
    assert diagnosis("Error: the setting is not defined" + tail).category is Category.BUILD_FAILURE


def test_words_far_from_the_end_say_nothing() -> None:
    far = "Error: you are not logged in\n" + "working\n" * 3000
    assert diagnosis(far + "Error: something went wrong").category is Category.UNKNOWN


@pytest.mark.parametrize(
    ("log", "most"),
    [
        ("working\n" * 9000 + "Error: something went wrong\n" + "working\n" * 40, 1100),
        ("working\n" * 9000, 2000),
        ("Error: something went wrong\n" * 9000, 10),
    ],
)
def test_the_last_errors_are_looked_for_from_the_end(
    log: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []
    tells = last_words.tells_of_failure

    def counted(reading: Reading, line: int) -> bool:
        looked_at.append(line)
        return tells(reading, line)

    monkeypatch.setattr(last_words, "tells_of_failure", counted)
    last_words.last_errors(read(log))
    assert looked_at[0] == log.count("\n") - 1
    assert len(looked_at) <= most


@pytest.mark.parametrize(
    ("line", "error", "badly"),
    [
        ("Error: no", True, True),
        ("npm ERR! code E404", True, True),
        ("D:\\ws\\a.cs(3,5): error CS1002: ; expected", True, True),
        ("riga.StoreError: no", False, False),  # it may have been caught
        ("the step ended with exit code 3", False, True),  # something else has said why
        ("giving up after 3 tries", False, True),
        ("warning: no", False, False),
        ("0 errors", False, False),
    ],
)
def test_what_tells_of_a_failure(line: str, error: bool, badly: bool) -> None:
    reading = read(f"begun\n{line}\nended")
    assert last_words.says_error(reading) is error
    assert last_words.ends_badly(reading, 0) is badly
    assert last_words.ends_badly(reading, reading.starts[-1]) is False
