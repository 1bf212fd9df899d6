"""The run as a value, finished or under way, and the reports that are made of it."""

from collections.abc import Sequence

from ci_guard import __version__
from ci_guard.app.setting import Setting
from ci_guard.errors import GuardError, NotStarted
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Diagnosis, Run, Verification
from ci_guard.model.process import Exit, Outcome

PROVISIONAL_STATUS = 1


def provisional(setting: Setting, attempts: Sequence[Attempt]) -> None:
    """Put on disk, before an attempt, what would be true if ci-guard were killed during it."""
    if setting.policy.reports:
        _write(
            setting,
            conclude(
                setting,
                attempts,
                RunOutcome.ABORTED,
                PROVISIONAL_STATUS,
                Category.INTERRUPTED,
                f"aborted during attempt {len(attempts) + 1} of {setting.policy.attempts}",
                finished=False,
            ),
        )


def passed(setting: Setting, outcome: Outcome) -> None:
    """Put on disk that the first attempt passed."""
    attempt = Attempt(number=1, argv=setting.launch(1).argv, outcome=outcome)
    explanation = "passed at the first attempt"
    final(setting, conclude(setting, [attempt], RunOutcome.PASSED, 0, None, explanation))


def not_started(setting: Setting, error: GuardError) -> None:
    """Put on disk that there was nothing to run, or nothing that may be run."""
    outcome = Outcome(exit=Exit(code=error.exit_status), started=setting.started, duration=0.0, captures=())
    category = Category.COMMAND_NOT_FOUND if isinstance(error, NotStarted) else Category.CONFIGURATION
    attempt = Attempt(
        number=1,
        argv=setting.invocation.command,
        outcome=outcome,
        diagnosis=Diagnosis(category=category, advice=(error.hint,) if error.hint else ()),
    )
    ended = conclude(setting, [attempt], RunOutcome.NOT_STARTED, error.exit_status, category, str(error))
    final(setting, ended)


def final(setting: Setting, run: Run) -> None:
    """Put the finished run on disk, and tell the CI server."""
    if setting.policy.reports:
        _write(setting, run)
    setting.hosting.finish(run, setting.policy.reports)


def conclude(
    setting: Setting,
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
        command=setting.invocation.command,
        name=setting.name,
        outcome=outcome,
        exit_status=exit_status,
        category=category,
        explanation=explanation,
        started=setting.started,
        duration=setting.duration,
        host=setting.host,
        agent=setting.agent,
        directory=setting.directory,
        attempts_allowed=setting.policy.attempts,
        attempts=tuple(attempts),
        verification=verification,
        finished=finished,
        redact=setting.policy.redact,
        environment=setting.user_environment(),
    )


def _write(setting: Setting, run: Run) -> None:
    from ci_guard.report import write_reports

    for warning in write_reports(run, setting.policy.reports):
        setting.voice.warn(warning)
