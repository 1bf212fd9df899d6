"""What may leave ci-guard: types that only this package makes, so that a type checker sees what is shown.

Reports, CI servers and the console take these and nothing else. A plain `Run` or `str` in their place is an
error of types (tests/unit/redact/test_values.py); the constructors are used in this package only.
"""

from typing import NewType

from ci_guard.model.history import Run

RedactedRun = NewType("RedactedRun", Run)
"""A run in which every string is redacted and printable; its captures are cut to their ends, or left out."""

RedactedText = NewType("RedactedText", str)
"""A text without secrets."""

NOTHING = RedactedText("")
