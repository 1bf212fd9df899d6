"""A shell keeps the folder that it stands in: Windows moves and removes none that a process works in.

Where the prompt is in the log, it tells that folder. Source: Microsoft on `SetCurrentDirectory`: the folder
is held open for as long as it is the current one.
"""

import ntpath
import re

from ci_guard.diagnose.candidate import REMOVALS, Candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression

_MOVED_AWAY = REMOVALS | {"rd", "unlinkat", "rename", "move"}
_PROMPT = expression(
    r"^(?:PS )?(?P<folder>[A-Za-z]:\\[^\n<>|\"*?:]{0,240})> ?(?=\S)"
    r"|^[^\s@]{1,60}@[^\s@]{1,60} (?:MINGW(?:32|64)|MSYS|UCRT64|CLANG64)"
    r" /(?P<drive>[a-z])(?P<below>/[^\n(~]{1,240}?)(?: \(|$)",
    re.MULTILINE,
)
_MSYS = expression(r"^/([a-z])(?=/)")
_BEFORE = 20_000  # characters in which the prompt stands


def is_stood_in(cause: Candidate, tried: str | None, reading: Reading) -> bool:
    """Whether what was to be moved away is the folder that the last prompt shows, or holds that folder."""
    if cause.path is None or tried not in _MOVED_AWAY:
        return False
    prompts = list(_PROMPT.finditer(reading.text, max(cause.start - _BEFORE, 0), cause.start))
    if not prompts:
        return False
    last = prompts[-1]
    here = last["folder"] or f"{last['drive']}:{last['below']}"
    moved = _normal(cause.path)
    return bool(ntpath.splitdrive(moved)[0]) and (_normal(here) + "\\").startswith(moved.rstrip("\\") + "\\")


def _normal(path: str) -> str:
    return ntpath.normcase(ntpath.normpath(_MSYS.sub(r"\1:", path.strip())))
