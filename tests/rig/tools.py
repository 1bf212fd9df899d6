"""Real uv and pip in exact versions, downloaded once into the cache; only this part needs a network.

The versions are the shapes of output that matter: uv 0.6 to 0.9 draw some errors as wrapped boxes and write
`Caused by:`, the newest writes `cause:`; pip 24.0 is the last of those that many images still carry.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from rig import cache

NEWEST_UV = "0.13.9"
UV_VERSIONS = ("0.6.17", "0.8.24", "0.9.30", NEWEST_UV)
NEWEST_PIP = "26.3"
PIP_VERSIONS = ("24.0", NEWEST_PIP)
DOWNLOAD_SECONDS = 600
UV_NAME = "uv.exe" if os.name == "nt" else "uv"


def uv(version: str) -> Path:
    """The program `uv` of this version."""

    def make(folder: Path) -> None:
        wheel = _download(f"uv=={version}", folder)
        with zipfile.ZipFile(wheel) as archive:
            member = next(name for name in archive.namelist() if name.endswith(f".data/scripts/{UV_NAME}"))
            (folder / UV_NAME).write_bytes(archive.read(member))
        (folder / UV_NAME).chmod(0o755)
        wheel.unlink()

    return cache.kept(f"uv-{version}", make) / UV_NAME


def pip_wheel(version: str) -> Path:
    """The wheel of pip of this version."""

    def make(folder: Path) -> None:
        _download(f"pip=={version}", folder)

    return next(cache.kept(f"pip-{version}", make).glob("pip-*.whl"))


def _download(requirement: str, folder: Path) -> Path:
    """Fetch one wheel with the pip of this Python; raises RuntimeError with what pip said."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), requirement],
        capture_output=True,
        text=True,
        timeout=DOWNLOAD_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"cannot download {requirement}:\n{done.stdout}{done.stderr}")
    return next(folder.glob("*.whl"))
