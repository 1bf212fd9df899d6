"""What follows a failed attempt: diagnose, decide, wait, repair, change, run again, verify."""

import signal
import time
from collections.abc import Sequence

from ci_guard.command_line.publishing import published_by
from ci_guard.dataclass import replace
from ci_guard.errors import BROKEN_FILE, GuardError
from ci_guard.knowledge.failures_despite_exit_0 import admits, keeps_silent
from ci_guard.knowledge.load import load_knowledge
from ci_guard.machine.held import waiting
from ci_guard.machine.locale import system_texts
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import (
    Attempt,
    Decision,
    Diagnosis,
    Match,
    Namespace,
    Run,
    Verification,
    Waited,
)
from ci_guard.model.knowledge import Knowledge
from ci_guard.model.policy import ALWAYS
from ci_guard.model.process import Outcome
from ci_guard.process.interruptions import Interruptions
from ci_guard.random_name import random_fraction
from ci_guard.recover.family import RepairOutcome
from ci_guard.recover.scratch import Scratch
from ci_guard.reports.sentences import tell_fault
from ci_guard.retry.backoff import delay
from ci_guard.retry.decide import decide
from ci_guard.run import messages, record
from ci_guard.run.between import run_between
from ci_guard.run.context import Beside, RunContext
from ci_guard.run.diagnosing import diagnosis_of
from ci_guard.run.ending import RunFacts, ending
from ci_guard.run.environments import Environments
from ci_guard.run.hints import hints
from ci_guard.run.ladder import Ladder
from ci_guard.run.localize import in_words_of
from ci_guard.run.successes import counted
from ci_guard.run.waits import Waits


def recover(
    context: RunContext, outcome: Outcome, interruptions: Interruptions, beside: Beside = record.NOTHING
) -> int:
    """Go on after a failed first attempt until it is recovered or there is no hope; the exit status."""
    try:
        known = load_knowledge(context.policy.signatures)
        knowledge = in_words_of(known, system_texts(known.numbers(Namespace.WIN32)))
    except (GuardError, *BROKEN_FILE) as error:
        # our own data files can be locked or quarantined too: the command's status is what matters then
        return record.undiagnosed(context, outcome, error)
    outcome = counted(outcome, context.launch(1).argv, knowledge)
    if outcome.passed and outcome.exit.status and not admits(outcome.captures):
        return record.passed(context, outcome, beside)
    with Scratch(context.directory) as scratch, waiting(interruptions.sleep):
        recovery = Recovery(context, interruptions, scratch, knowledge)
        first = recovery.judged(record.first_attempt(context, outcome, beside))
        if first.again:
            from ci_guard.retry.engine import repeat

            repeat(first, recovery.wait, recovery.attempt)
        run = recovery.end()
        record.final(context, run)  # before the removal, which may have to wait for a scanner
    for folder in scratch.left:
        context.console.warn(
            f"the scratch folder `{folder}` could not be removed: something holds a file of it"
        )
    last = run.attempts[-1].outcome
    if interruptions.received == signal.SIGINT and (
        last.exit.signal == signal.SIGINT or last.stopped is None
    ):
        raise KeyboardInterrupt  # the command has died of it, or none was running: so do we
    return run.exit_status


class Recovery:
    """The attempts so far, and what happens after each."""

    def __init__(
        self, context: RunContext, interruptions: Interruptions, scratch: Scratch, knowledge: Knowledge
    ) -> None:
        self._context = context
        self._policy = context.policy
        self._interruptions = interruptions
        self._knowledge = knowledge
        self._environments = Environments(context, knowledge.wrappers)
        self._ladder = Ladder(context, knowledge, scratch)
        self._attempts: list[Attempt] = []
        self._waited = Waited(seconds=0.0, reason="at once")
        self._verification: Verification | None = None
        self._failing_since = time.monotonic()
        self._waits = Waits(context, interruptions, self._environments.folders)

    def judged(self, attempt: Attempt) -> Attempt:
        """The attempt with its diagnosis and the decision that follows; remembered and announced."""
        diagnosis = self._diagnosis(attempt)
        attempt = replace(attempt, diagnosis=diagnosis)
        pause = delay(attempt.number, self._policy.backoff, random_fraction)
        decision = decide(
            self._policy,
            [*self._attempts, attempt],
            self._context.left,
            pause,
            recovering=time.monotonic() - self._failing_since,
            publishes=published_by(self._knowledge, attempt.argv),
            stepped_back=self._ladder.step_back([*self._attempts, attempt]),
        )
        attempt = replace(attempt, decision=decision)
        self._attempts.append(attempt)
        for line in messages.held(attempt.holds):
            self._context.console.announce(line)
        if diagnosis is not None:
            self._context.console.announce(messages.decided(attempt, diagnosis, self._policy.attempts))
            for line in messages.reasons(diagnosis):
                self._context.console.detail(line)
        return attempt

    def wait(self, seconds: float) -> None:
        """Wait before the next attempt: the backoff, or until what the last one wrote is free."""
        record.provisional(self._context, self._attempts)  # who is killed meanwhile has the lock on record
        self._waited = self._waits.wait(self._attempts, seconds, (self._context.left, self._recovery_left))

    @property
    def _recovery_left(self) -> float | None:
        """Seconds in which another attempt may begin; None without a limit."""
        limit = self._policy.recovery_time
        return None if limit is None else self._failing_since + limit - time.monotonic()

    def attempt(self) -> Attempt:
        """Repair, change, run and judge the next attempt; in its turn, if the policy wants turns."""
        if not self._policy.throttle or self._interruptions.received is not None:
            return self._attempt()
        from ci_guard.run.turn import turn  # only where it is asked for

        with turn(self._context, self._interruptions, (self._context.left, self._recovery_left)) as seconds:
            if seconds:
                reason = f"{self._waited.reason}, {seconds:.1f} s of it for its turn"
                self._waited = replace(self._waited, seconds=self._waited.seconds + seconds, reason=reason)
            return self._attempt()

    def _attempt(self) -> Attempt:
        if self._interruptions.received is not None:
            return self._stop("interrupted")
        if self._waits.are_futile(self._attempts) and not self._may_change():
            self._context.console.announce(f"no further attempt: {messages.FUTILE}")
            return self._stop(messages.FUTILE)
        if self._recovery_left is not None and self._recovery_left <= 0:
            reason = f"{self._waited.reason}, and the time to recover in is over (recovery_time)"
            self._context.console.announce(f"no further attempt: {reason}")
            return self._stop(reason)
        # only now that the attempt is certain: what a repair takes away it has to put back
        repaired = self._environments.repair(self._attempts) if self._policy.repair else RepairOutcome()
        if repaired.refusal is not None:
            self._context.console.announce(f"no further attempt: {repaired.refusal}")
            return self._stop(repaired.refusal)
        if self._hopeless(repaired):
            reason = "the result could not be verified, and running the step again has not changed that"
            self._context.console.announce(f"no further attempt: {reason}")
            return self._stop(reason)
        repairs, number = repaired.repairs, self._attempts[-1].number + 1
        changes, tweaks = self._ladder.step(self._attempts, number)
        self._context.console.announce(
            messages.starting(number, self._policy.attempts, self._waited, repairs, tweaks)
        )
        for line in messages.means(repairs, tweaks):
            self._context.console.detail(line)
        record.provisional(self._context, self._attempts)
        launch = self._context.launch(number, changes)
        if self._policy.on_retry is not None:
            run_between(self._context, launch, self._policy.on_retry, self._interruptions)
        patience, listener = self._context.patience(launch, self._attempts), self._context.listener()
        try:
            outcome = self._context.ci_reporter.supervise(
                launch, number, self._policy.attempts, self._interruptions, patience, listener
            )
        except GuardError as error:
            self._context.console.announce(f"no further attempt: {error}")
            return self._stop(str(error))
        made = Attempt(
            number=number,
            argv=launch.argv,
            outcome=counted(outcome, launch.argv, self._knowledge),
            waited=self._waited,
            tweaks=tweaks,
            repairs=repairs,
            holds=patience.holds if patience is not None else (),
            near_misses=listener.near_misses if listener is not None else (),
        )
        return self.judged(made)

    def _hopeless(self, repaired: RepairOutcome) -> bool:
        """Whether nothing can be repaired, and one more plain attempt has been made already."""
        last = self._attempts[-2:]
        twice = len(last) == 2 and all(map(_is_unverified, last))
        return twice and not last[-1].repairs and not repaired.repairs

    def _may_change(self) -> bool:
        """Whether something may help that was not tried yet."""
        return self._policy.fallback is not None or self._ladder.climbs(self._attempts, self._policy.attempts)

    def end(self) -> Run:
        """The finished run; says how it ended."""
        ended = ending(
            RunFacts(
                policy=self._policy,
                attempts=self._attempts,
                verification=self._verification,
                received=self._interruptions.received,
            )
        )
        told = hints(self._context, self._knowledge, self._attempts, ended)
        if ended.verdict is not self._attempts[-1].diagnosis:
            self._attempts[-1] = replace(self._attempts[-1], diagnosis=ended.verdict)
        if ended.outcome is RunOutcome.FLAKY:
            record.healed(self._context, self._attempts)
        else:
            record.learn(self._context, ended.outcome, self._attempts)
        if ended.outcome is RunOutcome.FAILED:  # why stands in the line about its last attempt
            self._context.console.conclude_if_quiet(ended.explanation)
        elif ended.outcome is not RunOutcome.PASSED:
            self._context.console.conclude(ended.explanation)
        for line in told:
            self._context.console.announce(f"hint: {line}")
        return record.conclude(self._context, self._attempts, ended, verification=self._verification)

    def _diagnosis(self, attempt: Attempt) -> Diagnosis | None:
        if attempt.outcome.passed and not admits(attempt.outcome.captures):
            return self._proven(attempt)
        diagnosis = self._read(attempt)
        if attempt.outcome.passed and diagnosis.match is None:  # such words, but nobody's admission
            return self._proven(attempt)
        return diagnosis

    def _read(self, attempt: Attempt) -> Diagnosis:
        return diagnosis_of(
            attempt.outcome,
            attempt.argv,
            self._knowledge,
            self._context.directory,
            self._environments,
        )

    def _proven(self, attempt: Attempt) -> Diagnosis | None:
        """What is wrong with the result of an attempt that passed, as far as the policy wants to know."""
        always = self._policy.verify == ALWAYS
        if not self._policy.verify or not (self._attempts or always or keeps_silent(attempt.argv)):
            return None
        if always and self._policy.settle:
            self._interruptions.sleep(self._policy.settle)
        return self._unverified([*self._attempts, attempt])

    def _unverified(self, attempts: Sequence[Attempt]) -> Diagnosis | None:
        """None if the result is verified, else what is missing, as the failure that it is."""
        self._verification = verification = self._environments.verify(attempts)
        if verification.whole is not False:
            return None
        cause = next(
            (made.diagnosis for made in reversed(self._attempts) if made.diagnosis is not None), None
        )
        fault = verification.faults[0]
        return Diagnosis(
            # of what was there when the command ended, and is not now, it is a scanner that knows
            category=cause.category if cause is not None else Category.ANTIVIRUS_LOCK,
            match=Match(
                signature=messages.VERIFY_SIGNATURE,
                operation="verify",
                path=fault.path,
                excerpt=tell_fault(fault),
            ),
            evidence=(f"the command exited 0, and the result is {messages.verified(verification)}",),
            advice=cause.advice if cause is not None else (),
        )

    def _stop(self, reason: str) -> Attempt:
        """No attempt is made any more: the last one's decision says why."""
        self._attempts[-1] = replace(self._attempts[-1], decision=Decision(again=False, reason=reason))
        return self._attempts[-1]


def _is_unverified(attempt: Attempt) -> bool:
    match = attempt.diagnosis.match if attempt.diagnosis is not None else None
    return match is not None and match.signature == messages.VERIFY_SIGNATURE
