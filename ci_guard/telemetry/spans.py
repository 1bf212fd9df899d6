"""A run as a tree of spans and a few sums: values, of which only `export` knows the library that sends them.

Names are those of the semantic conventions where they exist, CI/CD first:
https://opentelemetry.io/docs/specs/semconv/cicd/
"""

from collections.abc import Iterator, Mapping

from ci_guard.dataclass import dataclass
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Hold
from ci_guard.redact.values import RedactedRun

Value = str | int | float | bool
NANO = 1_000_000_000
ANTIVIRUS = frozenset({Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK})
_RESULTS = {
    RunOutcome.PASSED: "success",
    RunOutcome.FLAKY: "success",
    RunOutcome.FAILED: "failure",
    RunOutcome.GAVE_UP: "failure",
    RunOutcome.ABORTED: "cancellation",
    RunOutcome.TIMED_OUT: "timeout",
    RunOutcome.NOT_STARTED: "error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanValue:
    """One span. `began` and `ended`: nanoseconds since the epoch."""

    name: str
    began: int
    ended: int
    attributes: Mapping[str, Value]
    failed: str = ""  # why; empty: it did not fail
    children: "tuple[SpanValue, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An increment of one counter."""

    name: str
    unit: str
    says: str
    value: float
    attributes: Mapping[str, Value]


def span_of(run: RedactedRun) -> SpanValue:
    """The run; its attempts and holds stand below it."""
    attributes: dict[str, Value] = {
        "cicd.pipeline.task.name": run.name,
        "cicd.pipeline.task.run.result": _RESULTS[run.outcome],
        "cicd.worker.name": run.agent,
        "process.command_line": " ".join(run.command),
        "process.exit.code": run.exit_status,
        "ci_guard.outcome": run.outcome.value,
        "ci_guard.attempts": len(run.attempts),
        "ci_guard.host": run.host,
    }
    if run.category is not None:
        attributes["error.type"] = run.category.value
    if run.build is not None:
        attributes["cicd.pipeline.name"] = run.build.job
        attributes["cicd.pipeline.run.id"] = str(run.build.number)
        attributes["cicd.pipeline.run.url.full"] = run.build.url
    good = _RESULTS[run.outcome] == "success"
    return SpanValue(
        name=f"ci-guard {run.name}",
        began=_nano(run.started),
        ended=_nano(run.started + run.duration),
        attributes=attributes,
        failed="" if good else run.explanation,
        children=tuple(map(_attempt, run.attempts)),
    )


def sums_of(run: RedactedRun) -> tuple[Sum, ...]:
    """What a fleet adds up: runs by outcome, attempts, incidents, seconds lost."""
    outcome: Mapping[str, Value] = {"ci_guard.outcome": run.outcome.value}
    counted: dict[tuple[str, str], int] = {}
    for attempt in run.attempts:
        found = attempt.diagnosis
        if found is not None and found.category in ANTIVIRUS:
            operation = (found.match.operation or "") if found.match is not None else ""
            counted[found.category.value, operation] = counted.get((found.category.value, operation), 0) + 1
        if attempt.holds:
            counted["hold", ""] = counted.get(("hold", ""), 0) + len(attempt.holds)
    return (
        Sum(name="ci_guard.runs", unit="{run}", says="Guarded steps", value=1, attributes=outcome),
        Sum(
            name="ci_guard.attempts",
            unit="{attempt}",
            says="Attempts of guarded steps",
            value=len(run.attempts),
            attributes=outcome,
        ),
        *(
            Sum(
                name="ci_guard.incidents",
                unit="{incident}",
                says="Refusals and holds by an antivirus or EDR product",
                value=count,
                attributes={"error.type": kind, "ci_guard.operation": operation},
            )
            for (kind, operation), count in counted.items()
        ),
        Sum(
            name="ci_guard.time_lost",
            unit="s",
            says="Time that steps would not have taken without the product",
            value=lost(run),
            attributes=outcome,
        ),
    )


def lost(run: RedactedRun) -> float:
    """Seconds before the last attempt began, and those for which it was held; none where no lock was met."""
    met = [
        each for each in run.attempts if each.diagnosis is not None and each.diagnosis.category in ANTIVIRUS
    ]
    held = sum(hold.seconds for attempt in run.attempts for hold in attempt.holds)
    if not met:
        return held
    last = run.attempts[-1]
    return max(0.0, last.outcome.started - run.started) + sum(hold.seconds for hold in last.holds)


def _attempt(attempt: Attempt) -> SpanValue:
    found = attempt.diagnosis
    attributes: dict[str, Value] = {
        "ci_guard.attempt": attempt.number,
        "process.exit.code": attempt.outcome.exit.status,
    }
    if found is not None:
        attributes["error.type"] = found.category.value
        attributes |= _matched(attempt)
    if attempt.tweaks:
        attributes["ci_guard.tweaks"] = ", ".join(each.tweak for each in attempt.tweaks)
    if attempt.waited is not None:
        attributes["ci_guard.waited"] = attempt.waited.seconds
    return SpanValue(
        name=f"attempt {attempt.number}",
        began=_nano(attempt.outcome.started),
        ended=_nano(attempt.outcome.started + attempt.outcome.duration),
        attributes=attributes,
        failed=found.category.value if found is not None else "",
        children=tuple(_holds(attempt.holds)),
    )


def _matched(attempt: Attempt) -> dict[str, Value]:
    match = attempt.diagnosis.match if attempt.diagnosis is not None else None
    if match is None:
        return {}
    code = f"{match.code.namespace} {match.code.number}" if match.code is not None else ""
    named = {
        "ci_guard.signature": match.signature,
        "ci_guard.operation": match.operation,
        "ci_guard.code": code,
        "file.path": match.path,
    }
    return {name: value for name, value in named.items() if value}


def _holds(holds: tuple[Hold, ...]) -> Iterator[SpanValue]:
    for hold in holds:
        attributes: dict[str, Value] = {"file.path": hold.file}
        if hold.holders:
            attributes["ci_guard.holders"] = ", ".join(hold.holders)
        yield SpanValue(
            name="hold",
            began=_nano(hold.started),
            ended=_nano(hold.started + hold.seconds),
            attributes=attributes,
        )


def _nano(seconds: float) -> int:
    return round(seconds * NANO)
