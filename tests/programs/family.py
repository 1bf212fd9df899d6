"""A stubborn family: a grandchild that setsid(2) has detached, its parent, all deaf to polite signals.

usage: family.py FILE [orphan|nameless]: writes the pids to FILE, one to a line; with `orphan`, the
grandchild's parent ends first and the program itself obeys; with `nameless`, the grandchild has no
environment, too, and keeps its output.
"""

import os
import signal
import sys
import time

FOREVER = 600


def become_deaf() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)


def announce() -> None:
    with open(sys.argv[1], "a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")


nameless = "nameless" in sys.argv[2:]
orphan = nameless or "orphan" in sys.argv[2:]
if not orphan:
    become_deaf()
if os.fork() == 0:  # the child
    become_deaf()
    os.setsid()
    if os.fork() == 0:  # the grandchild
        os.closerange(0, 1 if nameless else 3)
        announce()
        if nameless:
            os.execve("/bin/sleep", ["sleep", str(FOREVER)], {})
        time.sleep(FOREVER)
    if orphan:
        os._exit(0)
    announce()
    time.sleep(FOREVER)
if orphan:
    os.wait()
announce()
time.sleep(FOREVER)
