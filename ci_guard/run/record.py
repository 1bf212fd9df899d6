"""The run as a value, finished or under way, and the reports that are made of it."""

from collections.abc import Sequence

from ci_guard import __version__
from ci_guard.errors import GuardError
from ci_guard.model.history import Attempt, Run, Verification
from ci_guard.model.process import Exit, Outcome
from ci_guard.run.context import RunContext
from ci_guard.run.ending import Ending, not_started, passed_at_once, under_way


def provisional(context: RunContext, attempts: Sequence[Attempt]) -> None:
    """Put on disk, before an attempt, what would be true if ci-guard were killed during it."""
    if context.policy.reports:
        ended = under_way(len(attempts), context.policy.attempts)
        _write(context, conclude(context, attempts, ended, finished=False))


def passed(context: RunContext, outcome: Outcome) -> None:
    """Put on disk that the first attempt passed."""
    attempt = Attempt(number=1, argv=context.launch(1).argv, outcome=outcome)
    final(context, conclude(context, [attempt], passed_at_once()))


def failed_to_start(context: RunContext, error: GuardError) -> None:
    """Put on disk that there was nothing to run, or nothing that may be run."""
    ended = not_started(error)
    outcome = Outcome(exit=Exit(code=error.exit_status), started=context.started, duration=0.0, captures=())
    attempt = Attempt(number=1, argv=context.invocation.command, outcome=outcome, diagnosis=ended.verdict)
    final(context, conclude(context, [attempt], ended))


def final(context: RunContext, run: Run) -> None:
    """Put the finished run on disk, and tell the CI server."""
    if context.policy.reports:
        _write(context, run)
    context.ci_reporter.finish(run, context.policy.reports)


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
        finished=finished,
        redact=context.policy.redact,
        environment=context.user_environment(),
    )


def _write(context: RunContext, run: Run) -> None:
    from ci_guard.reports import write_reports

    for warning in write_reports(run, context.policy.reports):
        context.console.warn(warning)
