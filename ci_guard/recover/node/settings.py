"""The settings of npm: words of the command line, then variables, then the `.npmrc` of project and user.

Source: npm's manual, "config" and "npmrc". An own reader, because asking npm itself takes half a second.
"""

import os
import re
from collections.abc import Mapping, Sequence

from ci_guard.expression import expression
from ci_guard.machine.held import open_patiently
from ci_guard.recover.user_home import user_home

_LINE = expression(r"^\s*(?P<name>[A-Za-z0-9_:@/.-]+?)\s*=\s*(?P<value>.*?)\s*$", re.MULTILINE)
_VARIABLE = expression(r"\$\{(?P<name>[^}?]+)\??\}")
PREFIX = "npm_config_"
SHORT = {"global": "-g", "prefix": "-C"}


class Settings:
    """What npm would take for one command, run in `project`."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], project: str) -> None:
        self._words = words
        self._environment = environment
        self._variables = {
            name.lower().removeprefix(PREFIX): value
            for name, value in environment.items()
            if name.lower().startswith(PREFIX)
        }
        self.home: str = user_home(environment)
        user = self._variables.get("userconfig") or os.path.join(self.home, ".npmrc")
        self._files = [_read(os.path.join(project, ".npmrc")), _read(user)]

    def text(self, name: str, default: str = "") -> str:
        """A setting that is a text; the last word on the command line wins."""
        found = self._spoken(name)
        if found is None:
            found = self._variables.get(name.replace("-", "_"))
        for each in self._files:
            found = each.get(name) if found is None else found
        return default if found is None else self._filled(found)

    def switch(self, name: str, default: bool = False) -> bool:
        """A setting that is on or off."""
        if f"--no-{name}" in self._words:
            return False
        if f"--{name}" in self._words or SHORT.get(name) in self._words:
            return True
        return self.text(name, "true" if default else "false").lower() not in ("false", "0", "null", "")

    @property
    def cache(self) -> str:
        """npm's cache folder; `_cacache`, `_logs` and `_npx` are in it."""
        local = self._environment.get("LOCALAPPDATA")
        windows = os.path.join(local, "npm-cache") if os.name == "nt" and local else None
        return self.text("cache", windows or os.path.join(self.home, ".npm"))

    @property
    def logs(self) -> str:
        """Where npm writes its debug logs."""
        return self.text("logs-dir", os.path.join(self.cache, "_logs"))

    def _spoken(self, name: str) -> str | None:
        found = None
        for place, word in enumerate(self._words):
            if word.startswith(f"--{name}="):
                found = word.partition("=")[2]
            elif word in (f"--{name}", SHORT.get(name)) and place + 1 < len(self._words):
                found = self._words[place + 1]
        return found

    def _filled(self, value: str) -> str:
        return _VARIABLE.sub(lambda match: self._environment.get(match["name"], ""), value)


def _read(path: str) -> dict[str, str]:
    try:
        with open_patiently(path, encoding="utf-8", errors="replace") as file:
            return {found["name"]: found["value"].strip("\"'") for found in _LINE.finditer(file.read())}
    except OSError:
        return {}
