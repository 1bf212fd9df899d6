"""What holds for all tests: the machine's own Python stays as it was."""

import os

from ci_guard.host.detect import MARKS
from rig.machine import _machine_untouched

# the tests say themselves which CI server they are on; the one that runs them would hear every little guard
for _, _mark in MARKS:
    os.environ.pop(_mark, None)

__all__ = ["_machine_untouched"]
