"""pipx, poetry and their like in exact versions, run by a throw-away Python and never by the machine's own.

Each is unpacked once into the cache, with all that it needs. A place gets a little environment of its own
throw-away Python that sees that folder: what the tool takes for its base interpreter may then be spoilt.
"""

import os
import subprocess
import sys
from pathlib import Path

from rig import cache
from rig.events import HANG

VERSIONS = {
    "pipx": "1.18.4",
    "poetry": "2.5.1",
    "pdm": "2.29.4",
    "hatch": "1.18.2",
    "virtualenv": "21.15.11",
    "tox": "4.67.15",
    "nox": "2026.10.20",
    "pre-commit": "4.7.0",
    "pipenv": "2026.10.3",
}
BESIDE = {"pdm": ("hishel<2",)}  # pdm 2.29 asks for any hishel and fails with 2.0
DOWNLOAD_SECONDS = 900


def folder(name: str) -> Path:
    """The folder with the tool and all that it needs."""

    def make(place: Path) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(place)]
        done = subprocess.run(
            [*command, f"{name}=={VERSIONS[name]}", *BESIDE.get(name, ())],
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
        )
        if done.returncode:
            raise RuntimeError(f"cannot install {name}:\n{done.stdout}{done.stderr}")

    tag = f"{sys.implementation.cache_tag}"
    return cache.kept(f"{name}-{VERSIONS[name]}-for-{tag}", make)


def program(name: str, interpreter: Path, place: Path) -> list[str | Path]:
    """The command that starts the tool under this throw-away Python; its environment is made in `place`."""
    prefix = place / name
    if not prefix.exists():
        command: list[str | Path] = [interpreter, "-I", "-m", "venv", "--without-pip", prefix]
        subprocess.run(command, check=True, capture_output=True, timeout=HANG)
        site = next(prefix.glob("lib/python*/site-packages"))
        (site / "tool.pth").write_text(f"{folder(name)}\n", "utf-8")
    return [prefix / "bin" / "python", "-I", "-m", name.replace("-", "_")]


def variables(state: Path) -> dict[str, str]:
    """Variables under which these tools keep all that they write in folders of `state`."""
    kept = state / "tools"
    return {
        "PIPX_HOME": str(kept / "pipx"),
        "PIPX_BIN_DIR": str(state / "tools-bin"),
        "PIPX_MAN_DIR": str(state / "home" / "man"),
        "POETRY_CACHE_DIR": str(state / "cache-poetry"),
        "POETRY_VIRTUALENVS_PATH": str(kept / "poetry"),
        "POETRY_CONFIG_DIR": str(state / "home" / "poetry"),
        "POETRY_KEYRING_ENABLED": "false",
        "PDM_CACHE_DIR": str(state / "cache-pdm"),
        "PDM_CHECK_UPDATE": "false",
        "PDM_CONFIG_FILE": os.devnull,
        "HATCH_DATA_DIR": str(kept / "hatch"),
        "HATCH_CACHE_DIR": str(state / "cache-hatch"),
        "HATCH_CONFIG": str(state / "home" / "hatch.toml"),
        "VIRTUALENV_OVERRIDE_APP_DATA": str(state / "cache-virtualenv"),
        "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        "WORKON_HOME": str(kept / "pipenv"),
        "PIPENV_CACHE_DIR": str(state / "cache-pipenv"),
        "PRE_COMMIT_HOME": str(kept / "pre-commit"),
    }
