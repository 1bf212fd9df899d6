"""tries_to_write.py FILE: opens FILE for writing, with pauses; exit 1 in vain once there is FILE.enough."""

import sys
import time
from pathlib import Path

PAUSE = 0.1  # seconds

while True:
    enough = Path(f"{sys.argv[1]}.enough").exists()
    try:
        Path(sys.argv[1]).write_bytes(b"written")
    except OSError as error:
        print(error, file=sys.stderr)
        if enough:
            sys.exit(1)
        time.sleep(PAUSE)
    else:
        sys.exit(0)
