from rig.controller.fixtures import _plain, start, world

__all__ = ["_plain", "start", "world"]
