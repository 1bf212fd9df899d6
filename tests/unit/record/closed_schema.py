"""The record's schema without the freedom to hold more keys: what this version writes is all described."""

from copy import deepcopy
from typing import Any

import jsonschema

from ci_guard.record.schema import schema


def check(record: object) -> None:
    """Raises jsonschema's ValidationError for a record that is not as the types say."""
    jsonschema.Draft202012Validator(
        closed(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(record)


def closed() -> dict[str, Any]:
    """The schema in which every object holds the keys that are described and no others."""
    whole = deepcopy(schema())
    for shape in (whole, *whole["$defs"].values()):
        shape["additionalProperties"] = False
    return whole
