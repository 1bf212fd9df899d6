"""Where a report goes: placeholders filled with names that every file system takes."""

import re
from dataclasses import replace
from pathlib import Path

from ci_guard.model.history import Run
from ci_guard.redact.redacted import redact_run

SLUG_LENGTH = 60  # characters: with prefix, suffix and three bytes a character within the usual 255 bytes
_PLACEHOLDER = re.compile(r"\{(step|host|agent)\}")
_UNSAFE = re.compile(r"[^\w.-]+")
# learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any extension
_RESERVED = re.compile(r"(?i)^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)")


def find_target(path: str, run: Run) -> Path:
    """The file that a report path means for this run; relative ones begin at its directory.

    Raises PolicyError if a `redact` pattern does not compile.
    """
    shown = redact_run(replace(run, attempts=()))  # a step may be named after a command with a password
    names = {"step": shown.name, "host": shown.host, "agent": shown.agent}
    filled = _PLACEHOLDER.sub(lambda found: make_slug(names[found[1]]), path)
    return Path(run.directory, filled)


def make_slug(name: str) -> str:
    """The name as a part of a file name, the same on every system."""
    slug = _UNSAFE.sub("-", name)[:SLUG_LENGTH].strip("-. ") or "unnamed"
    return f"_{slug}" if _RESERVED.match(slug) else slug
