"""Where a report goes: placeholders filled with names that every file system takes."""

import os

from ci_guard.expression import expression
from ci_guard.model.policy import PLACEHOLDERS
from ci_guard.redact.values import RedactedRun

SLUG_LENGTH = 60  # characters: with prefix, suffix and three bytes a character within the usual 255 bytes
_PLACEHOLDER = expression(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
_UNSAFE = expression(r"[^\w.-]+")
# learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any extension
_RESERVED = expression(r"(?i)^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)")


def find_target(path: str, run: RedactedRun, directory: str) -> str:
    """The file that a report path means for this run; relative ones begin at the run's directory.

    The names are redacted ones, since a step may be called after a command with a password; the directory
    is the real one.
    """
    names = {"step": run.name, "host": run.host, "agent": run.agent}
    filled = _PLACEHOLDER.sub(lambda found: make_slug(names[found[1]]), path)
    return os.path.join(directory, filled.removeprefix("./")).replace("/", os.sep)


def make_slug(name: str) -> str:
    """The name as a part of a file name, the same on every system."""
    slug = _UNSAFE.sub("-", name)[:SLUG_LENGTH].strip("-. ") or "unnamed"
    return f"_{slug}" if _RESERVED.match(slug) else slug
