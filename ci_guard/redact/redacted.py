"""The run as it may be shown: every string redacted and printable, every stream cut to its ends.

The one place where a report loses its secrets; it knows the run's shape, not what a secret looks like.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

from ci_guard.dataclass import fields, is_dataclass, replace
from ci_guard.model.history import Attempt, Run
from ci_guard.model.policy import Policy
from ci_guard.model.process import Capture
from ci_guard.redact.environment import looks_secret
from ci_guard.redact.secrets import Secrets, find_secrets, redact_argv, redact_text
from ci_guard.redact.shapes import MASK
from ci_guard.redact.text import cut_ends, decode, make_visible
from ci_guard.redact.values import RedactedRun, RedactedText

T = TypeVar("T")
_COMMAND_LINES = frozenset({"argv", "command"})


def redact_run(run: Run, secrets: Secrets, *, output: bool = False) -> RedactedRun:
    """The run without its secrets; its streams hold clean UTF-8, or nothing if no `output` is wanted."""
    if not output:
        run = replace(run, attempts=tuple(map(_drop_output, run.attempts)))
    return RedactedRun(_clean(run, secrets))


def sentence_of(run: RedactedRun, text: str) -> RedactedText:  # noqa: ARG001 - it is the evidence
    """A text that is put together from the values of this redacted run and from words of ours."""
    return RedactedText(text)


def redact_value(value: T, secrets: Secrets) -> T:
    """A value of the model without secrets, every string printable."""
    shown: T = _clean(value, secrets)
    return shown


def _drop_output(attempt: Attempt) -> Attempt:
    return replace(attempt, outcome=replace(attempt.outcome, captures=()))


def _clean(value: Any, secrets: Secrets) -> Any:
    """A value of the model, of its own type; numbers and words of the contract stay as they are."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return _clean_text(value, secrets)
    if isinstance(value, tuple):
        return tuple(_clean(item, secrets) for item in value)
    if isinstance(value, Mapping):
        return _clean_variables(value, secrets)
    if isinstance(value, Capture):
        return _clean_capture(value, secrets)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{field.name: _clean_field(value, field.name, secrets) for field in fields(value)}
        )
    return value


def redact_policy(policy: Policy, environ: Mapping[str, str]) -> Policy:
    """The policy without the secrets of its commands and variables. Patterns stay: they say what to look for.

    `environ`: the environment, whose secrets are hidden, too.
    """
    own = {name: value for name, value in policy.environment.items() if value is not None}
    secrets = find_secrets({**environ, **own})

    def clean(words: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return words and redact_argv(words, lambda word: redact_text(word, secrets))

    return replace(
        policy,
        environment={
            name: _shown_variable(name, value, secrets) for name, value in policy.environment.items()
        },
        on_retry=clean(policy.on_retry),
        fallback=clean(policy.fallback),
    )


def _shown_variable(name: str, value: str | None, secrets: Secrets) -> str | None:
    if value is None:
        return None
    return MASK if looks_secret(name) else redact_text(value, secrets)


def _clean_field(record: Any, name: str, secrets: Secrets) -> Any:
    value = getattr(record, name)
    if name in _COMMAND_LINES and isinstance(value, tuple):
        return redact_argv(value, lambda word: _clean_text(word, secrets))
    return _clean(value, secrets)


def _clean_text(text: str, secrets: Secrets) -> str:
    return make_visible(redact_text(text, secrets))


def _clean_variables(variables: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
    return {
        _clean_text(name, secrets): MASK if looks_secret(name) else _clean_text(value, secrets)
        for name, value in variables.items()
    }


def _clean_capture(capture: Capture, secrets: Secrets) -> Capture:
    head, tail, dropped = cut_ends(capture.head, capture.tail, capture.dropped)
    head, tail = (_clean_text(decode(part), secrets).encode() for part in (head, tail))
    return Capture(capture.stream, head, tail, dropped)
