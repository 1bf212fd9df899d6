"""counts.py PARENT CHILD: counts in PARENT, a byte for each, and in a child of its own in CHILD.

Beside each file lies `NAME.pid`. It ends when a file `enough` lies there too, and by itself in ten minutes.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

file, *rest = map(Path, sys.argv[1:])
child = subprocess.Popen([sys.executable, __file__, *map(str, rest)]) if rest else None
file.with_suffix(".pid").write_text(str(os.getpid()))
until = time.monotonic() + 600
with file.open("ab", buffering=0) as counted:  # a size is told whatever is open, and wherever we are held
    while not file.with_name("enough").exists() and time.monotonic() < until:
        counted.write(b".")
        time.sleep(0.01)
if child is not None:
    child.wait()
