"""The whole behaviour of the decision, as one table."""

from dataclasses import replace

import pytest

from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Code, Diagnosis, Match
from ci_guard.model.policy import Policy
from ci_guard.model.process import Exit, Outcome, Stop
from ci_guard.retry.decide import decide, settled

LOCK, BLOCK, DENIED = Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK, Category.PERMISSION


def attempt(
    number: int, category: Category | None, *, retry_once: bool = False, signal: int | None = None
) -> Attempt:
    stopped = None if signal is None else Stop(signal=signal)
    outcome = Outcome(exit=Exit(code=1), started=0.0, duration=1.0, captures=(), stopped=stopped)
    diagnosis = None if category is None else Diagnosis(category=category, retry_once=retry_once)
    return Attempt(number=number, argv=("uv", "sync"), outcome=outcome, diagnosis=diagnosis)


LOCKS = [attempt(number, LOCK) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("attempts", "policy", "left", "again", "reason"),
    [
        pytest.param([attempt(1, None)], Policy(), None, False, "passed", id="passed"),
        pytest.param(LOCKS[:1], Policy(), None, True, "antivirus_lock", id="lock"),
        pytest.param(LOCKS[:1], Policy(attempts=1), None, False, "all 1 attempts", id="only one allowed"),
        pytest.param(LOCKS, Policy(attempts=3), None, False, "all 3 attempts", id="attempts used"),
        pytest.param(LOCKS, Policy(attempts=4), None, True, "antivirus_lock", id="one left"),
        pytest.param(LOCKS[:1], Policy(), 5.0, False, "no time left", id="wait ends after the deadline"),
        pytest.param(LOCKS[:1], Policy(), 5.1, True, "antivirus_lock", id="wait ends before the deadline"),
        pytest.param(LOCKS[:1], Policy(retry_on=()), None, False, "does not pass", id="nothing is retried"),
        pytest.param([attempt(1, DENIED)], Policy(), None, False, "permission", id="permanent"),
        pytest.param([attempt(1, Category.UNKNOWN)], Policy(), None, False, "unknown", id="no evidence"),
        pytest.param(
            [attempt(1, Category.NETWORK)],
            Policy(retry_on=(Category.NETWORK,)),
            None,
            True,
            "network",
            id="added",
        ),
        pytest.param([attempt(1, BLOCK)], Policy(), None, False, "antivirus_block", id="verdict"),
        pytest.param(
            [attempt(1, BLOCK, retry_once=True)], Policy(), None, True, "antivirus_block", id="vanished once"
        ),
        pytest.param(
            [attempt(1, BLOCK, retry_once=True), attempt(2, BLOCK, retry_once=True)],
            Policy(),
            None,
            False,
            "vanished again",
            id="vanished twice",
        ),
        pytest.param([attempt(1, LOCK, signal=15)], Policy(), None, False, "interrupted", id="interrupted"),
    ],
)
def test_decide(
    attempts: list[Attempt], policy: Policy, left: float | None, again: bool, reason: str
) -> None:
    decision = decide(policy, attempts, left, 5.0)
    assert (decision.again, reason in decision.reason) == (again, True), decision
    assert decision.delay == (5.0 if again else 0.0)


@pytest.mark.parametrize(
    ("recovery_time", "recovering", "again"),
    [
        pytest.param(60.0, 0.0, True, id="just failed"),
        pytest.param(60.0, 54.9, True, id="the next one begins in time"),
        pytest.param(60.0, 55.0, False, id="the next one would begin at its end"),
        pytest.param(60.0, 600.0, False, id="long over"),
        pytest.param(None, 1e9, True, id="no limit"),
    ],
)
def test_no_further_attempt_begins_after_the_recovery_time(
    recovery_time: float | None, recovering: float, again: bool
) -> None:
    policy = Policy(recovery_time=recovery_time)
    decision = decide(policy, LOCKS[:1], None, 5.0, recovering=recovering)
    assert decision.again is again
    assert ("recovery_time" in decision.reason) is not again


def test_by_default_nothing_ends_a_command_that_runs_well() -> None:
    assert (Policy().deadline, Policy().attempt_timeout) == (None, None)
    assert (Policy().recovery_time, Policy().grace) == (900.0, 10.0)


def at(path: str | None, number: int = 13, namespace: str = "errno") -> Diagnosis:
    return Diagnosis(category=LOCK, match=Match(signature="s", path=path, code=Code(namespace, number)))


@pytest.mark.parametrize(
    ("diagnoses", "category"),
    [
        pytest.param([at("/v/bin/x")], LOCK, id="one attempt proves nothing"),
        pytest.param([at("/v/bin/x"), at("/v/bin/x")], Category.FILE_IN_USE, id="always the same file"),
        pytest.param([at("/v/bin/x"), at("/v/bin/y")], LOCK, id="another file"),
        pytest.param([at("/v/bin/x"), at("/v/bin/x", 16)], LOCK, id="another refusal"),
        pytest.param(
            [at(r"C:\v\x", 32, "win32"), at(r"c:\V\X", 5, "win32")],
            Category.FILE_IN_USE,
            id="in vain removed, then replaced",
        ),
        pytest.param([at(None), at(None)], LOCK, id="no file named"),
        pytest.param(
            [at("/v/bin/.tmpAb12"), at("/v/bin/.tmpZz99")],
            LOCK,
            id="random names of one place: a fresh file at each attempt",
        ),
        pytest.param([at("/v/bin/x"), Diagnosis(category=DENIED)], DENIED, id="another category at the end"),
    ],
)
def test_a_file_that_is_always_refused_is_in_use(diagnoses: list[Diagnosis], category: Category) -> None:
    attempts = [replace(attempt(number, LOCK), diagnosis=each) for number, each in enumerate(diagnoses, 1)]
    verdict = settled(attempts)
    assert verdict is not None
    assert verdict.category is category
    assert any("a program that stays" in line for line in verdict.evidence) is (
        category is Category.FILE_IN_USE
    )


def test_a_fresh_file_at_each_attempt_is_no_program_that_stays() -> None:
    fresh = [at("/v/bin/.tmpAb12"), at("/v/bin/.tmpZz99")]
    verdict = settled([replace(attempt(n, LOCK), diagnosis=each) for n, each in enumerate(fresh, 1)])
    assert verdict is not None
    assert "each of the 2 attempts wrote the file anew" in verdict.evidence[-1]
    assert "patience" in verdict.evidence[-1]


def test_a_passed_run_is_settled() -> None:
    assert settled([*LOCKS, attempt(4, None)]) is None
