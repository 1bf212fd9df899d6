"""What a build's description says about a guarded step, from the step's record."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ci_guard.errors import GuardError

RECORDS = "ci-guard/run/"  # how the schema of a record begins
_WORDS = {
    "flaky": "passed after a retry",
    "gave_up": "gave up",
    "timed_out": "timed out",
    "not_started": "not started",
}


def read_record(file: str) -> Mapping[str, Any]:
    """A record as `--report json=FILE` writes it. Raises `GuardError`."""
    try:
        record = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise GuardError(
            f"cannot read `{file}`: {error.strerror or error}", hint="check the path and its permissions"
        ) from error
    except ValueError as error:
        raise GuardError(
            f"`{file}` is no JSON: {error}", hint="`--report json=FILE` writes records"
        ) from error
    if not isinstance(record, dict) or not str(record.get("schema", "")).startswith(RECORDS):
        raise GuardError(f"`{file}` is no record of ci-guard", hint="`--report json=FILE` writes records")
    return record


def sentence(record: Mapping[str, Any]) -> tuple[str, str]:
    """The step's name, and what became of it in a few words."""
    attempts = [attempt for attempt in record.get("attempts") or () if isinstance(attempt, dict)]
    outcome = str(record.get("outcome", ""))
    words = [_WORDS.get(outcome, outcome)]
    failed = [attempt for attempt in attempts if attempt.get("category")]
    category = record.get("category") or (failed[-1]["category"] if failed else None)
    if category:
        words.append(f"({str(category).replace('_', ' ')})")
    if len(attempts) > 1:
        words.append(f"at attempt {len(attempts)}")
    match = next((attempt["match"] for attempt in reversed(failed) if attempt.get("match")), None)
    if match and match.get("path"):
        words.append(f"on {match['path']}")
    name = str(record.get("name") or " ".join(map(str, record.get("command") or ())) or "step")
    return name, " ".join(words)
