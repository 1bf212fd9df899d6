"""Opens a file that a user names, so that reading it comes to an end.

A device such as /dev/zero never ends, and a FIFO that nobody writes to never begins.
"""

import os
import select
import stat
import sys

from ci_guard.annotation import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

LARGEST_FILE = 1024 * 1024  # bytes of a file of settings
WRITER_MILLISECONDS = 5000


def open_input(path: str) -> "BinaryIO":
    """The file, open for reading. Raises OSError, also for what would never come to an end."""
    if sys.platform == "win32":
        return open(path, "rb")
    mode = os.stat(path).st_mode
    if not stat.S_ISFIFO(mode):
        stream = open(path, "rb")  # noqa: SIM115 - the caller closes it
        if stat.S_ISCHR(mode) and not stream.isatty() and not os.path.samefile(path, os.devnull):
            stream.close()
            raise OSError("it is a device, not a file")
        return stream
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(WRITER_MILLISECONDS):
        os.close(descriptor)
        raise OSError("it is a FIFO, and nobody writes to it")
    os.set_blocking(descriptor, True)
    return open(descriptor, "rb")
