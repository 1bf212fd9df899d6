"""The one place that asks which operating system this is."""

import sys

from ci_guard.process._interface import ProcessBackend

if sys.platform == "win32":
    from ci_guard.process import _windows as _implementation
else:
    from ci_guard.process import _posix as _implementation

system: ProcessBackend = _implementation
