"""Writes `ready` and the name of each signal it gets to a file.

usage: logs_signals.py FILE [STATUS]: ends with STATUS at the first signal; without it, none ends it.
"""

import os
import signal
import sys

log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def note(number: int, _frame: object) -> None:
    os.write(log, f"{signal.Signals(number).name}\n".encode())
    if len(sys.argv) > 2:
        os._exit(int(sys.argv[2]))


for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
    signal.signal(getattr(signal, name), note)
os.write(log, b"ready\n")
while True:
    signal.pause()
