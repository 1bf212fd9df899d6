"""The figures as one JSON object, schema `ci-guard/report/1`."""

import json

from ci_guard.fleet.figures import Figures
from ci_guard.record.codec import plain

SCHEMA = "ci-guard/report/1"


def render(figures: Figures) -> bytes:
    """The object as UTF-8; times are seconds."""
    value = {"schema": SCHEMA, **plain(figures)}
    value["by"] = {name: [plain(group) for group in groups] for name, groups in figures.by.items()}
    value["locks"]["classes"] = [{"up_to": edge, "count": count} for edge, count in figures.locks.classes]
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode()
