"""The package index of this machine, for tests that need one: what pip is configured to use."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

from rig.events import HANG

PUBLIC = "https://pypi.org/simple"


def url() -> str:
    """The index's address: pip's variable, pip's configuration, or PyPI."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    return os.environ.get("PIP_INDEX_URL") or asked.stdout.strip() or PUBLIC


def certificates() -> Path | None:
    """The bundle of certificates to trust; None where only the system's own store has them."""
    paths = ssl.get_default_verify_paths()
    for found in (os.environ.get("PIP_CERT"), os.environ.get("SSL_CERT_FILE"), paths.cafile):
        if found and Path(found).is_file():
            return Path(found)
    return None
