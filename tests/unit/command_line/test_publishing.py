"""What publishes is known by its words, through every wrapper and shell; what only sounds like it is not."""

from itertools import chain

import pytest

from ci_guard.command_line.parse import argv_of
from ci_guard.command_line.publishing import published_by
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Publishing

KNOWLEDGE = load_knowledge()
EXAMPLES = sorted({line for entry in KNOWLEDGE.publishing for line in entry.examples})
COUNTEREXAMPLES = sorted({line for entry in KNOWLEDGE.publishing for line in entry.counterexamples})
HARMLESS = (
    "npm run build",
    "git pull",
    "pip install twine",
    "uv sync",
    "npm install push-dir",
    "python -m build",
)
PREFIXES = ((), ("nice", "-n", "5"), ("timeout", "60"), ("env", "-C", "app", "X=1"), ("sudo", "-u", "ci"))
SHELLS = (
    "{line}",
    "npm ci && {line}",
    "cd app; {line}",
    "if true; then {line}; fi",
    "{line} || true",
    "TOKEN=x {line} > log.txt 2>&1",
)


def asked(line: str) -> str | None:
    return published_by(KNOWLEDGE, argv_of(line))


def in_shells(line: str) -> list[tuple[str, ...]]:
    return [
        *(("sh", "-c", shell.format(line=line)) for shell in SHELLS),
        *(("bash", "-lc", shell.format(line=line)) for shell in SHELLS[:2]),
        *((*prefix, *argv_of(line)) for prefix in PREFIXES),
    ]


@pytest.mark.parametrize("line", EXAMPLES)
def test_what_publishes_is_seen_through_wrappers_and_shells(line: str) -> None:
    missed = [argv for argv in in_shells(line) if published_by(KNOWLEDGE, argv) is None]
    assert missed == []


@pytest.mark.parametrize("line", [*COUNTEREXAMPLES, *HARMLESS])
def test_what_does_not_publish_is_repeated(line: str) -> None:
    wrong = {argv: said for argv in in_shells(line) if (said := published_by(KNOWLEDGE, argv)) is not None}
    assert wrong == {}


@pytest.mark.parametrize("entry", KNOWLEDGE.publishing, ids=lambda entry: entry.programs[0])
def test_every_entry_brings_its_proof(entry: Publishing) -> None:
    alone = type(KNOWLEDGE)(
        general=(), runtimes={}, tools=(), wrappers=KNOWLEDGE.wrappers, publishing=(entry,)
    )
    assert entry.reference.startswith("https://")
    assert entry.examples
    assert entry.counterexamples
    assert [line for line in entry.examples if published_by(alone, argv_of(line)) is None] == []
    assert [line for line in entry.counterexamples if published_by(alone, argv_of(line)) is not None] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("git -C app push origin main", "git push"),
        ("python -m twine upload dist/*", "twine upload"),
        ("mvn -B clean deploy", "mvn clean deploy"),
        ("docker buildx build --push .", "docker --push"),
        ("uv build && uv publish", "uv publish"),
        ('cmd /c "git add . & git push"', "git push"),
        ('powershell -Command "npm ci; npm publish"', "npm publish"),
        ("C:\\Git\\cmd\\git.exe push", "git push"),
        ("make TOKEN=x deploy", "make deploy"),
        ("curl -dtoken=x https://x.example", "curl -d"),
        ("npm.cmd publish", "npm publish"),
    ],
)
def test_it_is_named_in_the_words_that_say_so(line: str, said: str) -> None:
    words = ("sh", "-c", line) if "&&" in line else tuple(_split(line))
    assert published_by(KNOWLEDGE, words) == said


def _split(line: str) -> list[str]:
    """As cmd gives words to a program: backslashes stay."""
    parts = line.split('"')
    return list(
        chain.from_iterable([part] if place % 2 else part.split() for place, part in enumerate(parts))
    )


def test_no_entry_is_dead() -> None:
    assert len(KNOWLEDGE.publishing) > 20
    assert asked("git push") == "git push"
    assert asked("git status") is None
