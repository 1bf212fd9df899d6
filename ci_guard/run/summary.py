"""The end of a run as a CI server is told it."""

from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.model.category import RunOutcome
from ci_guard.redact.redacted import sentence_of
from ci_guard.redact.text import shorten
from ci_guard.redact.values import RedactedRun
from ci_guard.reports import markdown
from ci_guard.reports.sentences import list_failed, tell_attempt

ATTEMPTS_TOLD = 5  # of more the reports tell
ADVICE_TOLD = 3
NAME_TOLD = 80  # characters: a step without a name is called by its command, which can be long


def summary_of(run: RedactedRun, report: str) -> RunSummary:
    """What a CI server may know of the run. `report`: the path of its first report file, "" without one."""
    if run.outcome is RunOutcome.PASSED:
        return RunSummary(outcome=run.outcome, attempts=len(run.attempts), exit_status=0, report=report)
    failed = list_failed(run)
    advice = dict.fromkeys(line for each in failed if each.diagnosis for line in each.diagnosis.advice)
    lines = (run.explanation, *(tell_attempt(run, each) for each in failed[-ATTEMPTS_TOLD:]))
    return RunSummary(
        outcome=run.outcome,
        attempts=len(run.attempts),
        exit_status=run.exit_status,
        category=run.category or (failed[-1].diagnosis.category if failed and failed[-1].diagnosis else None),
        name=sentence_of(run, shorten(run.name, NAME_TOLD)),
        lines=tuple(sentence_of(run, line) for line in (*lines, *tuple(advice)[:ADVICE_TOLD])),
        summary=sentence_of(run, markdown.render(run).decode("utf-8")),
        report=report,
    )
