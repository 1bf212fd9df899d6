"""The run as a value, finished or under way, and the reports that are made of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict

from ci_guard import __version__
from ci_guard.errors import BROKEN_FILE, GuardError, cannot_use
from ci_guard.model.category import RunOutcome
from ci_guard.model.history import Attempt, BuildLink, Run, Surroundings, Verification
from ci_guard.model.process import Exit, Outcome
from ci_guard.run import ending, messages
from ci_guard.run.context import Beside, RunContext
from ci_guard.run.ending import Ending, not_started, passed_at_once, under_way
from ci_guard.run.healing import tell_healing

if TYPE_CHECKING:
    from ci_guard.ci_server.run_summary import RunSummary
    from ci_guard.redact.values import RedactedRun

NOTHING = Beside()
FORMATS_WITH_OUTPUT = ("junit",)


class BesideTheRun(TypedDict, total=False):
    """Members of `Run` that only its record tells."""

    build: BuildLink | None
    surroundings: Surroundings | None


def provisional(context: RunContext, attempts: Sequence[Attempt]) -> None:
    """Put on disk, before an attempt, what would be true if ci-guard were killed during it."""
    if context.policy.reports:
        ended = under_way(len(attempts), context.policy.attempts)
        with _if_possible(context):
            _write(context, _redacted(context, conclude(context, attempts, ended, finished=False)))


def passed(context: RunContext, outcome: Outcome, beside: Beside = NOTHING) -> int:
    """Put on disk that the first attempt passed, say what it was held still for; its exit status."""
    status = outcome.exit.status
    if context.policy.reports or beside.mattered or context.telemetry is not None:
        attempt = first_attempt(context, outcome, beside)
        ended = passed_at_once(beside.holds if beside.mattered else (), status)
        if beside.mattered:
            for line in messages.held(beside.holds):
                context.console.announce(line)
            healed(context, [attempt])
            context.console.conclude(ended.explanation)
        final(context, conclude(context, [attempt], ended))
        return status
    with _if_possible(context):  # nothing of it can be secret
        from ci_guard.ci_server.run_summary import RunSummary

        context.ci_reporter.finish(
            lambda: RunSummary(outcome=RunOutcome.PASSED, attempts=1, exit_status=status)
        )
    return status


def first_attempt(context: RunContext, outcome: Outcome, beside: Beside) -> Attempt:
    """The first attempt as a value."""
    return Attempt(
        number=1,
        argv=context.launch(1).argv,
        outcome=outcome,
        tweaks=context.first_tweaks,
        holds=beside.holds,
        near_misses=beside.near_misses,
    )


def healed(context: RunContext, attempts: Sequence[Attempt]) -> None:
    """Say what got a run through that needed something, and remember it if the policy says so."""
    sentence = tell_healing(attempts, context.policy)
    if sentence is not None:
        context.console.announce(sentence)
    learn(context, RunOutcome.FLAKY, attempts)


def learn(context: RunContext, outcome: RunOutcome, attempts: Sequence[Attempt]) -> None:
    """What the next build on this agent is to begin with, or without."""
    if context.head_start is not None:
        trouble = context.head_start.learn(outcome, attempts)
        if trouble is not None:
            context.console.warn(trouble)


def failed_to_start(context: RunContext, error: GuardError) -> None:
    """Put on disk that there was nothing to run, or nothing that may be run."""
    ended = not_started(error)
    outcome = Outcome(exit=Exit(code=error.exit_status), started=context.started, duration=0.0, captures=())
    attempt = Attempt(number=1, argv=context.invocation.command, outcome=outcome, diagnosis=ended.verdict)
    final(context, conclude(context, [attempt], ended))


def undiagnosed(context: RunContext, outcome: Outcome, error: Exception) -> int:
    """Put on disk that the first attempt failed and nothing could be said about it; the exit status."""
    context.console.warn(f"the failure cannot be diagnosed: {error}")
    ended = ending.undiagnosed(outcome, error)
    attempt = Attempt(number=1, argv=context.launch(1).argv, outcome=outcome, diagnosis=ended.verdict)
    final(context, conclude(context, [attempt], ended))
    return ended.exit_status


def final(context: RunContext, run: Run) -> None:
    """Put the finished run on disk, and tell the CI server."""
    reports = context.policy.reports
    if not reports and not context.ci_reporter.listens and context.telemetry is None:
        return
    with _if_possible(context):
        shown = _redacted(context, run)
        if reports:
            _write(context, shown)
        _tell(context, shown)
        if context.telemetry is not None and (trouble := context.telemetry.send(shown)):
            context.console.detail(f"no telemetry: {trouble}")


def _tell(context: RunContext, shown: "RedactedRun") -> None:
    reports = context.policy.reports

    def summary() -> "RunSummary":
        from ci_guard.reports.target import find_target
        from ci_guard.run.summary import summary_of

        report = find_target(reports[0].path, shown, context.directory) if reports else ""
        return summary_of(shown, report)

    context.ci_reporter.finish(summary)


def conclude(
    context: RunContext,
    attempts: Sequence[Attempt],
    ended: Ending,
    *,
    verification: Verification | None = None,
    finished: bool = True,
) -> Run:
    """The run as a value."""
    return Run(
        version=__version__,
        command=context.invocation.command,
        name=context.name,
        outcome=ended.outcome,
        exit_status=ended.exit_status,
        category=ended.category,
        explanation=ended.explanation,
        started=context.started,
        duration=context.duration,
        host=context.host,
        agent=context.agent,
        directory=context.directory,
        attempts_allowed=context.policy.attempts,
        attempts=tuple(attempts),
        verification=verification,
        healing=tell_healing(attempts, context.policy) if ended.outcome is RunOutcome.FLAKY else None,
        finished=finished,
        **_told_by_json_only(
            context, disturbed=any(each.diagnosis is not None or each.holds for each in attempts)
        ),
    )


@contextmanager
def _if_possible(context: RunContext) -> Iterator[None]:
    """A locked file of ours costs the report, never what the run has come to."""
    try:
        yield
    except BROKEN_FILE as error:
        context.console.warn(f"no report, since {cannot_use(error)}")


def _told_by_json_only(context: RunContext, *, disturbed: bool) -> BesideTheRun:
    """What is looked for, and imported, only where a record will tell it."""
    from ci_guard.ci_server.build import find_build

    if not any(target.format == "json" for target in context.policy.reports):
        return {"build": find_build(context.host, context.environ)} if context.collected else {}
    from ci_guard.run.around import look_around

    return {
        "build": find_build(context.host, context.environ),
        "surroundings": look_around(context, disturbed=disturbed),
    }


def _redacted(context: RunContext, run: Run) -> "RedactedRun":
    """The one place where a run loses its secrets; the output of its attempts stays if a report shows it."""
    from ci_guard.redact.redacted import redact_run

    output = any(target.format in FORMATS_WITH_OUTPUT for target in context.policy.reports)
    return redact_run(run, context.console.secrets, output=output)


def _write(context: RunContext, shown: "RedactedRun") -> None:
    from ci_guard.reports import write_reports

    for warning in write_reports(shown, context.policy.reports, context.directory):
        context.console.warn(warning)
