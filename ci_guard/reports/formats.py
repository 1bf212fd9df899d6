"""The report formats: a name is a module beside this one, imported when a report of its kind is due."""

import importlib
from typing import Protocol, cast

from ci_guard.errors import UsageError
from ci_guard.redact.values import RedactedRun

FORMATS = ("junit", "json", "markdown")


class Format(Protocol):
    """What the module of a format offers."""

    @staticmethod
    def render(run: RedactedRun) -> bytes:
        """The whole file."""


def find_format(name: str) -> Format:
    """The module of a format.

    Raises UsageError for a name that is none.
    """
    if name not in FORMATS:
        known = ", ".join(f"`{known}`" for known in FORMATS)
        raise UsageError(f"there is no report format `{name}`", hint=f"use one of {known}")
    return cast(Format, importlib.import_module(f"ci_guard.reports.{name}"))
