"""A command that leaves a server behind, which goes on writing to the command's own streams.

usage: serves_on.py STOP SIZE PAUSE. The server counts, a number a line, even ones to stdout and odd ones to
stderr, `SIZE` lines a write; it sleeps PAUSE seconds after each write, and ends once there is a file STOP.
"""

import os
import subprocess
import sys
import time

SERVE = "serve"
STDOUT, STDERR = 1, 2


def begin(*words: str) -> None:
    """Start the server; what it has of ours are the two streams."""
    command = [sys.executable, "-I", __file__, SERVE, *words]
    subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=STDOUT, stderr=STDERR)


def serve(stop: str, size: int, pause: float) -> None:
    """Count until told to stop, which is a last word in both streams."""
    number = 0
    while not os.path.exists(stop):
        for stream in (STDOUT, STDERR):
            lines = range(number + stream - STDOUT, number + 2 * size, 2)
            write(stream, b"".join(b"%d\n" % line for line in lines))
        number += 2 * size
        time.sleep(pause)
    for stream in (STDOUT, STDERR):
        write(stream, b"end\n")


def write(stream: int, data: bytes) -> None:
    """All of it: a pipe may take less at once."""
    while data:
        data = data[os.write(stream, data) :]


if sys.argv[1] == SERVE:
    serve(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
else:
    begin(*sys.argv[1:])
