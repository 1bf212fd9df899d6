"""ci-guard whose clock is wrong until a file is there, as if it were set to the right time at that moment.

usage: CLOCK_AHEAD=SECONDS CLOCK_UNTIL=FILE guard_under_a_clock.py ARGUMENT...

Files keep the times that the kernel gives them: to ci-guard it is as if all clocks jumped while it ran.
"""

import os
import sys
import time

del sys.path[0]  # the programs beside this one must not become modules of ci-guard's

_true_time = time.time
AHEAD, UNTIL = float(os.environ.pop("CLOCK_AHEAD")), os.environ.pop("CLOCK_UNTIL")


def _time() -> float:
    return _true_time() + (0.0 if os.path.exists(UNTIL) else AHEAD)


time.time = _time

from ci_guard.__main__ import main  # noqa: E402 - with that clock

main()
