"""A script that prints its commands, and not how they ended, has survived what failed before its good end."""

import io
from itertools import product

import pytest

from ci_guard.explain.explanation import explain
from ci_guard.explain.log_explainer import question_for
from ci_guard.model.category import Category
from ci_guard.model.explanation import Ending, StepExplanation

QUESTION = question_for(None, None, {}, "/")[0]
TRACED = (  # how shells print the commands that they run
    "+ {}\n",
    "C:\\ws>{}\n",
    "PS C:\\ws> {}\n",
    "$ {}\n",
)
REFUSED = "rm: cannot remove 'C:/ws/out/a.exe': Device or resource busy\n"
GOOD = ("Build succeeded.\n    0 Warning(s)\n    0 Error(s)\n", "added 12 packages in 3s\n")


def verdict(text: str) -> StepExplanation:
    return explain("a.log", io.BytesIO(text.encode()), QUESTION).verdict


@pytest.mark.parametrize(("traced", "good"), list(product(TRACED, GOOD)))
def test_the_script_went_on_to_a_good_end(traced: str, good: str) -> None:
    first, second = traced.format("rm -rf out"), traced.format("make all")
    found = verdict(f"{first}{REFUSED}{second}{good}")
    assert (found.ending, found.retryable) == (Ending.PASSED, False)
    assert verdict(f"{first}{REFUSED}{second}nothing to be done\n").retryable
    assert verdict(f"{second}{good}{first}{REFUSED}").retryable
    assert verdict(f"{first}{REFUSED}{second}{good}ERROR: the job failed\n").retryable
    assert verdict(f"{first}{REFUSED}##[error]The task failed.\n{second}{good}").retryable


@pytest.mark.parametrize("good", GOOD)
def test_what_fails_after_the_last_good_word_has_not_passed(good: str) -> None:
    found = verdict(f"{good}the next step\nError: the flux is gone\n")
    assert (found.diagnosis.category, found.ending) == (Category.UNKNOWN, Ending.FAILED)
