"""ci-guard for which the time of an attempt is over when its command has written a word to a file.

usage: OVER_AT=FILE[:FILE]... guard_out_of_time.py --attempt-timeout 1h ARGUMENT... (`;` on Windows)
"""

import os
import sys

import events_for_time  # type: ignore[import-not-found]  # it lies beside this one

del sys.path[0]  # the programs beside this one must not become modules of ci-guard's
first, *others = os.environ.pop("OVER_AT").split(os.pathsep)
events_for_time.be_over_at(first, 1, *others)

from ci_guard.__main__ import main  # noqa: E402 - with that clock

main()
