"""The schema that Jenkins' xunit plugin validates with, taken from the source distribution of pytest.

It is fetched once, pinned by its hash, into the cache, so that no copy has to live in this repository.
"""

import subprocess
import sys
from pathlib import Path

from rig import cache

PYTEST = "pytest-9.2.0"
PIN = "pytest==9.2.0 --hash=sha256:97c4f3b1f3c7414aa36465e09b8220f1d03627993bd51b1282e193753c80557b\n"
MEMBER = f"{PYTEST}/testing/example_scripts/junit-10.xsd"
NAME = f"{PYTEST}-sdist"
DOWNLOAD_SECONDS = 240


def archive() -> Path:
    """The source distribution; raises RuntimeError with what pip said."""
    return cache.kept(NAME, _download) / f"{PYTEST}.tar.gz"


def _download(folder: Path) -> None:
    pins = folder / "pins.txt"
    pins.write_text(PIN, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", "pytest", "--require-hashes", "-r", str(pins), "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    if done.returncode:
        raise RuntimeError(f"pip could not fetch it: {done.stderr}")
