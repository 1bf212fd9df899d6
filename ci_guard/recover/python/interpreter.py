"""Asking a Python interpreter where it keeps its packages and its launchers."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.recover.ask import ask
from ci_guard.recover.python.target import VENV_MARK, Target, TargetKind

ASK_SECONDS = 20.0  # an interpreter that is being scanned starts slowly
QUESTION = """
import json, os, site, sys, sysconfig
user = "nt_user" if os.name == "nt" else ("osx_framework_user" if sys.platform == "darwin"
       and sysconfig.get_config_var("PYTHONFRAMEWORK") else "posix_user")
of = lambda scheme: {name: sysconfig.get_path(name, scheme) for name in ("purelib", "platlib", "scripts")}
here = {name: sysconfig.get_path(name) for name in ("purelib", "platlib", "scripts")}
print(json.dumps({"prefix": sys.prefix, "here": here, "user": of(user), "base": site.getuserbase()}))
"""

SEARCH = """
import sys
names = sys.argv[1:]
sys.path[:] = [place for place in sys.path if place]
import json, sysconfig
from importlib.metadata import PackageNotFoundError, distribution
found = []
for name in names:
    try:
        distribution(name)
        found.append(name)
    except PackageNotFoundError:
        pass
print(json.dumps({"prefix": sys.prefix, "site": sysconfig.get_path("purelib"), "names": found}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an interpreter finds, wherever it looks for packages."""

    prefix: str
    site: str  # where its own packages are
    names: tuple[str, ...]


def installed(command: Sequence[str], environment: Mapping[str, str], names: Iterable[str]) -> Found | None:
    """Which of these packages an interpreter finds; None if it cannot be asked."""
    told = ask([*command, "-c", SEARCH, *sorted(names)], environment=environment, seconds=ASK_SECONDS)
    try:
        answer = json.loads(told or b"")
        return Found(prefix=answer["prefix"], site=answer["site"], names=tuple(answer["names"]))
    except (ValueError, KeyError, TypeError):
        return None


def layouts(command: Sequence[str], environment: Mapping[str, str]) -> tuple[Target, ...]:
    """The interpreter's own environment and its user site; empty if it cannot be asked.

    `command` starts the interpreter, as `["/usr/bin/python3"]`.
    """
    told = ask([*command, "-I", "-c", QUESTION], environment=environment, seconds=ASK_SECONDS)
    try:
        answer = json.loads(told or b"")
        pairs = ((answer["prefix"], answer["here"]), (answer["base"], answer["user"]))
        return tuple(_target(prefix, paths) for prefix, paths in pairs)
    except (ValueError, KeyError, TypeError):
        return ()


def starts(program: str, environment: Mapping[str, str]) -> bool:
    """Whether the interpreter can be started and does nothing without complaint."""
    return ask([program, "-I", "-S", "-c", ""], environment=environment, seconds=ASK_SECONDS) is not None


def _target(prefix: str, paths: Mapping[str, str]) -> Target:
    site = dict.fromkeys((paths["purelib"], paths["platlib"]))
    return Target(
        kind=TargetKind.ENVIRONMENT
        if os.path.isfile(os.path.join(prefix, VENV_MARK))
        else TargetKind.INTERPRETER,
        prefix=prefix,
        site=tuple(folder for folder in site if os.path.isdir(folder)),
        scripts=(paths["scripts"],),
    )
