"""Refusals without any reason: the operation and the file decide, or the machine is asked."""

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.judge import judge
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System
from ci_guard.model.evidence import Evidence
from ci_guard.model.history import Diagnosis

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
HEADS = ("error: could not", "Failed to", "riga: cannot", "Unable to", "FATAL: can't")
FORMS = ("{head} {verb} {path}", "{head} {verb} '{path}'.", "{head} {verb} the file {path}")
PROGRAM, TEXT = r"D:\ws\out\riga.exe", r"D:\ws\out\riga.json"
LOCK, RIGHTS = Category.ANTIVIRUS_LOCK, Category.PERMISSION
TAKEN = ("replace", "overwrite", "remove", "delete", "rename", "move", "clean", "wipe")  # what is there
MADE = ("create", "write", "save")


def diagnosis(text: str, *argv: str) -> Diagnosis:
    return classify_text(text, argv=argv, knowledge=KNOWLEDGE)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    ("verbs", "path", "category", "asked"),
    [
        (TAKEN, PROGRAM, LOCK, False),
        (TAKEN, TEXT, LOCK, False),
        (MADE, PROGRAM, LOCK, False),
        (MADE, TEXT, RIGHTS, True),
        (MADE, "/opt/riga/riga.json", RIGHTS, True),
    ],
    ids=["program taken", "text taken", "program made", "text made", "made on Linux"],
)
def test_what_a_refusal_without_a_reason_means(
    verbs: tuple[str, ...], path: str, category: Category, asked: bool, head: str, form: str
) -> None:
    for verb in verbs:
        found = diagnosis(form.format(head=head, verb=verb, path=path))
        assert (found.category, found.ambiguous) == (category, asked), verb
        assert found.match is not None
        assert found.match.path == path


@pytest.mark.parametrize(
    "form",
    [
        "Unable to rename temp file {} to D:\\ws\\b.jar -> [Help 1]",
        "build.xml:42: Unable to rename old file ({}) to temporary file",
        "could not replace {} with D:\\ws\\b.jar",
        "Failed to delete original file '{}' after copy to 'D:\\ws\\b.jar'",
    ],
)
def test_two_files_and_no_reason(form: str) -> None:
    found = diagnosis(form.format(PROGRAM))
    assert found.category is LOCK
    assert found.match is not None
    assert PROGRAM in (found.match.path, found.match.target)
    assert diagnosis(form.format("/srv/riga")).category is not LOCK


@pytest.mark.parametrize(
    "reason",
    [
        ": The system cannot find the file specified.",
        ": No such file or directory",
        "\n\nCaused by:\n  The system cannot find the path specified. (os error 3)",
        " because the disk is read-only",
    ],
)
@pytest.mark.parametrize("verb", [*TAKEN, *MADE])
def test_a_reason_decides(verb: str, reason: str) -> None:
    assert diagnosis(f"error: could not {verb} {PROGRAM}{reason}").category is not LOCK


@pytest.mark.parametrize(
    "words",
    [
        "error: failed to remove /usr/local/bin/riga",
        "nasm: fatal: unable to open input file `riga.asm'",
        "could not find optional module, skipping",
        r"Failed to delete C:\ci\a.jar, which will impact caching",
    ],
)
def test_what_is_no_lock(words: str) -> None:
    assert diagnosis(words).category is not LOCK


@pytest.mark.parametrize(
    ("folder_exists", "made", "category"),
    [(False, True, Category.CONFIGURATION), (True, True, LOCK), (True, False, RIGHTS)],
)
@pytest.mark.parametrize(
    "said", [rf"moc: Cannot create {TEXT}", f'Output: "{PROGRAM}"\nCan\'t open output file']
)
def test_the_machine_tells_a_missing_folder_from_a_lock(
    said: str, folder_exists: bool, made: bool, category: Category
) -> None:
    evidence = Evidence(path=TEXT, folder_exists=folder_exists, allowed=made, made=made)
    assert judge(diagnosis(said), evidence, System.WINDOWS).category is category


def test_electron_builder_has_written_there_before() -> None:
    said = f'Output: "{PROGRAM}"\n{{}}Can\'t open output file\nError - aborting creation process'
    found = diagnosis(said.format("\nError output:\n"))
    assert found.category is LOCK
    assert found.match is not None
    assert found.match.path == PROGRAM
    assert diagnosis(said.format("")).ambiguous
