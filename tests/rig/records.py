"""Records that a test lets ci-guard write: read, and held against the schema that ships with it."""

import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from ci_guard.record.schema import schema

try:
    import jsonschema
except ModuleNotFoundError:  # the unit tests that run in Windows' own Python have it not
    if sys.platform != "win32":
        raise
    jsonschema = None  # type: ignore[assignment, unused-ignore]


def read(path: Path) -> dict[str, Any]:
    """The record in a file. Raises jsonschema's ValidationError if it is not as the schema says."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    check(record)
    return record


def check(record: object) -> None:
    """Raises jsonschema's ValidationError for a record that is not as the schema says."""
    if jsonschema is not None:
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.Draft202012Validator(closed(), format_checker=checker).validate(record)


def closed() -> dict[str, Any]:
    """The schema without the freedom to hold further keys: what this version writes is all described."""
    whole = deepcopy(schema())
    for shape in (whole, *whole["$defs"].values()):
        shape["additionalProperties"] = False
    return whole
