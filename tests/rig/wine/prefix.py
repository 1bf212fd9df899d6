"""The Windows drive of the tests: made once into the cache, then cloned for each user of it.

Drive C of the template has `C:\\Python311`, with the packages that ci-guard and its tests import, and
`C:\\uv\\VERSION\\uv.exe`.
A clone is private to one process: its own registry, its own wineserver, its own files.
"""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rig import cache, links
from rig.wine import debian, forwarder, software

RECIPE = 2  # to be raised when the making below changes
SECONDS = 300
DRIVE = Path("drive_c")
PYTHON, UV = Path("Python311"), Path("uv")
PACKAGES = PYTHON / "Lib" / "site-packages"
SYSTEM = Path("windows", "system32")
WRITTEN = ("system.reg", "user.reg", "userdef.reg", ".update-timestamp")  # by the server, in place
# no Mono, no Gecko, no desktop menus, no debugger that would wait for somebody
OVERRIDES = "mscoree=;mshtml=;winemenubuilder.exe=d;winedbg.exe=d"


def template() -> Path:
    """The prefix that all others are cloned from; raises RuntimeError or FileNotFoundError."""
    made_of = f"{RECIPE} {debian.version()} {os.getuid()}".encode() + software.pins()
    return cache.kept(f"wine-{hashlib.sha256(made_of).hexdigest()[:12]}", _make)


def clone(folder: Path) -> Path:
    """A private copy of the template in `folder`, which must not exist."""
    return links.copy(template(), folder, written=WRITTEN)


def variables(prefix: Path) -> dict[str, str]:
    """The Unix variables of a Wine process; nothing else of this machine reaches Windows programs."""
    return {
        "WINEPREFIX": str(prefix),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": OVERRIDES,
        "DISPLAY": "",
        "HOME": str(prefix / DRIVE),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
    }


def stop(prefix: Path) -> None:
    """End every process of a prefix and its server."""
    for option in ("--kill", "--wait"):
        _quietly([debian.server(), option], variables(prefix), check=False)


def _make(folder: Path) -> None:
    drive = folder / DRIVE
    environment = variables(folder)
    _quietly([debian.loader(), "wineboot", "--init"], environment)
    random_numbers = drive / SYSTEM / "bcryptprimitives.dll"
    if not random_numbers.exists():  # Wine 8
        random_numbers.write_bytes(forwarder.dll(random_numbers.name, forwarder.RANDOM_NUMBERS))
    for part, fetch in ((PYTHON, software.python), (PACKAGES, software.packages), (UV, software.uv)):
        (drive / part).mkdir(parents=True, exist_ok=True)
        fetch(drive / part)
    # Wine 8 says that it is Windows 7, which no current tool runs on
    _quietly([debian.loader(), "winecfg", "-v", "win10"], environment)
    compiler: list[str | Path] = [
        debian.loader(),
        drive / PYTHON / "python.exe",
        "-m",
        "compileall",
        "-q",
        "-f",
    ]
    _quietly([*compiler, "C:\\Python311\\Lib"], environment, check=False)
    _no_ways_out(drive / "users")
    _quietly([debian.server(), "--wait"], environment)


def _no_ways_out(users: Path) -> None:
    """Wine links `Documents` and the like into the Unix home; put a folder of the drive in their place."""
    for link in [path for path in users.rglob("*") if path.is_symlink()]:
        link.unlink()
        link.mkdir()


def _quietly(command: list[str | Path], environment: Mapping[str, str], *, check: bool = True) -> None:
    """Run without pipes, which the services that Wine starts would inherit and keep open."""
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS,
    )
    if check and done.returncode:
        raise RuntimeError(f"`{' '.join(map(str, command))}` ended with {done.returncode}")
