"""A program of its own that holds a file on Windows, for as long as a test wants."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROGRAM = Path(__file__).parent.parent / "programs" / "holds_file.py"


@contextlib.contextmanager
def held(path: Path, share: str = "-", *, delete: bool = False) -> Iterator["subprocess.Popen[bytes]"]:
    """Hold the file with a share mode made of r, w and d; with `delete`, marked to be deleted."""
    command = [sys.executable, "-I", str(PROGRAM), str(path), share, *(["delete"] if delete else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"ready"
        try:
            yield holder
        finally:
            holder.communicate()
