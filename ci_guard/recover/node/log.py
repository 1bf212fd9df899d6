"""npm's debug logs: which files it could not write, whatever `--silent` or `--loglevel` hid on the console.

Source: npm's manual, "logging"; node-tar lib/warn-method.js for the words.
"""

import os
from collections.abc import Callable, Iterable, Iterator

from ci_guard.expression import expression
from ci_guard.machine.held import open_patiently

MAX_LOG_BYTES = 16 * 1024 * 1024
_REFUSED = expression(
    r"tar TAR_ENTRY_ERROR (?:[A-Z]{2,15}: )?[^'\n]{0,200}'(?P<path>(?:[A-Za-z]:)?[\\/][^'\n]{1,1000})'"
)
_LOG = "-debug-"


def refused(folder: str, touched: Callable[[str], bool]) -> tuple[str, ...]:
    """The files that unpacking could not write, as the logs of this run in the folder tell; absolute."""
    found: dict[str, None] = {}
    for path in _logs(folder):
        if touched(path):
            found |= dict.fromkeys(in_text(_text(path)))
    return tuple(found)


def in_text(text: str) -> Iterable[str]:
    """The files that unpacking could not write, as one text tells."""
    return (match["path"] for match in _REFUSED.finditer(text))


def _logs(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry.path for entry in entries if _LOG in entry.name)
    except OSError:
        return


def _text(path: str) -> str:
    try:
        with open_patiently(path, "rb") as file:
            return bytes(file.read(MAX_LOG_BYTES)).decode("utf-8", "replace")
    except OSError:
        return ""
