"""Reads standard input in a way, writes what it has read to a file, and fails with a lock at first.

usage: reads_and_locks.py WAY FOLDER; WAY is `all`, `path` (by the name /dev/stdin), `line`, `none`, or the
path or the number of another descriptor.
"""

import os
import sys
from pathlib import Path

way, folder = sys.argv[1], Path(sys.argv[2])
if way == "path":
    with open("/dev/stdin", "rb") as file:
        data = file.read()
elif way == "all":
    data = sys.stdin.buffer.read()
elif way == "line":
    data = b""
    while not data.endswith(b"\n") and (byte := os.read(0, 1)):
        data += byte
elif way.isdecimal():
    with open(int(way), "rb", closefd=False) as file:
        data = file.read()
elif way.startswith("/"):
    with open(way, "rb") as file:
        data = file.read()
else:
    data = b""
number = os.environ.get("CI_GUARD_ATTEMPT", "1")
(folder / f"read-{number}").write_bytes(data)
if not (folder / "locked").exists():
    (folder / "locked").touch()
    busy = 32 if sys.platform == "win32" else 16
    sys.exit(f"error: failed to rename file from {folder}/.tmpAbC to {folder}/tool: busy (os error {busy})")
