"""The run as a short Markdown page for people: verdict, attempts, what helped, what to do.

Everything that comes from the run is escaped: output can neither open HTML nor draw a table of its own.
"""

from ci_guard.expression import expression
from ci_guard.model.category import RunOutcome
from ci_guard.model.history import Attempt
from ci_guard.redact.text import shorten
from ci_guard.redact.values import RedactedRun
from ci_guard.reports.sentences import (
    list_failed,
    quote_command,
    tell_cause,
    tell_holds,
    tell_near_misses,
    tell_preparation,
    tell_verification,
)

CELL_LIMIT = (
    300  # characters; GitHub drops a whole summary over 1 MiB (actions/runner, FileCommandManager.cs)
)
LINES_LIMIT = 20  # of a list
_VERDICTS = {
    RunOutcome.PASSED: "passed",
    RunOutcome.FLAKY: "passed after recovery",
    RunOutcome.FAILED: "failed",
    RunOutcome.GAVE_UP: "gave up",
    RunOutcome.ABORTED: "aborted",
    RunOutcome.TIMED_OUT: "timed out",
    RunOutcome.NOT_STARTED: "could not be started",
}
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKUP = expression(r"[\\`*_\[\]{}|~#!$]|^[-+=]")
_CODE = expression(r"(`[^`\n]+`)")
_NO_CODE = frozenset("|<>&")  # what a table or a browser might take for its own even there
_NUMBERED = expression(r"^(\d{1,9})([.)])")
_LINK = expression(r"(?i)(?<=[a-z]):(?=//)|(?<=mailto):|(?<=www)\.")  # GFM links bare addresses by itself


def render(run: RedactedRun) -> bytes:
    """The summary as UTF-8."""
    blocks = [
        _head(run),
        _table(run),
        _list("What helped", _what_helped(run)),
        _list("Near misses", [line for attempt in run.attempts for line in tell_near_misses(attempt)]),
        _list("What to do", _what_to_do(run)),
    ]
    return ("\n\n".join(block for block in blocks if block) + "\n").encode("utf-8")


def escape(text: str, limit: int = CELL_LIMIT) -> str:
    """The text as one line that Markdown shows as it is, in a table cell too; `words` like these as code."""
    parts = _CODE.split(shorten(text, limit))  # every second one is code
    return "".join(
        part if number % 2 and not _NO_CODE & set(part) else _escape(part)
        for number, part in enumerate(parts)
    )


def _escape(text: str) -> str:
    line = _MARKUP.sub(lambda found: f"\\{found[0]}", text.translate(_ENTITIES))
    return _LINK.sub(lambda found: f"&#{ord(found[0])};", _NUMBERED.sub(r"\1\\\2", line))


def _head(run: RedactedRun) -> str:
    verdict = _VERDICTS[run.outcome] if run.finished else f"aborted during attempt {len(run.attempts) + 1}"
    facts = [f"exit status {run.exit_status}", f"{run.duration:.1f} s"]
    if run.category:
        facts.append(run.category.words)
    if run.agent:
        facts.append(f"agent {run.agent}")
    lines = [f"### ci-guard: {escape(run.name)}: {verdict}"]
    if run.explanation:
        lines.append(escape(run.explanation))
    lines.append(f"Command: {escape(quote_command(run.command))}")
    lines.append(escape(", ".join(facts)))
    return "\n\n".join(lines)


def _table(run: RedactedRun) -> str:
    if not run.attempts:
        return ""
    rows = ["| attempt | time | result | cause |", "| --- | --- | --- | --- |"]
    return "\n".join([*rows, *(_row(run, attempt) for attempt in run.attempts)])


def _row(run: RedactedRun, attempt: Attempt) -> str:
    diagnosis = attempt.diagnosis
    result = diagnosis.category.words if diagnosis else "passed" if attempt.outcome.passed else "stopped"
    cause = "" if attempt.outcome.passed and diagnosis is None else tell_cause(attempt)
    number = f"{attempt.number} of {run.attempts_allowed}"
    return f"| {number} | {attempt.outcome.duration:.1f} s | {result} | {escape(cause)} |"


def _list(title: str, lines: list[str]) -> str:
    shown = list(dict.fromkeys(lines))
    more = [f"- and {len(shown) - LINES_LIMIT} more"] if len(shown) > LINES_LIMIT else []
    items = [f"- {escape(line)}" for line in shown[:LINES_LIMIT]]
    return "\n".join([f"**{title}**", "", *items, *more]) if items else ""


def _what_helped(run: RedactedRun) -> list[str]:
    if not run.finished or run.outcome is not RunOutcome.FLAKY:
        return []
    prepared = [
        line for attempt in run.attempts for line in (*tell_preparation(attempt), *tell_holds(attempt))
    ]
    return prepared + tell_verification(run) + ([run.healing] if run.healing else [])


def _what_to_do(run: RedactedRun) -> list[str]:
    advice = [line for attempt in list_failed(run) if attempt.diagnosis for line in attempt.diagnosis.advice]
    verification = run.verification
    return advice + (tell_verification(run) if verification and verification.whole is False else [])
