"""Cases that no rule was written for, scored as a whole: the share that is right, and no false retry at all.

The texts lie in `tests/fixtures/unseen/*.txt`: a head `=== NAME | COMMAND | CATEGORY [once|either] | PATH`,
then the output. `success`: the tool lived through it. `either`: the text cannot tell a lock from missing
rights. They were written before the rules; a case that fails is no reason for a rule of its own.
"""

import io
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from ci_guard.diagnose.paths import plain_path
from ci_guard.explain.explanation import ExplainInput, explain
from ci_guard.explain.log_explainer import question_for
from ci_guard.model.explanation import StepExplanation

pytestmark = pytest.mark.table

FOLDER = Path(__file__).parents[2] / "fixtures" / "unseen"
RECALL = CATEGORY = PATH = 0.95
MADE_PLAIN = 30  # characters at the end of a path that have to agree


class Case(NamedTuple):
    name: str
    command: str
    category: str
    note: str
    path: str
    output: str

    @property
    def is_lock(self) -> bool:
        return self.category == "antivirus_lock" or self.note == "once"


def cases() -> list[Case]:
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for block in ("\n" + file.read_text("utf-8")).split("\n=== ")[1:]:
            head, _, output = block.partition("\n")
            name, command, label, path = ([part.strip() for part in head.split("|")] + [""])[:4]
            category, _, note = label.partition(" ")
            found.append(Case(f"{file.stem}: {name}", command, category, note, path, output))
    return found


CASES = cases()


@cache
def question(command: str) -> ExplainInput:
    return question_for(command or None, None, {}, str(FOLDER))[0]


@cache
def told(case: Case) -> StepExplanation:
    return explain(case.name, io.BytesIO(case.output.encode()), question(case.command)).verdict


def share(right: list[bool]) -> float:
    return sum(right) / len(right)


def test_there_are_enough() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 250


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_lock], ids=lambda case: case.name)
def test_nothing_is_retried_in_vain(case: Case) -> None:
    assert case.note == "either" or not told(case).retryable, told(case).diagnosis.match


def test_locks_are_found() -> None:
    assert share([told(case).retryable for case in CASES if case.is_lock]) >= RECALL


def test_categories_are_right() -> None:
    asked = [case for case in CASES if case.category != "success" and case.note != "either"]
    assert share([told(case).diagnosis.category.value == case.category for case in asked]) >= CATEGORY


def test_paths_are_right() -> None:
    right = []
    for case in CASES:
        match = told(case).diagnosis.match
        if case.is_lock and case.path and match is not None:
            path = plain_path(match.path or "").lower().replace("\\", "/")
            right.append(path.endswith(case.path.lower().replace("\\", "/")[-MADE_PLAIN:]))
    assert share(right) >= PATH
