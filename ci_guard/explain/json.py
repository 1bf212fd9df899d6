"""What a saved log tells, for programs: one JSON object on one line."""

import json

from ci_guard.model.explanation import LogExplanation, StepExplanation
from ci_guard.record.codec import plain
from ci_guard.reports.json import record_match

Record = dict[str, object]


def render_json(log: LogExplanation) -> str:
    """The answer for one log, ending with a line break. Expects showable text."""
    record = {
        "file": log.file,
        **_describe(log.verdict),
        "steps": [_describe(step) for step in log.steps],
        "warnings": list(log.warnings),
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _describe(step: StepExplanation) -> Record:
    found = step.diagnosis
    return {
        "tool": step.tool,
        "version": step.version,
        "command": step.command,
        "line": step.line,
        "exit_status": step.exit_status,
        "attempt": step.attempt,
        "recovered": step.recovered,
        "category": found.category.value,
        "ending": step.ending.value if step.ending is not None else None,
        "retryable": step.retryable,
        "ambiguous": found.ambiguous,
        "retry_once": found.retry_once,
        "match": plain(record_match(found.match)) if found.match is not None else None,
        "packages": list(found.packages),
        "plan": list(step.plan),
        "advice": list(step.advice),
        "references": list(step.references),
    }
