"""Scanned builds as records of runs, so that past builds and guarded steps make one picture."""

from collections.abc import Iterator

from ci_guard import __version__
from ci_guard.model.build import Incident, ScannedBuild
from ci_guard.model.category import RunOutcome
from ci_guard.record.codec import moment, span, write_record
from ci_guard.record.shape import SCHEMA, AttemptRecord, BuildRecord, RunRecord, attempt_outline
from ci_guard.reports.json import record_match


def run_records(one: ScannedBuild) -> Iterator[tuple[str, bytes]]:
    """Records with their file names: one for each incident, or one without.

    The name follows from the build alone, so that a second scan replaces what the first one wrote. What a log
    does not tell is null, or empty.
    """
    stem = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in one.build.job)
    for at, found in enumerate(one.incidents or (None,)):
        yield f"{stem}-{one.build.number}-{at}.json", write_record(_run(one, found))


def _run(one: ScannedBuild, found: Incident | None) -> RunRecord:
    build = one.build
    passed = found.recovered if found is not None else not one.failed
    attempts: list[AttemptRecord] = []
    if found is not None:
        attempts += [_attempt(found, number) for number in range(1, found.attempts + 1)]
        if passed:
            attempts.append(_attempt(None, found.attempts + 1))
    recovered = RunOutcome.FLAKY if found is not None else RunOutcome.PASSED
    command = found.command if found is not None else None
    return RunRecord(
        schema=SCHEMA,
        version=__version__,
        command=(command,) if command else (),
        name=command or build.job,
        outcome=recovered if passed else RunOutcome.FAILED,
        finished=True,
        exit_status=0 if passed else 1,
        category=found.category if found is not None and not passed else None,
        explanation=found.excerpt if found is not None else "",
        started=moment(build.started),
        duration=span(found.lost if found is not None else build.duration),
        host="jenkins",
        agent=found.agent if found is not None else one.agents[0],
        directory="",
        attempts_allowed=len(attempts),
        attempts=tuple(attempts),
        verification=None,
        build=BuildRecord(job=build.job, number=build.number, url=build.url, result=build.result),
    )


def _attempt(found: Incident | None, number: int) -> AttemptRecord:
    match = found.match if found is not None else None
    return attempt_outline(
        number=number,
        category=found.category if found is not None else None,
        retryable=found is not None and found.recovered,
        match=record_match(match) if match is not None else None,
    )
