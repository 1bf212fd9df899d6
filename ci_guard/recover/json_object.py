"""Notes that tools keep as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from ci_guard.machine.held import open_patiently


def json_object(path: str) -> Mapping[str, Any] | None:
    """The object in a file, with a byte order mark or without; None if it is missing or no whole object."""
    try:
        with open_patiently(path, encoding="utf-8-sig", errors="replace") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):  # the last: of brackets without end
        return None
    return found if isinstance(found, dict) else None
