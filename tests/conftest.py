"""What holds for all tests: the machine's own Python stays as it was."""

from rig.machine import _machine_untouched

__all__ = ["_machine_untouched"]
