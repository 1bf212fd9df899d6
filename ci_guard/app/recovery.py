"""What follows a failed attempt: diagnose, decide, wait, mend, change, run again, prove."""

import random
import time
from dataclasses import replace

from ci_guard.agent.wording import system_texts
from ci_guard.app import journal, wording
from ci_guard.app.judging import current_system, diagnosis_of
from ci_guard.app.localizing import in_words_of
from ci_guard.app.restoring import Restoration
from ci_guard.app.setting import Setting
from ci_guard.config.entries import signature_from
from ci_guard.errors import GuardError
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import (
    AppliedTweak,
    Attempt,
    Decision,
    Diagnosis,
    Match,
    Run,
    Verification,
    Waited,
)
from ci_guard.model.knowledge import Knowledge
from ci_guard.model.process import TIMEOUT_STATUS, Outcome
from ci_guard.process.interruptions import Interruptions
from ci_guard.recover.scratch import Scratch
from ci_guard.recover.tweaks import apply, choose
from ci_guard.recover.unlock import wait_until_free
from ci_guard.retry.backoff import delay
from ci_guard.retry.decide import decide, settled

UNPROVEN_STATUS = 1
SIGNAL_STATUS = 128
PROOF_SIGNATURE = "ci-guard.proof"


def recover(setting: Setting, outcome: Outcome, interruptions: Interruptions) -> int:
    """Go on after a failed first attempt until it is recovered or there is no hope; the exit status."""
    try:
        known = load_knowledge(tuple(signature_from(mapping) for mapping in setting.policy.signatures))
        knowledge = in_words_of(known, system_texts(known.numbers("win32")))
    except (GuardError, OSError) as error:
        # our own data files can be locked or quarantined too: the command's status is what matters then
        return _undiagnosed(setting, outcome, error)
    with Scratch(setting.directory) as scratch:
        story = _Story(setting, interruptions, scratch, knowledge)
        first = story.judged(Attempt(number=1, argv=setting.launch(1).argv, outcome=outcome))
        if first.again:
            from ci_guard.retry.engine import repeat

            repeat(first, story.wait, story.attempt)
        run = story.end()
        journal.final(setting, run)  # before the removal, which may have to wait for a scanner
    for folder in scratch.left:
        setting.voice.warn(
            f"the scratch folder `{folder}` could not be removed: something holds a file of it"
        )
    return run.exit_status


def _undiagnosed(setting: Setting, outcome: Outcome, error: Exception) -> int:
    setting.voice.warn(f"the failure cannot be diagnosed: {error}")
    status = outcome.exit.status or UNPROVEN_STATUS
    attempt = Attempt(
        number=1,
        argv=setting.launch(1).argv,
        outcome=outcome,
        diagnosis=Diagnosis(category=Category.UNKNOWN, evidence=(str(error),)),
    )
    explanation = f"failed, and could not be diagnosed: {error}"
    journal.final(
        setting,
        journal.conclude(setting, [attempt], RunOutcome.FAILED, status, Category.UNKNOWN, explanation),
    )
    return status


class _Story:
    """The attempts so far, and what happens after each."""

    def __init__(
        self, setting: Setting, interruptions: Interruptions, scratch: Scratch, knowledge: Knowledge
    ) -> None:
        self._setting = setting
        self._policy = setting.policy
        self._interruptions = interruptions
        self._scratch = scratch
        self._knowledge = knowledge
        self._restoration = Restoration(setting)
        self._attempts: list[Attempt] = []
        self._waited = Waited(seconds=0.0, reason="at once")
        self._verification: Verification | None = None

    def judged(self, attempt: Attempt) -> Attempt:
        """The attempt with its diagnosis and the decision that follows; remembered and announced."""
        diagnosis = self._diagnosis(attempt)
        attempt = replace(attempt, diagnosis=diagnosis)
        pause = delay(attempt.number, self._policy.backoff, random.random)
        decision = decide(self._policy, [*self._attempts, attempt], self._setting.left, pause)
        attempt = replace(attempt, decision=decision)
        self._attempts.append(attempt)
        if diagnosis is not None:
            self._setting.voice.announce(wording.decided(attempt, diagnosis, self._policy.attempts))
            for line in wording.reasons(diagnosis):
                self._setting.voice.detail(line)
        return attempt

    def wait(self, seconds: float) -> None:
        """Wait before the next attempt: the backoff, or until the named file is free."""
        most = max(seconds, self._policy.backoff.maximum)
        if self._setting.left is not None:
            most = min(most, max(0.0, self._setting.left))
        match = self._attempts[-1].diagnosis.match if self._attempts[-1].diagnosis else None
        path = match.path if match is not None and self._policy.wait_for_unlock else None
        wait = wait_until_free(
            self._setting.absolute(path),
            min(seconds, most),
            most,
            self._interruptions.sleep,
            time.monotonic,
            match.operation if match is not None else None,
        )
        reason = "backoff"
        if wait.free:
            reason = "the file has come free"
        elif wait.seen_held:
            reason = "the file is still held"
        self._waited = Waited(seconds=wait.seconds, reason=reason)

    def attempt(self) -> Attempt:
        """Mend, change, run and judge the next attempt."""
        if self._interruptions.received is not None:
            return self._stop("interrupted")
        repairs, refusal = self._restoration.mend(self._attempts) if self._policy.repair else ((), None)
        if refusal is not None:
            self._setting.voice.announce(f"no further attempt: {refusal}")
            return self._stop(refusal)
        number = self._attempts[-1].number + 1
        changes, tweaks = self._tweaks(number)
        self._setting.voice.announce(
            wording.starting(number, self._policy.attempts, self._waited, repairs, tweaks)
        )
        for line in wording.means(repairs, tweaks):
            self._setting.voice.detail(line)
        journal.provisional(self._setting, self._attempts)
        launch = self._setting.launch(number, changes)
        try:
            outcome = self._setting.hosting.supervise(
                launch, number, self._policy.attempts, self._interruptions
            )
        except GuardError as error:
            self._setting.voice.announce(f"no further attempt: {error}")
            return self._stop(str(error))
        made = Attempt(
            number=number,
            argv=launch.argv,
            outcome=outcome,
            waited=self._waited,
            tweaks=tweaks,
            repairs=repairs,
        )
        return self.judged(made)

    def end(self) -> Run:
        """The finished run; says how it ended."""
        last = self._attempts[-1]
        verdict = settled(self._attempts)
        if verdict is not last.diagnosis:
            self._attempts[-1] = last = replace(last, diagnosis=verdict)
        outcome = self._outcome(verdict)
        explanation = self._explanation(verdict, outcome)
        if outcome is not RunOutcome.FAILED:
            self._setting.voice.announce(explanation)
            for line in (verdict.advice if verdict is not None else ())[: wording.SHOWN]:
                self._setting.voice.announce(f"hint: {line}")
        return journal.conclude(
            self._setting,
            self._attempts,
            outcome,
            self._status(verdict),
            verdict.category if verdict is not None else None,
            explanation,
            verification=self._verification,
        )

    def _diagnosis(self, attempt: Attempt) -> Diagnosis | None:
        if attempt.outcome.passed and self._attempts:
            return self._unproven() if self._policy.verify else None
        return diagnosis_of(
            attempt.outcome,
            attempt.argv,
            self._knowledge,
            self._setting.directory,
            lambda: self._restoration.folders(attempt.argv),
        )

    def _unproven(self) -> Diagnosis | None:
        """None if the result is proven, else what is missing, as the failure that it is."""
        self._verification = proof = self._restoration.prove(self._attempts)
        if proof.whole:
            return None
        cause = next(
            (made.diagnosis for made in reversed(self._attempts) if made.diagnosis is not None), None
        )
        _, _, rest = proof.faults[0].partition(": ")
        return Diagnosis(
            category=cause.category if cause is not None else Category.UNKNOWN,
            match=Match(
                signature=PROOF_SIGNATURE,
                operation="verify",
                path=rest.rpartition(": ")[0] or None,
                excerpt=proof.faults[0],
            ),
            evidence=(f"the command exited 0, and the result is {wording.proven(proof)}",),
            advice=cause.advice if cause is not None else (),
        )

    def _tweaks(self, number: int) -> tuple[dict[str, str], tuple[AppliedTweak, ...]]:
        last = self._attempts[-1]
        if last.diagnosis is None:
            return {}, ()
        match = last.diagnosis.match
        ladder = self._knowledge.ladder(last.argv, match.signature if match is not None else None)
        chosen = choose(ladder, number, last.diagnosis, self._policy.tweaks, current_system())
        path = self._setting.absolute(match.path) if match is not None else None
        try:
            return apply(
                chosen,
                self._setting.user_environment(),
                self._policy.tweaks,
                lambda: self._scratch.folder(path),
            )
        except OSError as error:
            self._setting.voice.warn(f"no scratch folder, so no tweaks: {error}")
            return {}, ()

    def _stop(self, reason: str) -> Attempt:
        """No attempt is made any more: the last one's decision says why."""
        self._attempts[-1] = replace(self._attempts[-1], decision=Decision(again=False, reason=reason))
        return self._attempts[-1]

    def _outcome(self, verdict: Diagnosis | None) -> RunOutcome:
        if verdict is None:
            return RunOutcome.FLAKY
        if self._interruptions.received is not None:
            return RunOutcome.ABORTED
        if verdict.category is Category.TIMEOUT:
            return RunOutcome.TIMED_OUT
        retried = {made.diagnosis.category for made in self._attempts if made.diagnosis is not None}
        if verdict.category is Category.FILE_IN_USE or retried & set(self._policy.retry_on):
            return (
                RunOutcome.GAVE_UP
                if verdict.category in (*self._policy.retry_on, Category.FILE_IN_USE)
                else RunOutcome.FAILED
            )
        return RunOutcome.GAVE_UP if verdict.one_more and len(self._attempts) > 1 else RunOutcome.FAILED

    def _status(self, verdict: Diagnosis | None) -> int:
        last = self._attempts[-1].outcome
        if verdict is None:
            return 0
        if self._interruptions.received is not None and last.stopped is None:
            return SIGNAL_STATUS + self._interruptions.received
        if verdict.category in self._policy.exit_codes:
            return self._policy.exit_codes[verdict.category]
        if verdict.category is Category.TIMEOUT:
            return TIMEOUT_STATUS
        # an interrupted command that ends with 0 has said so itself; a proof that failed has not
        return last.exit.status if last.stopped is not None else last.exit.status or UNPROVEN_STATUS

    def _explanation(self, verdict: Diagnosis | None, outcome: RunOutcome) -> str:
        number = self._attempts[-1].number
        if verdict is None:
            proof = f": {wording.proven(self._verification)}" if self._verification is not None else ""
            return f"recovered at attempt {number} of {self._policy.attempts}{proof}"
        decision = self._attempts[-1].decision
        reason = f": {decision.reason}" if decision is not None else ""
        last = f"; {verdict.evidence[-1]}" if verdict.evidence else ""
        return f"{outcome.replace('_', ' ')} after attempt {number}{reason}; {wording.seen(verdict)}{last}"
