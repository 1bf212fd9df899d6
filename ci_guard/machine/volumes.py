"""What kind of volume a folder lies on: file system, free space, whether programs may run from it."""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from ci_guard.dataclass import dataclass

MOUNTS = Path("/proc/self/mounts")
_REMOTE = 4  # DRIVE_REMOTE
_SHARED, _OPEN_EXISTING, _BACKUP_SEMANTICS = 7, 3, 0x02000000
_INVALID = 2**64 - 1 if sys.maxsize > 2**32 else 2**32 - 1
_QUERY_VOLUME_STATE, _DEV_VOLUME = 0x0009023C, 0x00002000  # winioctl.h, PERSISTENT_VOLUME_STATE_DEV_VOLUME
_NAME_LENGTH = 261  # characters, MAX_PATH and its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """None: not known."""

    root: str
    file_system: str | None
    free: int | None  # bytes
    remote: bool
    no_exec: bool
    dev_drive: bool | None = None  # Windows' Dev Drive, where Defender looks later; None: not known


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
        root=root,
        file_system=name.value if known else None,
        free=free,
        remote=remote,
        no_exec=False,
        dev_drive=_dev_drive(root),
    )


def _dev_drive(root: str) -> bool | None:
    """Whether the volume is a Dev Drive; None before Windows 11, and where nobody may ask."""
    if sys.platform != "win32":
        raise AssertionError
    import ctypes

    kernel = ctypes.windll.kernel32
    kernel.CreateFileW.restype = ctypes.c_void_p
    handle = kernel.CreateFileW(root, 0, _SHARED, None, _OPEN_EXISTING, _BACKUP_SEMANTICS, None)
    if handle == _INVALID:
        return None
    try:
        # FILE_FS_PERSISTENT_VOLUME_INFORMATION: flags, mask, version, reserved
        asked = (ctypes.c_uint32 * 4)(0, _DEV_VOLUME, 1, 0)
        told, length = (ctypes.c_uint32 * 4)(), ctypes.c_uint32()
        done = kernel.DeviceIoControl(
            ctypes.c_void_p(handle),
            _QUERY_VOLUME_STATE,
            asked,
            ctypes.sizeof(asked),
            told,
            ctypes.sizeof(told),
            ctypes.byref(length),
            None,
        )
        return bool(told[0] & _DEV_VOLUME) if done else None
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))
