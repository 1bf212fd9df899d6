"""Prints what kind of place its standard streams are, between lines that a terminal could change."""

import json
import os
import sys

found = {
    "isatty": [os.isatty(descriptor) for descriptor in (0, 1, 2)],
    "size": list(os.get_terminal_size(1)) if os.isatty(1) else None,
    "same": os.path.samestat(os.fstat(1), os.fstat(2)),
}
os.write(1, b"\xff\x00 before\n" + json.dumps(found).encode() + b"\nafter\r\n")
sys.exit(0)
