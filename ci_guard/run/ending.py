"""How a run ended: outcome, exit status, category and the sentence about it, as pure functions of values.

`ending` is the end of a recovery, whose whole behaviour is one table in its test; the small ones beside it
are the ends that need no weighing. Nothing here asks the machine, the clock or the interruptions.
"""

from collections.abc import Sequence

from ci_guard.ci_server.announcements import RECOVERED
from ci_guard.dataclass import dataclass
from ci_guard.errors import GuardError, NotStarted
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Diagnosis, Hold, Verification
from ci_guard.model.policy import Policy
from ci_guard.model.process import TIMEOUT_STATUS, Outcome
from ci_guard.retry.decide import asks_by_status, settled
from ci_guard.run import messages

UNVERIFIED_STATUS = 1  # where the command itself said 0
PROVISIONAL_STATUS = 1  # of a run under way: what would be true if ci-guard were killed
SIGNAL_STATUS = 128  # as shells have it: 128 + the signal's number


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the end of a recovery is judged by."""

    policy: Policy
    attempts: Sequence[Attempt]  # all of them, diagnosed and decided; at least one
    verification: Verification | None = None  # of the last attempt
    received: int | None = None  # the signal that ci-guard itself was sent during the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended."""

    outcome: RunOutcome
    exit_status: int
    category: Category | None  # None: passed
    explanation: str  # one sentence for people
    verdict: Diagnosis | None = None  # the last attempt's diagnosis in the light of all attempts


def ending(facts: RunFacts) -> Ending:
    """How the run ended after its last attempt failed, or passed after others had failed."""
    verdict = settled(facts.attempts, facts.policy.patience)
    if verdict is None and len(facts.attempts) == 1:
        return passed_at_once()
    if verdict is None:
        return Ending(
            outcome=RunOutcome.FLAKY, exit_status=0, category=None, explanation=_tell_recovery(facts)
        )
    outcome = _outcome(facts, verdict)
    return Ending(
        outcome=outcome,
        exit_status=_status(facts, verdict),
        category=verdict.category,
        explanation=_tell_defeat(facts, verdict, outcome),
        verdict=verdict,
    )


def passed_at_once(holds: Sequence[Hold] = (), exit_status: int = 0) -> Ending:
    """The end of a run whose first attempt passed; `holds`: what it might have failed on.

    `exit_status`: of the command, which may be another than 0 (robocopy).
    """
    explanation = "passed at the first attempt"
    if holds:
        explanation += f", {messages.held_in_all(holds)}"
    outcome = RunOutcome.FLAKY if holds else RunOutcome.PASSED
    return Ending(outcome=outcome, exit_status=exit_status, category=None, explanation=explanation)


def not_started(error: GuardError) -> Ending:
    """The end of a run in which there was nothing to run, or nothing that may be run."""
    category = Category.COMMAND_NOT_FOUND if isinstance(error, NotStarted) else Category.CONFIGURATION
    verdict = Diagnosis(category=category, advice=(error.hint,) if error.hint else ())
    return Ending(
        outcome=RunOutcome.NOT_STARTED,
        exit_status=error.exit_status,
        category=category,
        explanation=str(error),
        verdict=verdict,
    )


def undiagnosed(outcome: Outcome, error: Exception) -> Ending:
    """The end of a run whose failed first attempt nothing could be said about, because of `error`."""
    return Ending(
        outcome=RunOutcome.FAILED,
        exit_status=outcome.exit.status or UNVERIFIED_STATUS,
        category=Category.UNKNOWN,
        explanation=f"failed, and could not be diagnosed: {error}",
        verdict=Diagnosis(category=Category.UNKNOWN, evidence=(str(error),)),
    )


def under_way(made: int, allowed: int) -> Ending:
    """What is true of a run with `made` attempts behind it if ci-guard is killed now."""
    return Ending(
        outcome=RunOutcome.ABORTED,
        exit_status=PROVISIONAL_STATUS,
        category=Category.INTERRUPTED,
        explanation=f"aborted during attempt {made + 1} of {allowed}",
    )


def _outcome(facts: RunFacts, verdict: Diagnosis) -> RunOutcome:
    if facts.received is not None:
        return RunOutcome.ABORTED
    if verdict.category is Category.TIMEOUT:
        return RunOutcome.TIMED_OUT
    hopeful = {*facts.policy.retry_on, Category.FILE_IN_USE}
    if verdict.category in hopeful or asks_by_status(facts.policy, facts.attempts[-1], verdict):
        return RunOutcome.GAVE_UP
    # of locks and then a verdict only the verdict counts
    met = {made.diagnosis.category for made in facts.attempts if made.diagnosis is not None}
    vanished_again = verdict.retry_once and len(facts.attempts) > 1
    return (
        RunOutcome.GAVE_UP if vanished_again and not met & set(facts.policy.retry_on) else RunOutcome.FAILED
    )


def _status(facts: RunFacts, verdict: Diagnosis) -> int:
    last = facts.attempts[-1].outcome
    if facts.received is not None and last.stopped is None:
        return SIGNAL_STATUS + facts.received
    if verdict.category in facts.policy.exit_codes:
        return facts.policy.exit_codes[verdict.category]
    if verdict.category is Category.TIMEOUT:
        return TIMEOUT_STATUS
    # an interrupted command that ends with 0 has said so itself; a verification that failed has not
    return last.exit.status if last.stopped is not None else last.exit.status or UNVERIFIED_STATUS


def _tell_recovery(facts: RunFacts) -> str:
    recovered = RECOVERED.text(attempt=facts.attempts[-1].number, allowed=facts.policy.attempts)
    if facts.verification is None:
        return recovered
    joint = ", " if facts.verification.whole is None else ": "  # "not verified" has a colon of its own
    return recovered + joint + messages.verified(facts.verification)


def _tell_defeat(facts: RunFacts, verdict: Diagnosis, outcome: RunOutcome) -> str:
    last = facts.attempts[-1]
    seen = messages.seen(verdict)
    reason = last.decision.reason if last.decision is not None else seen
    evidence = f"; {verdict.evidence[-1]}" if verdict.evidence else ""
    # of an unknown failure the reason has said that it is unknown
    told = reason if seen in (reason, Category.UNKNOWN) else f"{reason}; {seen}"
    return f"{outcome.words} after attempt {last.number}: {told}{evidence}"
