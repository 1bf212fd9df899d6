"""The run as a value, finished or under way, and the reports that are made of it."""

from collections.abc import Sequence

from ci_guard import __version__
from ci_guard.app.setting import Setting
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Run, Verification

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


def final(setting: Setting, run: Run) -> None:
    """Put the finished run on disk."""
    if setting.policy.reports:
        _write(setting, run)


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
