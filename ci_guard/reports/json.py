"""The run as a JSON record, schema `ci-guard/run/1`: for `ci-guard report`, `ci-guard evidence` and others.

Holds all that the run knows but the output of the attempts; of that, the excerpt that was decisive.
"""

from ci_guard.model.category import RunOutcome
from ci_guard.model.history import (
    AppliedTweak,
    Attempt,
    BuildLink,
    Fault,
    Hold,
    Match,
    NearMiss,
    Surroundings,
    Verification,
)
from ci_guard.model.process import Stop
from ci_guard.record.codec import moment, span, write_record
from ci_guard.record.shape import (
    SCHEMA,
    AttemptRecord,
    BuildRecord,
    CodeRecord,
    DecisionRecord,
    FaultRecord,
    HoldRecord,
    MachineRecord,
    MatchRecord,
    NearMissRecord,
    ProductRecord,
    RepairRecord,
    RunRecord,
    StopRecord,
    TweakRecord,
    VerificationRecord,
    WaitRecord,
)
from ci_guard.redact.values import RedactedRun


def render(run: RedactedRun) -> bytes:
    """The record of the run as a file."""
    return write_record(record_run(run))


def record_run(run: RedactedRun) -> RunRecord:
    """The record of the run."""
    return RunRecord(
        schema=SCHEMA,
        version=run.version,
        command=run.command,
        name=run.name,
        outcome=run.outcome,
        finished=run.finished,
        exit_status=run.exit_status,
        category=run.category,
        explanation=run.explanation,
        started=moment(run.started),
        duration=span(run.duration),
        host=run.host,
        agent=run.agent,
        directory=run.directory,
        attempts_allowed=run.attempts_allowed,
        attempts=tuple(_record_attempt(run, attempt) for attempt in run.attempts),
        verification=_record_verification(run.verification) if run.verification is not None else None,
        build=_record_build(run.build) if run.build is not None else None,
        machine=_record_machine(run.surroundings) if run.surroundings is not None else None,
        healing=run.healing,
    )


def record_match(match: Match) -> MatchRecord:
    """The match as the contract has it."""
    code = match.code
    return MatchRecord(
        signature=match.signature,
        code=CodeRecord(namespace=code.namespace, number=code.number) if code is not None else None,
        operation=match.operation,
        path=match.path,
        holders=match.holders,
        line=match.line,
        excerpt=match.excerpt,
    )


def _record_build(build: BuildLink) -> BuildRecord:
    return BuildRecord(job=build.job, number=build.number, url=build.url, result=None)


def _record_machine(seen: Surroundings) -> MachineRecord:
    return MachineRecord(
        user=seen.user,
        system=seen.system,
        tool=seen.program,
        tool_version=seen.tool_version,
        tool_signature=seen.tool_signature,
        products=tuple(ProductRecord(name=name, version=version) for name, version in seen.products),
    )


def _record_attempt(run: RedactedRun, attempt: Attempt) -> AttemptRecord:
    outcome, decision, waited = attempt.outcome, attempt.decision, attempt.waited
    diagnosis = attempt.diagnosis
    match = diagnosis.match if diagnosis is not None else None
    return AttemptRecord(
        number=attempt.number,
        argv=attempt.argv,
        exit_status=outcome.exit.status,
        signal=outcome.exit.signal,
        started=moment(outcome.started),
        duration=span(outcome.duration),
        stopped=_record_stop(outcome.stopped) if outcome.stopped is not None else None,
        category=diagnosis.category if diagnosis is not None else None,
        retryable=_is_retryable(run, attempt),
        match=record_match(match) if match is not None else None,
        evidence=diagnosis.evidence if diagnosis is not None else (),
        packages=diagnosis.packages if diagnosis is not None else (),
        advice=diagnosis.advice if diagnosis is not None else (),
        decision=(
            DecisionRecord(again=decision.again, reason=decision.reason, delay=span(decision.delay))
            if decision is not None
            else None
        ),
        waited=WaitRecord(seconds=span(waited.seconds), reason=waited.reason) if waited is not None else None,
        environment=tuple(map(_record_tweak, attempt.tweaks)),
        repairs=tuple(
            RepairRecord(action=each.action, target=each.target, project=each.project, reason=each.reason)
            for each in attempt.repairs
        ),
        holds=tuple(map(_record_hold, attempt.holds)),
        near_misses=tuple(map(_record_near_miss, attempt.near_misses)) or None,
    )


def _record_stop(stop: Stop) -> StopRecord:
    return StopRecord(timeout=span(stop.timeout), signal=stop.signal, rungs=stop.rungs)


def _record_tweak(tweak: AppliedTweak) -> TweakRecord:
    return TweakRecord(
        tweak=tweak.tweak, set=tweak.set, kept=tweak.kept, why=tweak.why, reference=tweak.reference
    )


def _record_hold(hold: Hold) -> HoldRecord:
    return HoldRecord(
        file=hold.file, seconds=span(hold.seconds), started=moment(hold.started), holders=hold.holders
    )


def _record_near_miss(missed: NearMiss) -> NearMissRecord:
    return NearMissRecord(
        file=missed.file, tries=missed.tries, seconds=span(missed.seconds), started=moment(missed.started)
    )


def _record_verification(verification: Verification) -> VerificationRecord:
    return VerificationRecord(
        whole=verification.whole,
        reason=verification.reason,
        environments=verification.environments,
        packages=verification.packages,
        files=verification.files,
        faults=tuple(map(_record_fault, verification.faults)),
        warnings=tuple(map(_record_fault, verification.warnings)),
        removed=verification.removed,
        duration=span(verification.duration),
    )


def _record_fault(fault: Fault) -> FaultRecord:
    return FaultRecord(project=fault.project, path=fault.path, what=fault.what)


def _is_retryable(run: RedactedRun, attempt: Attempt) -> bool:
    """Whether the policy would have tried again, had attempts and time sufficed."""
    if attempt.diagnosis is None:
        return False
    if attempt.decision is not None and attempt.decision.again:
        return True
    return run.outcome is RunOutcome.GAVE_UP and attempt is run.attempts[-1]
