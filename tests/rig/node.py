"""Programs of npm that read what we write: installed once into the cache, exactly as a lock file pins them.

Their own installation scripts never run. Where Node.js or Java is missing a test skips with the reason, but
never in our own CI.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from rig import cache
from rig.events import HANG

PROJECTS = Path(__file__).resolve().parents[1] / "npm"
OLDEST_NODE = 20  # what npm-groovy-lint 16 and junit-to-ctrf need
INSTALL_SECONDS = 600


def expected() -> bool:
    """Whether this machine must have Node.js and Java: `.ci/run` installs them."""
    return bool(os.environ.get("CI")) and sys.platform == "linux"


def lacking(programs: Iterable[str] = ("node", "npm", "java")) -> str | None:
    """What this machine lacks to run them; None if nothing."""
    for name in programs:
        if shutil.which(name) is None:
            return f"there is no `{name}` on this machine"
    said = _ask(["node", "--version"])
    version = re.match(r"v(\d+)\.", said)
    if version is None or int(version[1]) < OLDEST_NODE:
        return f"Node.js {said} is older than {OLDEST_NODE}"
    return None


def fetched(project: str) -> Path:
    """The folder with `node_modules` of a project of `tests/npm`; raises RuntimeError if it cannot be had."""
    pinned = PROJECTS / project / "package-lock.json"
    digest = hashlib.sha256(pinned.read_bytes()).hexdigest()[:12]

    def make(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(pinned.with_name(name), folder)
        words = [_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        if done.returncode:
            raise RuntimeError(f"npm cannot install {project}:\n{done.stdout}{done.stderr}")

    return cache.kept(f"npm-{project}-{digest}", make)


def unavailable(project: str) -> str | None:
    """Why a project of `tests/npm` cannot be had; None if it can."""
    try:
        fetched(project)
    except RuntimeError as failure:
        return str(failure)
    return None


def installed(project: str) -> Path:
    """The same for a test that runs its programs: skips where they cannot be had, but never in our own CI."""
    reason = lacking() or unavailable(project)
    return _refuse(reason) if reason else fetched(project)


def _refuse(reason: str) -> Path:
    if expected():
        raise RuntimeError(f"this CI must be able to run npm's programs: {reason}")
    pytest.skip(reason)


def _program(name: str) -> str:
    """Its whole path: Windows finds `npm.cmd` by that only."""
    return shutil.which(name) or name


def _ask(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG).stdout.strip()
