"""The names of programs, without what differs from machine to machine."""

import re

from ci_guard.expression import expression

_VERSION = expression(r"(?<=[a-z])[-_]?\d+(?:\.\d+)*$")
_SUFFIX = expression(r"\.(?:exe|cmd|bat|com|ps1)$")


def file_name(argument: str) -> str:
    """The lower-case name without folder and without what Windows appends to programs (`pip3.11`)."""
    return _SUFFIX.sub("", re.split(r"[\\/]", argument.strip("\"'"))[-1].lower())


def program_name(argument: str) -> str:
    """The bare name, without its version too (`C:\\\\Py\\\\Scripts\\\\pip3.11.exe` is `pip`)."""
    name = file_name(argument)
    return _VERSION.sub("", name) or name
