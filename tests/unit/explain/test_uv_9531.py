"""The reporters of astral-sh/uv#9531, as `explain` has to answer them; `tests/e2e/test_uv.py` is live."""

import io

from ci_guard.explain.explanation import explain
from ci_guard.explain.log_explainer import question_for
from ci_guard.model.category import Category
from ci_guard.model.explanation import StepExplanation

LAUNCHER = r"C:\agent\tools\riga\Lib\site-packages\..\..\Scripts\riga.exe"
REFUSED = (
    "Prepared 1 package in 40ms\n"
    "error: Failed to install: riga-0.27.0-py3-none-any.whl (riga==0.27.0)\n"
    f"  Caused by: Failed to persist temporary file to {LAUNCHER}: failed to persist temporary file: {{}}\n"
)
DENIED = REFUSED.format("Access is denied. (os error 5)")
VANISHED = REFUSED.format("The system cannot find the file specified. (os error 2)")


def verdict_on(log: str, command: str | None = None) -> StepExplanation:
    question = question_for(command, None, {}, "/")[0]
    return explain("ci.log", io.BytesIO(log.encode()), question).verdict


def test_the_first_reporter_met_a_lock_and_an_old_uv() -> None:
    verdict = verdict_on("DEBUG uv 0.5.4 (c62c83c37 2024-11-20)\n" + DENIED, "uv tool install riga")
    assert (verdict.diagnosis.category, verdict.retryable) == (Category.ANTIVIRUS_LOCK, True)
    assert any("from 0.5.6 on it tries again" in sentence for sentence in verdict.advice)
    assert any("`uvx riga`" in sentence for sentence in verdict.advice)


def test_the_second_reporter_met_a_lock_that_uv_made_a_vanished_file_of() -> None:
    verdict = verdict_on("+ uv --version\nuv 0.5.23 (9c07c3fc5 2025-01-23)\n+ uv sync\n" + VANISHED)
    assert (verdict.diagnosis.category, verdict.retryable) == (Category.ANTIVIRUS_LOCK, True)
    assert not verdict.diagnosis.retry_once
    assert "0.5.25" in verdict.advice[0]
    assert not any("quarantine" in sentence for sentence in verdict.advice)


def test_without_the_version_the_same_words_are_a_file_that_vanished() -> None:
    verdict = verdict_on(VANISHED, "uv sync")
    assert verdict.diagnosis.retry_once
    assert sum("uv --version" in sentence for sentence in verdict.advice) == 1


def test_the_third_reporter_s_second_sync_passed_and_proves_nothing() -> None:
    log = f"$ uv sync\n{DENIED}$ uv sync\nAudited 41 packages in 3ms\n$ riga --version\n"
    verdict = verdict_on(log)
    assert verdict.diagnosis.category is Category.ANTIVIRUS_LOCK
    assert any("plain second run exits 0 with the launcher missing" in text for text in verdict.advice)
    assert any("verify that every file and launcher is there" in text for text in verdict.plan)
