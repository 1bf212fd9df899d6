"""What the command would have been given without us, where the interpreter that we run in has changed it."""

import os
import sys

# PEP 538: what CPython puts into LC_CTYPE where it finds itself in the locale C, for its children too
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
VARIABLE = "LC_CTYPE"
STARTED_WITH = "/proc/self/environ"


def environment() -> dict[str, str]:
    """Our environment as we were started with it."""
    found = dict(os.environ)
    if sys.platform == "win32" or found.get(VARIABLE) not in COERCED:
        return found
    try:
        with open(STARTED_WITH, "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:  # a system that does not tell: what is there may well be the user's
        return found
    name = VARIABLE.encode() + b"="
    before = next((entry[len(name) :] for entry in entries if entry.startswith(name)), None)
    if before is None:
        del found[VARIABLE]
    else:
        found[VARIABLE] = os.fsdecode(before)
    return found
