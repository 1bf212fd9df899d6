"""The folder of the user whom a command works for."""

import os
from collections.abc import Mapping


def user_home(environment: Mapping[str, str]) -> str:
    """As the system's own tools look for it: with these variables, else for this process."""
    name = "USERPROFILE" if os.name == "nt" else "HOME"
    return environment.get(name) or os.path.expanduser("~")
