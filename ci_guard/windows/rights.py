"""Which rights on a file Windows asks for, by the operation that a tool names; pure.

learn.microsoft.com/windows/win32/fileio/file-security-and-access-rights and .../file-access-rights-constants
"""

from ci_guard.dataclass import dataclass

READ_DATA = 0x1  # of a directory: to list it
WRITE_DATA = 0x2  # of a directory: to add a file
ADD_SUBDIRECTORY = 0x4
EXECUTE = 0x20
DELETE_CHILD = 0x40
WRITE_ATTRIBUTES = 0x100
DELETE = 0x10000

RUN = frozenset({"exec", "spawn", "run", "fork/exec"})
READ = frozenset(
    {"open", "read", "stat", "lstat", "scandir", "canonicalize", "query", "readlink", "access", "find"}
)
OWNERS = frozenset({"chmod", "chown", "utime", "utimes", "set"})
# a file that goes, or whose place another one takes, needs DELETE, which most holders do not share
REMOVAL = frozenset(
    {"remove", "removeall", "unlink", "unlinkat", "rmdir", "delete", "clear", "deletion of directory"}
)
REPLACEMENT = frozenset({"rename", "rename from", "persist", "replace", "move", "unlink of file"})
SYMBOLIC = frozenset({"symlink", "softlink"})
LINKS = frozenset(
    {"link", "hardlink", "hard link", "symlink", "softlink", "clone"}
)  # often named by their source


@dataclass(frozen=True, slots=True)
class Needed:
    """What has to be granted: all of `path` on the path itself, all of `folder` on its folder."""

    path: int = 0
    folder: int = 0


def needed(operation: str, *, exists: bool) -> Needed:
    """The rights for an operation on a path; DELETE may also come as DELETE_CHILD from the folder."""
    word = operation.lower()
    if word in REPLACEMENT:
        return Needed(DELETE if exists else 0, WRITE_DATA)
    if not exists:
        return Needed(folder=ADD_SUBDIRECTORY if word == "mkdir" else WRITE_DATA)
    if word in REMOVAL:
        return Needed(DELETE)
    if word in RUN:
        return Needed(READ_DATA | EXECUTE)
    if word in READ:
        return Needed(READ_DATA)
    return Needed(WRITE_ATTRIBUTES if word in OWNERS | LINKS else WRITE_DATA)


def words_of(rights: int) -> str:
    """What the rights allow, for people."""
    names = (
        (READ_DATA, "read"),
        (WRITE_DATA, "write"),
        (ADD_SUBDIRECTORY, "add a folder to"),
        (EXECUTE, "run"),
        (WRITE_ATTRIBUTES, "change the attributes of"),
        (DELETE, "delete or replace"),
    )
    return " and ".join(name for right, name in names if rights & right)
