"""The system calls that touch a path: their numbers on each machine and where their arguments keep the path.

Numbers: `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h` of Linux.
"""

from collections.abc import Mapping
from dataclasses import dataclass

AT_REMOVEDIR = 0x200
MAY_WRITE = 0o1103  # O_WRONLY | O_RDWR | O_CREAT | O_TRUNC: the same bits on both machines
CREAT_FLAGS = 0o1101  # creat(2) is open(2) with O_CREAT | O_WRONLY | O_TRUNC


@dataclass(frozen=True, slots=True)
class Machine:
    """What the kernel calls this machine, the number of seccomp(2) and of each call below that it has."""

    audit: int
    seccomp: int
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PathArgument:
    """Which argument holds the path, and which the folder it is relative to (None: the working one)."""

    path: int
    folder: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A system call in the words of the rules."""

    operation: str
    paths: tuple[PathArgument, ...]
    flags: int | None = None  # the argument with the flags of an open


MACHINES: Mapping[str, Machine] = {
    "x86_64": Machine(
        audit=0xC000003E,
        seccomp=317,
        numbers={
            "open": 2, "execve": 59, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86,
            "unlink": 87, "symlink": 88, "chmod": 90, "openat": 257, "mkdirat": 258, "unlinkat": 263,
            "renameat": 264, "linkat": 265, "symlinkat": 266, "fchmodat": 268, "renameat2": 316,
            "execveat": 322, "openat2": 437,
        },
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        seccomp=277,
        numbers={
            "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37, "renameat": 38, "fchmodat": 53,
            "openat": 56, "execve": 221, "renameat2": 276, "execveat": 281, "openat2": 437,
        },
    ),
}  # fmt: skip

CALLS: Mapping[str, Call] = {
    "rename": Call("rename", (PathArgument(0), PathArgument(1))),
    "renameat": Call("rename", (PathArgument(1, 0), PathArgument(3, 2))),
    "renameat2": Call("rename", (PathArgument(1, 0), PathArgument(3, 2))),
    "link": Call("link", (PathArgument(0), PathArgument(1))),
    "linkat": Call("link", (PathArgument(1, 0), PathArgument(3, 2))),
    "unlink": Call("unlink", (PathArgument(0),)),
    "unlinkat": Call("unlink", (PathArgument(1, 0),), flags=2),
    "rmdir": Call("rmdir", (PathArgument(0),)),
    "mkdir": Call("mkdir", (PathArgument(0),)),
    "mkdirat": Call("mkdir", (PathArgument(1, 0),)),
    "symlink": Call("symlink", (PathArgument(1),)),
    "symlinkat": Call("symlink", (PathArgument(2, 1),)),
    "chmod": Call("chmod", (PathArgument(0),)),
    "fchmodat": Call("chmod", (PathArgument(1, 0),)),
    "open": Call("open", (PathArgument(0),), flags=1),
    "openat": Call("open", (PathArgument(1, 0),), flags=2),
    "openat2": Call("open", (PathArgument(1, 0),), flags=2),  # the flags are the first word of a struct there
    "creat": Call("open", (PathArgument(0),)),
    "execve": Call("exec", (PathArgument(0),)),
    "execveat": Call("exec", (PathArgument(1, 0),)),
}

OPERATIONS = frozenset(
    {"rename", "link", "unlink", "rmdir", "mkdir", "symlink", "chmod", "openr", "openw", "exec"}
)


def calls_for(operations: frozenset[str], machine: Machine) -> dict[str, int]:
    """The calls of this machine, with their numbers, that can be one of these operations."""
    wanted = set(operations)
    if operations & {"openr", "openw"}:
        wanted.add("open")
    if "rmdir" in operations:
        wanted.add("unlink")  # unlinkat(AT_REMOVEDIR)
    return {name: number for name, number in machine.numbers.items() if CALLS[name].operation in wanted}
