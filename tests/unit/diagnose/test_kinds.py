"""The usual failures of every tool, in their own formats: each leads to its category, locks alone to a retry.

The texts lie in `tests/fixtures/kinds/*.txt`: a head `=== NAME | COMMAND | CATEGORY [once]`, then the output;
`␍` stands for a carriage return.
"""

import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
FOLDER = Path(__file__).parents[2] / "fixtures" / "kinds"
HEAD = "=== "


class Case(NamedTuple):
    name: str
    argv: list[str]
    category: Category
    once: bool
    output: str


def cases() -> list[Case]:
    found: list[Case] = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in path.read_text("utf-8").split("\n" + HEAD):
            head, _, output = block.removeprefix(HEAD).partition("\n")
            name, command, expected = (part.strip() for part in head.split("|"))
            category, _, once = expected.partition(" ")
            argv = shlex.split(command, posix="\\" not in command)
            text = output.replace("\u240d", "\r")
            found.append(Case(f"{path.stem}: {name}", argv, Category(category), once == "once", text))
    return found


CASES = cases()


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("known", [True, False], ids=["command", "log"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_kind_of_failure_is_told(case: Case, known: bool) -> None:
    found = classify_text(case.output, argv=case.argv if known else (), knowledge=KNOWLEDGE)
    assert (found.category, found.retry_once) == (case.category, case.once), found.match
    if case.category is Category.ANTIVIRUS_LOCK:
        assert not found.ambiguous
