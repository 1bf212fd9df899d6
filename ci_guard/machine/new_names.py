"""What is made, renamed or written in a folder, as the system tells of it: no folder need be read again.

Windows tells by ReadDirectoryChangesW, Linux by inotify(7). Where neither can be had, folders must be read:
on other systems, where a folder is not there yet, on some network drives.
"""

import os
import sys
from typing import Protocol

from ci_guard.model.patience import Change


class NewNames(Protocol):
    """What the system tells of, since the last question."""

    def tells_of(self, folder: str) -> bool:
        """Whether changes in this folder are told of from now on; what is in it already is not."""
        ...

    def changes(self) -> tuple[Change, ...] | None:
        """The changes since the last call, at once; None: some were lost, and all must be looked at."""
        ...

    def close(self) -> None:
        """Ask no more."""
        ...


def open_new_names() -> NewNames | None:
    """Ask the system; None where it cannot be asked.

    Windows is asked about our working directory alone, with all that is below: an open folder, and each one
    above it, cannot be renamed or removed for good, and this one we have open in any case.
    """
    try:
        if sys.platform == "win32":
            from ci_guard.machine._new_names_windows import WindowsNames

            return WindowsNames(os.getcwd())
        if sys.platform == "linux":
            from ci_guard.machine._new_names_linux import LinuxNames

            return LinuxNames()
    except (OSError, AttributeError, ImportError):  # no such function, or no more of them for this user
        return None
    return None
