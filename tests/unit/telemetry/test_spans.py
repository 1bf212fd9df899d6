"""What a run is as spans and sums: a table over values."""

import pytest

from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, BuildLink, Diagnosis, Hold, Match, Run, Waited
from ci_guard.model.process import Exit, Outcome
from ci_guard.redact.redacted import redact_run
from ci_guard.redact.secrets import find_secrets
from ci_guard.telemetry.spans import NANO, lost, span_of, sums_of

START = 1_000_000.0


def attempt(number: int, began: float, category: Category | None, holds: tuple[Hold, ...] = ()) -> Attempt:
    status = 0 if category is None else 2
    match = Match(signature="uv.persist", operation="rename", path="C:/a.exe")
    return Attempt(
        number=number,
        argv=("uv", "sync"),
        outcome=Outcome(exit=Exit(code=status), started=START + began, duration=5.0, captures=()),
        diagnosis=None if category is None else Diagnosis(category=category, match=match),
        waited=Waited(seconds=2.0, reason="free") if number > 1 else None,
        holds=holds,
    )


def run_of(outcome: RunOutcome, *attempts: Attempt, name: str = "uv sync"):
    run = Run(
        version="1",
        command=("uv", "sync"),
        name=name,
        outcome=outcome,
        exit_status=0 if outcome in (RunOutcome.PASSED, RunOutcome.FLAKY) else 2,
        category=None,
        explanation="why",
        started=START,
        duration=20.0,
        host="jenkins",
        agent="win-7",
        directory="/",
        attempts_allowed=6,
        attempts=attempts,
        build=BuildLink(job="shop", number=41, url="https://ci.example/job/shop/41/"),
    )
    return redact_run(run, find_secrets({"TOKEN": "hunter2-secret"}), output=False)


HOLD = Hold(file="C:/b.exe", seconds=1.5, started=START + 11, holders=("MsMpEng.exe",))
FLAKY = run_of(RunOutcome.FLAKY, attempt(1, 0, Category.ANTIVIRUS_LOCK), attempt(2, 10, None, (HOLD,)))


def test_the_tree() -> None:
    span = span_of(FLAKY)
    assert (span.began, span.ended) == (round(START * NANO), round((START + 20) * NANO))
    assert [child.name for child in span.children] == ["attempt 1", "attempt 2"]
    (hold,) = span.children[1].children
    assert hold.ended - hold.began == round(1.5 * NANO)
    assert hold.attributes == {"file.path": "C:/b.exe", "ci_guard.holders": "MsMpEng.exe"}
    assert span.children[0].attributes["error.type"] == "antivirus_lock"
    assert span.children[0].attributes["file.path"] == "C:/a.exe"


def test_the_names_of_the_semantic_conventions() -> None:
    attributes = span_of(FLAKY).attributes
    assert attributes["cicd.pipeline.name"] == "shop"
    assert attributes["cicd.pipeline.run.id"] == "41"
    assert attributes["cicd.pipeline.task.run.result"] == "success"
    assert attributes["cicd.worker.name"] == "win-7"


@pytest.mark.parametrize("outcome", list(RunOutcome))
def test_every_outcome_has_a_result(outcome: RunOutcome) -> None:
    span = span_of(run_of(outcome, attempt(1, 0, None)))
    good = outcome in (RunOutcome.PASSED, RunOutcome.FLAKY)
    assert (span.attributes["cicd.pipeline.task.run.result"] == "success") is good
    assert bool(span.failed) is not good


def test_the_sums() -> None:
    sums = {(each.name, *sorted(each.attributes.values())): each.value for each in sums_of(FLAKY)}
    assert sums == {
        ("ci_guard.runs", "flaky"): 1,
        ("ci_guard.attempts", "flaky"): 2,
        ("ci_guard.incidents", "antivirus_lock", "rename"): 1,
        ("ci_guard.incidents", "", "hold"): 1,
        ("ci_guard.time_lost", "flaky"): 11.5,
    }


def test_what_failed_for_another_reason_lost_nothing() -> None:
    assert lost(run_of(RunOutcome.FAILED, attempt(1, 0, Category.RESOLUTION))) == 0


def test_nothing_secret_is_sent() -> None:
    span = span_of(run_of(RunOutcome.PASSED, attempt(1, 0, None), name="deploy hunter2-secret"))
    assert "hunter2-secret" not in repr(span)
