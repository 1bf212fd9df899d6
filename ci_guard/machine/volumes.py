"""What kind of volume a folder lies on: file system, free space, whether programs may run from it."""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from ci_guard.dataclass import dataclass

MOUNTS = Path("/proc/self/mounts")
_REMOTE = 4  # DRIVE_REMOTE
_NAME_LENGTH = 261  # characters, MAX_PATH and its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """None: not known."""

    root: str
    file_system: str | None
    free: int | None  # bytes
    remote: bool
    no_exec: bool


NETWORKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "vboxsf"})


def volume_of(folder: str, mounts: Path = MOUNTS) -> Volume:
    """The volume of a folder, or of the nearest one above it that exists."""
    path = os.path.abspath(folder)
    while not os.path.isdir(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    free = None
    with suppress(OSError):
        free = shutil.disk_usage(path).free
    if sys.platform == "win32":
        return _windows(os.path.splitdrive(path)[0] + "\\", free)
    root, system, options = _mount(os.path.realpath(path), mounts)
    return Volume(
        root=root, file_system=system, free=free, remote=system in NETWORKS, no_exec="noexec" in options
    )


def _mount(path: str, mounts: Path) -> tuple[str, str | None, list[str]]:
    best: tuple[str, str | None, list[str]] = ("/", None, [])
    with suppress(OSError):
        for line in mounts.read_text(errors="replace").splitlines():
            _, root, system, options, *_ = line.split(" ")
            root = root.replace("\\040", " ")
            inside = path == root or path.startswith(root.rstrip("/") + "/")
            if inside and len(root) >= len(best[0]):
                best = (root, system, options.split(","))
    return best


def _windows(root: str, free: int | None) -> Volume:
    if sys.platform != "win32":
        raise AssertionError
    import ctypes

    name = ctypes.create_unicode_buffer(_NAME_LENGTH)
    known = ctypes.windll.kernel32.GetVolumeInformationW(root, None, 0, None, None, None, name, _NAME_LENGTH)
    remote = ctypes.windll.kernel32.GetDriveTypeW(root) == _REMOTE
    return Volume(
        root=root, file_system=name.value if known else None, free=free, remote=remote, no_exec=False
    )
