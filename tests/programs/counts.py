"""counts.py PARENT CHILD: counts in PARENT, and in a child of its own in CHILD.

Beside each file lies `NAME.pid`. It ends when a file `enough` lies there too, and by itself after a minute.
"""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

file, *rest = map(Path, sys.argv[1:])
child = subprocess.Popen([sys.executable, __file__, *map(str, rest)]) if rest else None
file.with_suffix(".pid").write_text(str(os.getpid()))
number, until = 0, time.monotonic() + 60
while not file.with_name("enough").exists() and time.monotonic() < until:
    number += 1
    scratch = file.with_suffix(".new")
    scratch.write_text(str(number))
    with contextlib.suppress(PermissionError):  # Windows, while a test reads it
        os.replace(scratch, file)
    time.sleep(0.01)
if child is not None:
    child.wait()
