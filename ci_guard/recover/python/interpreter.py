"""Asking a Python interpreter where it keeps its packages and its launchers."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence

from ci_guard.recover.python.target import VENV_MARK, Kind, Target

ASK_SECONDS = 20.0  # an interpreter that is being scanned starts slowly
QUESTION = """
import json, os, site, sys, sysconfig
user = "nt_user" if os.name == "nt" else ("osx_framework_user" if sys.platform == "darwin"
       and sysconfig.get_config_var("PYTHONFRAMEWORK") else "posix_user")
of = lambda scheme: {name: sysconfig.get_path(name, scheme) for name in ("purelib", "platlib", "scripts")}
here = {name: sysconfig.get_path(name) for name in ("purelib", "platlib", "scripts")}
print(json.dumps({"prefix": sys.prefix, "here": here, "user": of(user), "base": site.getuserbase()}))
"""


def layouts(command: Sequence[str], environment: Mapping[str, str]) -> tuple[Target, ...]:
    """The interpreter's own environment and its user site; empty if it cannot be asked.

    `command` starts the interpreter, as `["/usr/bin/python3"]`.
    """
    try:
        done = subprocess.run(
            [*command, "-I", "-c", QUESTION],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=ASK_SECONDS,
        )
        answer = json.loads(done.stdout)
        pairs = ((answer["prefix"], answer["here"]), (answer["base"], answer["user"]))
        return tuple(_target(prefix, paths) for prefix, paths in pairs)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return ()


def starts(program: str, environment: Mapping[str, str]) -> bool:
    """Whether the interpreter can be started and does nothing without complaint."""
    try:
        done = subprocess.run(
            [program, "-I", "-S", "-c", ""],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=ASK_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _target(prefix: str, paths: Mapping[str, str]) -> Target:
    site = dict.fromkeys((paths["purelib"], paths["platlib"]))
    return Target(
        kind=Kind.ENVIRONMENT if os.path.isfile(os.path.join(prefix, VENV_MARK)) else Kind.INTERPRETER,
        prefix=prefix,
        site=tuple(folder for folder in site if os.path.isdir(folder)),
        scripts=(paths["scripts"],),
    )
