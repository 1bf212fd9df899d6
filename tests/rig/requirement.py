"""What a test needs of the machine: where it is missing it skips with the reason, but never in our own CI."""

import os
import platform
import sys

import pytest

from rig.injector import unavailable


def expected() -> bool:
    """Whether this machine must be able to run all tests: our CI runs on Linux, x86-64."""
    return bool(os.environ.get("CI")) and sys.platform == "linux" and platform.machine() == "x86_64"


def needs_injection() -> pytest.MarkDecorator:
    """The mark of tests that inject faults; raises RuntimeError where that must work and does not."""
    reason = unavailable()
    if reason and expected():
        raise RuntimeError(f"this CI must be able to inject faults: {reason}")
    return pytest.mark.skipif(reason is not None, reason=reason or "")
