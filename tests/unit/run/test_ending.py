"""How a run ends: the whole behaviour, as one table."""

import signal
from dataclasses import replace

import pytest

from ci_guard.errors import CommandNotFound, UsageError
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import (
    Attempt,
    Code,
    Decision,
    Diagnosis,
    Fault,
    Match,
    Namespace,
    RefusedFile,
    Verification,
)
from ci_guard.model.policy import Policy
from ci_guard.model.process import Exit, Outcome, Stop
from ci_guard.run.ending import Ending, RunFacts, ending, not_started, passed_at_once, under_way, undiagnosed

LOCK, BLOCK, DENIED, NETWORK = (
    Category.ANTIVIRUS_LOCK,
    Category.ANTIVIRUS_BLOCK,
    Category.PERMISSION,
    Category.NETWORK,
)
TERM = int(signal.SIGTERM)
WHOLE = Verification(whole=True, environments=("/w/.venv",), packages=3, files=12)
UNEXAMINED = Verification(whole=None, reason="ci-guard cannot examine what `make` installed")
BROKEN = Verification(whole=False, faults=(Fault(project="ruff", path="/w/bin/ruff", what="missing"),))


def failed(
    category: Category = LOCK,
    status: int = 2,
    *,
    path: str | None = None,
    holders: tuple[str, ...] = (),
    once: bool = False,
    stop: Stop | None = None,
) -> Attempt:
    match = Match(signature="s", path=path, code=Code(Namespace.WIN32, 5)) if path else None
    return Attempt(
        number=1,
        argv=("uv", "sync"),
        outcome=Outcome(exit=Exit(code=status), started=0.0, duration=1.0, captures=(), stopped=stop),
        diagnosis=Diagnosis(
            category=category,
            match=match,
            retry_once=once,
            evidence=("asked",),
            refused=RefusedFile(holders=holders),
        ),
        decision=Decision(again=False, reason="the reason"),
    )


def passed() -> Attempt:
    return replace(failed(status=0), diagnosis=None, decision=Decision(again=False, reason="passed"))


def numbered(*attempts: Attempt) -> tuple[Attempt, ...]:
    return tuple(replace(each, number=number) for number, each in enumerate(attempts, 1))


GAVE_UP, FAILED, FLAKY = RunOutcome.GAVE_UP, RunOutcome.FAILED, RunOutcome.FLAKY
ABORTED, TIMED_OUT = RunOutcome.ABORTED, RunOutcome.TIMED_OUT


@pytest.mark.parametrize(
    ("attempts", "facts", "outcome", "status", "category", "sentence"),
    [
        pytest.param(
            [failed(DENIED)],
            {},
            FAILED,
            2,
            DENIED,
            "failed after attempt 1: the reason; permission",
            id="permanent",
        ),
        pytest.param(
            [failed(Category.UNKNOWN, 7)], {}, FAILED, 7, Category.UNKNOWN, "failed after", id="unknown"
        ),
        pytest.param(
            [failed()], {}, GAVE_UP, 2, LOCK, "gave up after attempt 1", id="a lock, and no second attempt"
        ),
        pytest.param(
            [failed(), failed()], {}, GAVE_UP, 2, LOCK, "gave up after attempt 2", id="locks to the end"
        ),
        pytest.param(
            [failed(path="/a"), failed(path="/b")],
            {},
            GAVE_UP,
            2,
            LOCK,
            "antivirus_lock",
            id="another file each time",
        ),
        pytest.param(
            [failed(path="/a"), failed(path="/a", holders=("ide.exe",))],
            {},
            GAVE_UP,
            2,
            Category.FILE_IN_USE,
            "another program keeps it open",
            id="the same file each time, by a holder that is named",
        ),
        pytest.param(
            [failed(path="/a"), failed(path="/a")],
            {},
            GAVE_UP,
            2,
            LOCK,
            "a scanner holds each fresh file for longer",
            id="the same file each time, perhaps anew",
        ),
        pytest.param(
            [failed(), failed(DENIED)], {}, FAILED, 2, DENIED, "failed after attempt 2", id="another failure"
        ),
        pytest.param(
            [failed(NETWORK)],
            {"policy": Policy(retry_on=(NETWORK,))},
            GAVE_UP,
            2,
            NETWORK,
            "gave up",
            id="added",
        ),
        pytest.param(
            [failed()], {"policy": Policy(retry_on=())}, FAILED, 2, LOCK, "failed", id="nothing is retried"
        ),
        pytest.param(
            [failed(BLOCK, once=True)], {}, FAILED, 2, BLOCK, "failed", id="vanished once, no second attempt"
        ),
        pytest.param([failed(BLOCK, once=True)] * 2, {}, GAVE_UP, 2, BLOCK, "gave up", id="vanished twice"),
        pytest.param(
            [failed(), failed(BLOCK, once=True)], {}, FAILED, 2, BLOCK, "failed", id="lock, then a verdict"
        ),
        pytest.param(
            [failed(Category.TIMEOUT, 1, stop=Stop(timeout=60.0))],
            {},
            TIMED_OUT,
            124,
            Category.TIMEOUT,
            "timed out after attempt 1",
            id="timeout",
        ),
        pytest.param(
            [failed(Category.INTERRUPTED, 143, stop=Stop(signal=TERM))],
            {"received": TERM},
            ABORTED,
            143,
            Category.INTERRUPTED,
            "aborted after attempt 1",
            id="interrupted",
        ),
        pytest.param(
            [failed(Category.INTERRUPTED, 0, stop=Stop(signal=TERM))],
            {"received": TERM},
            ABORTED,
            0,
            Category.INTERRUPTED,
            "aborted",
            id="interrupted, and it ended well",
        ),
        pytest.param(
            [failed()], {"received": TERM}, ABORTED, 128 + TERM, LOCK, "aborted", id="interrupted between"
        ),
        pytest.param(
            [failed()], {"policy": Policy(exit_codes={LOCK: 75})}, GAVE_UP, 75, LOCK, "gave up", id="mapped"
        ),
        pytest.param(
            [failed(Category.TIMEOUT, 1)],
            {"policy": Policy(exit_codes={Category.TIMEOUT: 9})},
            TIMED_OUT,
            9,
            Category.TIMEOUT,
            "timed out",
            id="timeout, mapped",
        ),
        pytest.param(
            [failed(), failed(status=0)],
            {"verification": BROKEN},
            GAVE_UP,
            1,
            LOCK,
            "gave up",
            id="green, not whole",
        ),
        pytest.param(
            [failed(), passed()],
            {"verification": WHOLE},
            FLAKY,
            0,
            None,
            "recovered at attempt 2 of 6: verified 12 files of 3 packages in `/w/.venv`",
            id="recovered",
        ),
        pytest.param(
            [failed(), passed()],
            {"verification": UNEXAMINED},
            FLAKY,
            0,
            None,
            "recovered at attempt 2 of 6, not verified: ci-guard cannot examine what `make` installed",
            id="recovered, not examined",
        ),
        pytest.param(
            [failed(), passed()], {}, FLAKY, 0, None, "recovered at attempt 2 of 6", id="not to be verified"
        ),
    ],
)
def test_ending(
    attempts: list[Attempt],
    facts: dict[str, object],
    outcome: RunOutcome,
    status: int,
    category: Category | None,
    sentence: str,
) -> None:
    ended = ending(RunFacts(**({"policy": Policy(), "attempts": numbered(*attempts)} | facts)))  # type: ignore[arg-type]
    assert (ended.outcome, ended.exit_status, ended.category) == (outcome, status, category)
    assert sentence in ended.explanation
    assert not ended.explanation.endswith("; unknown")
    assert (ended.verdict.category if ended.verdict else None) == category


@pytest.mark.parametrize(
    ("ended", "outcome", "status", "category", "sentence"),
    [
        (passed_at_once(), RunOutcome.PASSED, 0, None, "passed at the first attempt"),
        (
            not_started(CommandNotFound("no `uvv`", hint="install it")),
            RunOutcome.NOT_STARTED,
            127,
            Category.COMMAND_NOT_FOUND,
            "no `uvv`",
        ),
        (not_started(UsageError("refused")), RunOutcome.NOT_STARTED, 125, Category.CONFIGURATION, "refused"),
        (under_way(2, 6), RunOutcome.ABORTED, 1, Category.INTERRUPTED, "aborted during attempt 3 of 6"),
        (
            undiagnosed(failed(status=3).outcome, OSError("locked")),
            FAILED,
            3,
            Category.UNKNOWN,
            "failed, and could not be diagnosed: locked",
        ),
        (
            undiagnosed(passed().outcome, OSError("locked")),
            FAILED,
            1,
            Category.UNKNOWN,
            "could not be diagnosed",
        ),
    ],
)
def test_the_ends_that_need_no_weighing(
    ended: Ending, outcome: RunOutcome, status: int, category: Category | None, sentence: str
) -> None:
    assert (ended.outcome, ended.exit_status, ended.category) == (outcome, status, category)
    assert sentence in ended.explanation


def test_no_end_is_green_but_a_pass() -> None:
    """Over every category and signal: 0 is the status of what passed, or what an interrupted command said."""
    for category in Category:
        for received in (None, TERM):
            for retry_on in ((), (category,), (LOCK,)):
                for last in (failed(category, 0), failed(category, 5)):
                    facts = RunFacts(
                        policy=Policy(retry_on=retry_on), attempts=numbered(failed(), last), received=received
                    )
                    ended = ending(facts)
                    assert ended.exit_status != 0, (category, received, retry_on)
                    assert ended.outcome not in (RunOutcome.PASSED, FLAKY)
