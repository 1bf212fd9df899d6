"""Runs the `tests:` of a policy: texts of failures, and what they have to lead to."""

import io
import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from ci_guard.config.inputs import open_input
from ci_guard.dataclass import dataclass
from ci_guard.errors import PolicyError
from ci_guard.explain.explanation import explain
from ci_guard.explain.log_explainer import question_for
from ci_guard.model.explanation import StepExplanation

RETRY, STOP = "retry", "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What came of one test."""

    name: str
    wrong: tuple[str, ...]  # sentences; empty: it led to what it has to
    signature: str | None  # what decided

    @property
    def passed(self) -> bool:
        """Whether everything that the test expects is so."""
        return not self.wrong


def run_tests(policy_file: str, environ: Mapping[str, str], directory: str) -> Iterator[TestResult]:
    """The results, in the order of the file. Raises `PolicyError` for a policy with mistakes."""
    question, _ = question_for(None, policy_file, environ, directory)
    folder = os.path.dirname(os.path.join(directory, policy_file))
    for number, test in enumerate(question.policy.tests, 1):
        name = str(test.get("name") or f"test {number}")
        command = test.get("command")
        status = test.get("exit_status")
        asked, _ = question_for(
            str(command) if command else None,
            policy_file,
            environ,
            directory,
            status if isinstance(status, int) else None,
        )
        with _text(test, folder) as stream:
            told = explain(name, stream, asked).verdict
        match = told.diagnosis.match
        yield TestResult(
            name=name,
            wrong=tuple(_differences(test, told)),
            signature=match.signature if match is not None else None,
        )


def _text(test: Mapping[str, object], folder: str) -> BinaryIO:
    if "text" in test:
        return io.BytesIO(str(test["text"]).encode())
    path = os.path.join(folder, str(test["file"]))
    try:
        return open_input(path)
    except OSError as error:
        raise PolicyError(
            f"cannot read `{test['file']}`: {error.strerror or error}",
            hint="the path counts from the folder of the policy",
        ) from error


def _differences(test: Mapping[str, object], told: StepExplanation) -> Iterator[str]:
    category = told.diagnosis.category.value
    decision = RETRY if told.retryable else STOP
    for key, is_so in (("category", category), ("decision", decision)):
        if key in test and test[key] != is_so:
            yield f"expected {key} `{test[key]}`, not `{is_so}`"
