"""What changes in a folder, by inotify(7). A watch keeps nobody from renaming or removing what is watched."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator

from ci_guard.model.patience import Change

assert sys.platform != "win32"  # also tells the type checker

# sys/inotify.h. Not the closing of what was open for writing: that does who asks whether a file is held
_MODIFY, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x40, 0x80, 0x100, 0x200
_ONLY_FOLDERS, _OVERFLOW, _IGNORED = 0x01000000, 0x4000, 0x8000
_MASK = _MODIFY | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _ONLY_FOLDERS
_HEAD = struct.Struct("iIII")  # inotify_event: which watch, what, a cookie, the length of the name
_ROOM = 65536  # bytes of one reading


class LinuxNames:
    """One inotify instance."""

    def __init__(self) -> None:
        """Raises OSError where no instance can be had, AttributeError where the C library knows none."""
        library = ctypes.CDLL(None, use_errno=True)
        self._add = library.inotify_add_watch
        self._add.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
        self._file = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self._folders: dict[int, str] = {}
        self._watched: dict[str, int] = {}

    def tells_of(self, folder: str) -> bool:
        """Watch it, if it is there."""
        if folder in self._watched:
            return True
        watch = self._add(self._file, os.fsencode(folder), _MASK)
        if watch < 0:
            return False
        self._folders[watch] = folder
        self._watched[folder] = watch
        return True

    def changes(self) -> tuple[Change, ...] | None:
        """Read what the kernel has kept."""
        found: list[Change] = []
        lost = False
        while True:
            try:
                told = os.read(self._file, _ROOM)
            except BlockingIOError:
                return None if lost else tuple(found)
            for watch, mask, name in _events(told):
                lost = self._loses(watch, mask) or lost
                if name and watch in self._folders:
                    path = os.path.join(self._folders[watch], os.fsdecode(name))
                    found.append(Change(path=path, gone=bool(mask & (_MOVED_FROM | _DELETE))))

    def close(self) -> None:
        """Give the instance back."""
        os.close(self._file)

    def _loses(self, watch: int, mask: int) -> bool:
        if mask & _IGNORED:  # the folder is gone; one of its name may be made anew
            folder = self._folders.pop(watch, None)
            if folder is not None:
                self._watched.pop(folder, None)
        return bool(mask & (_OVERFLOW | _IGNORED))


def _events(told: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    while place < len(told):
        watch, mask, _, length = _HEAD.unpack_from(told, place)
        place += _HEAD.size
        yield watch, mask, told[place : place + length].rstrip(b"\0")
        place += length
