"""What a volume can do, whatever the rights: run programs, hold links, let go of a mount point."""

import errno
import os
import sys
import tempfile

MOUNTS = "/proc/self/mountinfo"  # proc_pid_mountinfo(5): the fifth field is the mount point
_MOUNT_POINT = 4  # the index of that field
_NO_LINKS = frozenset(
    {errno.EPERM, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, getattr(errno, "ENOTSUP", errno.EOPNOTSUPP)}
)


def is_mount_point(path: str) -> bool:
    """Whether something is mounted there, be it another volume, or a folder or a file of the same one."""
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    try:
        with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as lines:
            return real in {_unescaped(line.split(" ")[_MOUNT_POINT]) for line in lines}
    except OSError:  # no Linux
        return os.path.ismount(path)


def _unescaped(field: str) -> str:
    for code in ("040", "011", "012", "134"):
        field = field.replace(f"\\{code}", chr(int(code, 8)))
    return field


def forbids_programs(path: str) -> bool:
    """Whether the volume is mounted so that nothing on it can be run (noexec)."""
    if sys.platform == "win32":
        return False
    return bool(os.statvfs(path).f_flag & getattr(os, "ST_NOEXEC", 0))


def can_link(folder: str, *, symbolic: bool, prefix: str) -> bool | None:
    """Whether the volume of the folder knows such links; None if that cannot be tried there."""
    try:
        with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as scratch:
            source, link = os.path.join(scratch, "a"), os.path.join(scratch, "b")
            with open(source, "wb"):
                pass
            try:
                os.symlink("a", link) if symbolic else os.link(source, link)
            except OSError as error:
                return False if error.errno in _NO_LINKS else None
    except OSError:
        return None
    return True
