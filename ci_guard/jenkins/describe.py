"""What a build's description says about a guarded step, from the step's record."""

from pathlib import Path

from ci_guard.errors import GuardError
from ci_guard.model.category import RunOutcome
from ci_guard.record.codec import read_record
from ci_guard.record.shape import RunRecord


def read_file(file: str) -> RunRecord:
    """A record as `--report json=FILE` writes it. Raises `GuardError`."""
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise GuardError(
            f"cannot read `{file}`: {error.strerror or error}", hint="check the path and its permissions"
        ) from error
    return read_record(data, file)


def sentence(record: RunRecord) -> tuple[str, str]:
    """The step's name, and what became of it in a few words."""
    recovered = record.outcome is RunOutcome.FLAKY
    words = ["passed after a retry" if recovered else record.outcome.words]
    failed = [attempt for attempt in record.attempts if attempt.category is not None]
    category = record.category or (failed[-1].category if failed else None)
    if category is not None:
        words.append(f"({category.words})")
    if len(record.attempts) > 1:
        words.append(f"at attempt {len(record.attempts)}")
    match = next((attempt.match for attempt in reversed(failed) if attempt.match is not None), None)
    if match is not None and match.path:
        words.append(f"on {match.path}")
    return record.name or " ".join(record.command) or "step", " ".join(words)
