"""opens_its_file.py FILE: opens it again and again, tells how often in vain.

Until a file `enough` lies beside it.
"""

import os
import sys
from pathlib import Path

file = Path(sys.argv[1])
file.write_bytes(b"content")
refused = rounds = 0
while rounds % 100 or not file.with_name("enough").exists():
    rounds += 1
    try:
        os.close(os.open(file, os.O_RDONLY))  # Python does not share the removal of a file
    except OSError:
        refused += 1
print(f"{refused} refused", flush=True)
