"""The folder in which ci-guard keeps what outlives a build: `CI_GUARD_STATE`, or the place of the system."""

import os
import sys
from collections.abc import Mapping

VARIABLE = "CI_GUARD_STATE"
NAME = "ci-guard"


def state_folder(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Its path, whether it is there or not; None where the environment tells of no home.

    Windows: %LOCALAPPDATA%; macOS: ~/Library/Application Support; elsewhere the XDG Base Directory
    Specification, 0.8: $XDG_STATE_HOME or ~/.local/state, a relative path there is ignored.
    """
    if given := environ.get(VARIABLE):
        return os.path.abspath(given)
    if platform == "win32":
        local = environ.get("LOCALAPPDATA")
        return os.path.join(local, NAME) if local else None
    state = environ.get("XDG_STATE_HOME", "")
    if platform != "darwin" and os.path.isabs(state):
        return os.path.join(state, NAME)
    home = environ.get("HOME", "")
    if not os.path.isabs(home):
        return None
    place = ("Library", "Application Support") if platform == "darwin" else (".local", "state")
    return os.path.join(home, *place, NAME)
