"""Writes `ready` and the name of each console event it gets to a file (Windows).

usage: logs_console_events.py FILE [STATUS]: ends with STATUS at the first event; without it, none ends it.
"""

import os
import signal
import sys
import time

FOREVER = 600


def note(number: int, _frame: object) -> None:
    with open(sys.argv[1], "a", encoding="ascii") as log:
        log.write(f"{signal.Signals(number).name}\n")
    if len(sys.argv) > 2:
        os._exit(int(sys.argv[2]))


for name in ("SIGINT", "SIGBREAK"):
    signal.signal(getattr(signal, name), note)
with open(sys.argv[1], "a", encoding="ascii") as log:
    log.write("ready\n")
until = time.monotonic() + FOREVER
while time.monotonic() < until:
    time.sleep(0.05)
