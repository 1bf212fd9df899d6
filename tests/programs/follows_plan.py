"""Does in attempt N what the Nth word says: `pass`, `fail`, `lock`, `hang`, `die`.

usage: follows_plan.py WORD...

It says `begun` in a file first, so that whoever disturbs it knows that it runs.
"""

import os
import signal
import sys
import time

number = int(os.environ["CI_GUARD_ATTEMPT"])
what = sys.argv[number]
with open(f"begun-{number}", "w") as begun:
    begun.write("yes")
print(f"attempt {number}: {what}", flush=True)
if what == "lock":
    busy = 32 if sys.platform == "win32" else 16
    folder = os.getcwd()
    print(
        f"error: failed to rename file from {folder}/.a{number} to {folder}/t: busy (os error {busy})",
        file=sys.stderr,
    )
    sys.exit(2)
if what == "fail":
    print("AssertionError: 1 != 2", file=sys.stderr)
    sys.exit(7)
if what == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if what == "hang":
    time.sleep(600)
