"""Wine itself: where it is, and how Debian and its children install it."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from rig.events import HANG

PACKAGES = ("wine", "wine64", "locales")  # the last one for tools that speak German
PROGRAMS = Path("/usr/lib/wine")  # Debian's place; in /usr/bin are scripts that choose between versions
GERMAN = Path("/usr/share/i18n/locales/de_DE")  # of the package `locales`
INSTALL_SECONDS = 600


def loader() -> Path:
    """The 64-bit loader; raises FileNotFoundError."""
    return _program("wine64")


def server() -> Path:
    """The wineserver; raises FileNotFoundError."""
    return _program("wineserver64", "wineserver")


def version() -> str:
    """What Wine calls its version, such as `wine-8.0 (Debian 8.0~repack-4)`."""
    said = subprocess.run([loader(), "--version"], capture_output=True, text=True, timeout=HANG)
    return said.stdout.strip()


def missing() -> str | None:
    """Why no Windows program can run here; None if one can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return (
            f"Wine runs x86-64 programs of Windows on Linux only; this is {sys.platform} {platform.machine()}"
        )
    try:
        loader(), server()
    except FileNotFoundError as error:
        return f"{error}: as root, `PYTHONPATH=tests python -m rig.wine` installs it on Debian and Ubuntu"
    return None


def incomplete() -> bool:
    """Whether something is not there that the tests need."""
    return missing() is not None or not GERMAN.exists()


def install() -> None:
    """Install Wine with apt-get, as root or through sudo without a password; raises RuntimeError."""
    if not shutil.which("apt-get"):
        raise RuntimeError("there is no apt-get here: install Wine 8 or later (64 bits) by hand")
    prefix = _as_root()
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    wanted = ["install", "--yes", "--no-install-recommends", *PACKAGES]
    for words in (["update"], wanted):
        done = subprocess.run(
            [*environment, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        if done.returncode and words == wanted:
            raise RuntimeError(f"apt-get cannot install Wine:\n{done.stdout}{done.stderr}")


def _as_root() -> list[str]:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, timeout=HANG).returncode == 0:
        return [sudo, "-n"]
    raise RuntimeError(
        f"only root installs packages: apt-get install --no-install-recommends {' '.join(PACKAGES)}"
    )


def _program(*names: str) -> Path:
    for name in names:
        found = shutil.which(name, path=f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
        if found:
            return Path(found)
    raise FileNotFoundError(f"{names[0]} is not installed")
