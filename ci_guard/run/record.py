"""The run as a value, finished or under way, and the reports that are made of it."""

from collections.abc import Sequence

from ci_guard import __version__
from ci_guard.errors import GuardError, NotStarted
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Diagnosis, Run, Verification
from ci_guard.model.process import Exit, Outcome
from ci_guard.run.context import RunContext

PROVISIONAL_STATUS = 1


def provisional(context: RunContext, attempts: Sequence[Attempt]) -> None:
    """Put on disk, before an attempt, what would be true if ci-guard were killed during it."""
    if context.policy.reports:
        _write(
            context,
            conclude(
                context,
                attempts,
                RunOutcome.ABORTED,
                PROVISIONAL_STATUS,
                Category.INTERRUPTED,
                f"aborted during attempt {len(attempts) + 1} of {context.policy.attempts}",
                finished=False,
            ),
        )


def passed(context: RunContext, outcome: Outcome) -> None:
    """Put on disk that the first attempt passed."""
    attempt = Attempt(number=1, argv=context.launch(1).argv, outcome=outcome)
    explanation = "passed at the first attempt"
    final(context, conclude(context, [attempt], RunOutcome.PASSED, 0, None, explanation))


def not_started(context: RunContext, error: GuardError) -> None:
    """Put on disk that there was nothing to run, or nothing that may be run."""
    outcome = Outcome(exit=Exit(code=error.exit_status), started=context.started, duration=0.0, captures=())
    category = Category.COMMAND_NOT_FOUND if isinstance(error, NotStarted) else Category.CONFIGURATION
    attempt = Attempt(
        number=1,
        argv=context.invocation.command,
        outcome=outcome,
        diagnosis=Diagnosis(category=category, advice=(error.hint,) if error.hint else ()),
    )
    ended = conclude(context, [attempt], RunOutcome.NOT_STARTED, error.exit_status, category, str(error))
    final(context, ended)


def final(context: RunContext, run: Run) -> None:
    """Put the finished run on disk, and tell the CI server."""
    if context.policy.reports:
        _write(context, run)
    context.ci_reporter.finish(run, context.policy.reports)


def conclude(
    context: RunContext,
    attempts: Sequence[Attempt],
    outcome: RunOutcome,
    exit_status: int,
    category: Category | None,
    explanation: str,
    *,
    verification: Verification | None = None,
    finished: bool = True,
) -> Run:
    """The run as a value."""
    return Run(
        version=__version__,
        command=context.invocation.command,
        name=context.name,
        outcome=outcome,
        exit_status=exit_status,
        category=category,
        explanation=explanation,
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
