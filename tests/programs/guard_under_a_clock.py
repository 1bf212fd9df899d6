"""ci-guard whose clock is wrong until a file is there, as if it were set to the right time at that moment.

usage: CLOCK_AHEAD=SECONDS CLOCK_UNTIL=FILE [OVER_AT=FILE] guard_under_a_clock.py ARGUMENT...
With OVER_AT it is that of guard_out_of_time.py, too.

Files keep the times that the kernel gives them: to ci-guard it is as if all clocks jumped while it ran.
"""

import os
import sys
import time

_true_time = time.time
AHEAD, UNTIL = float(os.environ.pop("CLOCK_AHEAD")), os.environ.pop("CLOCK_UNTIL")


def _time() -> float:
    return _true_time() + (0.0 if os.path.exists(UNTIL) else AHEAD)


time.time = _time

if "OVER_AT" in os.environ:
    import guard_out_of_time  # type: ignore[import-not-found]  # noqa: F401  # it runs
else:
    del sys.path[0]  # the programs beside this one must not become modules of ci-guard's
    from ci_guard.__main__ import main

    main()
