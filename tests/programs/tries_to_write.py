"""tries_to_write.py FILE TRIES: opens FILE for writing, up to TRIES times, with pauses; exit 1 in vain."""

import sys
import time
from pathlib import Path

PAUSE = 0.1  # seconds

for _ in range(int(sys.argv[2])):
    try:
        Path(sys.argv[1]).write_bytes(b"written")
    except OSError as error:
        print(error, file=sys.stderr)
        time.sleep(PAUSE)
    else:
        sys.exit(0)
sys.exit(1)
