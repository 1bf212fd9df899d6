"""Which of two files an operation was refused, where the message names both and does not say.

A rename fails at its source: that was made a moment ago, and whoever has it open keeps it where it is. A copy
or a hard link that is denied fails at its target; one that meets a file in use, at what it reads. A symbolic
link fails where it is made; where a message names it first, only what it points to can be relative. A
running guard looks at both files instead.
"""

import ntpath

from ci_guard.model.history import Code, Namespace

_MADE_AT_TARGET = frozenset({"symlink", "symlink file", "symlink dir", "softlink", "softlink file"})
_READ_AND_WRITTEN = frozenset(
    {"copy", "copyfile", "copying", "copy file"} | {"link", "hardlink", "hardlink file"}
)
DENIED = frozenset(  # in the lists of Windows, POSIX and libuv; each may be a lock or a lack of rights
    {Code(Namespace.WIN32, 5), Code(Namespace.ERRNO, 1), Code(Namespace.ERRNO, 13)}
    | {Code(Namespace.LIBUV, -4048), Code(Namespace.LIBUV, -4092)}
)


def refused(
    path: str | None, target: str | None, operation: str | None, code: Code | None
) -> tuple[str | None, str | None]:
    """The refused file, and where it was to go; None where the refused file is the target itself."""
    name = (operation or "").lower()
    if target and name in _MADE_AT_TARGET and _is_absolute(path or "") and not _is_absolute(target):
        return path, target  # uv's `lib64`, named first, points to `lib`
    at_target = name in _MADE_AT_TARGET or (name in _READ_AND_WRITTEN and code in DENIED)
    return (target, None) if target and at_target else (path, target)


def _is_absolute(path: str) -> bool:
    """On whichever system it was written."""
    return path.startswith("/") or ntpath.isabs(path)
