"""The run as a JSON record, schema `ci-guard/run/1`: for `ci-guard report`, `ci-guard evidence` and others.

Holds all that the run knows but the output of the attempts; of that, the excerpt that was decisive.
"""

import json
import math
from datetime import UTC, datetime

from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Fault, Match, Verification
from ci_guard.model.process import Outcome
from ci_guard.redact.values import RedactedRun

SCHEMA = "ci-guard/run/1"

Record = dict[str, object]


def render(run: RedactedRun) -> bytes:
    """The record of the run: UTF-8, keys in a fixed order. Times are seconds, points in time ISO 8601."""
    record = _describe_run(run)
    return (json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")


def _describe_run(run: RedactedRun) -> Record:
    return {
        "schema": SCHEMA,
        "version": run.version,
        "command": list(run.command),
        "name": run.name,
        "outcome": run.outcome.value,
        "finished": run.finished,
        "exit_status": run.exit_status,
        "category": _word(run.category),
        "explanation": run.explanation,
        "started": _time(run.started),
        "duration": _number(run.duration),
        "host": run.host,
        "agent": run.agent,
        "directory": run.directory,
        "attempts_allowed": run.attempts_allowed,
        "attempts": [_describe_attempt(run, attempt) for attempt in run.attempts],
        "verification": _describe_verification(run.verification) if run.verification else None,
    }


def _describe_attempt(run: RedactedRun, attempt: Attempt) -> Record:
    diagnosis, decision, waited = attempt.diagnosis, attempt.decision, attempt.waited
    return {
        "number": attempt.number,
        "argv": list(attempt.argv),
        **_describe_outcome(attempt.outcome),
        "category": _word(diagnosis.category) if diagnosis else None,
        "retryable": _is_retryable(run, attempt),
        "match": describe_match(diagnosis.match) if diagnosis and diagnosis.match else None,
        "evidence": list(diagnosis.evidence) if diagnosis else [],
        "packages": list(diagnosis.packages) if diagnosis else [],
        "advice": list(diagnosis.advice) if diagnosis else [],
        "decision": (
            {"again": decision.again, "reason": decision.reason, "delay": _number(decision.delay)}
            if decision
            else None
        ),
        "waited": {"seconds": _number(waited.seconds), "reason": waited.reason} if waited else None,
        "environment": [
            {
                "tweak": t.tweak,
                "set": dict(t.set),
                "kept": list(t.kept),
                "why": t.why,
                "reference": t.reference,
            }
            for t in attempt.tweaks
        ],
        "repairs": [
            {"action": r.action.value, "target": r.target, "project": r.project, "reason": r.reason}
            for r in attempt.repairs
        ],
    }


def _describe_outcome(outcome: Outcome) -> Record:
    stopped = outcome.stopped
    return {
        "exit_status": outcome.exit.status,
        "signal": outcome.exit.signal,
        "started": _time(outcome.started),
        "duration": _number(outcome.duration),
        "stopped": (
            {"timeout": _number(stopped.timeout), "signal": stopped.signal, "rungs": list(stopped.rungs)}
            if stopped
            else None
        ),
    }


def describe_match(match: Match) -> Record:
    """The match as the contract has it."""
    return {
        "signature": match.signature,
        "code": {"namespace": match.code.namespace, "number": match.code.number} if match.code else None,
        "operation": match.operation,
        "path": match.path,
        "holders": list(match.holders),
        "line": match.line,
        "excerpt": match.excerpt,
    }


def _describe_verification(verification: Verification) -> Record:
    return {
        "whole": verification.whole,
        "reason": verification.reason,
        "environments": list(verification.environments),
        "packages": verification.packages,
        "files": verification.files,
        "faults": [_describe_fault(fault) for fault in verification.faults],
        "warnings": [_describe_fault(fault) for fault in verification.warnings],
        "removed": list(verification.removed),
        "duration": _number(verification.duration),
    }


def _describe_fault(fault: Fault) -> Record:
    return {"project": fault.project, "path": fault.path, "what": fault.what}


def _is_retryable(run: RedactedRun, attempt: Attempt) -> bool:
    """Whether the policy would have tried again, had attempts and time sufficed."""
    if attempt.diagnosis is None:
        return False
    if attempt.decision and attempt.decision.again:
        return True
    return run.outcome is RunOutcome.GAVE_UP and attempt is run.attempts[-1]


def _word(category: Category | None) -> str | None:
    return category.value if category else None


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).isoformat(timespec="milliseconds")


def _number(value: float | None) -> float | None:
    """Milliseconds are enough; JSON knows neither NaN nor infinity."""
    return round(value, 3) if value is not None and math.isfinite(value) else None
