"""Which antivirus and EDR products run here: names of drivers and programs in, what was found out."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import takewhile

from ci_guard.dataclass import dataclass
from ci_guard.machine.product_versions import told_version, version_of_service
from ci_guard.model.knowledge import Product

PROC = "/proc"
WILDCARDS = "*?["
SERVICES = r"SYSTEM\CurrentControlSet\Services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What shows that a product is here."""

    name: str  # of the driver or program
    version: str | None = None
    altitude: str | None = None  # of a minifilter: where it stands in the stack


def drivers(names: Iterable[str]) -> list[Presence]:
    """The drivers of these names that are installed; Windows' registry shows them to everyone."""
    if sys.platform != "win32":
        return []
    import winreg

    found = []
    for name in names:
        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{SERVICES}\{name}"):
            found.append(Presence(name=name, version=version_of_service(name), altitude=_altitude(name)))
    return found


def present(products: Iterable[Product], running: set[str]) -> Iterator[tuple[str, tuple[Presence, ...]]]:
    """The products of which a driver is installed or a program runs."""
    spelled: dict[str, list[str]] = {}
    for name in sorted(running):
        spelled.setdefault(name.lower(), []).append(name)
    for product in products:
        found = drivers(product.drivers)
        fitting = {lower for pattern in product.processes for lower in _fitting(pattern.lower(), spelled)}
        named = sorted(name for lower in fitting for name in spelled[lower])
        version = told_version(product.version) if named else None
        found += [Presence(name=name, version=version) for name in named]
        if found:
            yield product.name, tuple(found)


def _fitting(pattern: str, names: Iterable[str]) -> Iterator[str]:
    """Few names begin as a pattern does: compiling one for each cost more than all else of a report."""
    begins = "".join(takewhile(lambda letter: letter not in WILDCARDS, pattern))
    return (name for name in names if name.startswith(begins) and fnmatchcase(name, pattern))


def defender_exclusions() -> list[str] | None:
    """The folders that Defender leaves alone; None where this user may not know, or there is no Defender."""
    if sys.platform != "win32":
        return None
    import winreg

    key = r"SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as paths:
            return [winreg.EnumValue(paths, at)[0] for at in range(winreg.QueryInfoKey(paths)[1])]
    except OSError:
        return None


def programs(proc: str = PROC) -> set[str]:
    """The names of the programs that run; empty where /proc is none."""
    found = set()
    for folder in _processes(proc):
        with suppress(OSError):
            found.add(_name(folder))
        with suppress(OSError):
            found.add(os.path.basename(os.readlink(os.path.join(folder, "exe"))))
    return found - {""}


def fanotify_users(proc: str = PROC) -> tuple[list[str], int]:
    """The programs that are asked by the kernel about files, and how many could not be looked at."""
    found: list[str] = []
    closed = 0
    for folder in _processes(proc):
        try:
            descriptors = os.path.join(folder, "fdinfo")
            if any("fanotify" in _read(os.path.join(descriptors, each)) for each in os.listdir(descriptors)):
                found.append(_name(folder))
        except PermissionError:
            closed += 1
        except OSError:
            continue
    return sorted(set(found)), closed


def _processes(proc: str) -> Iterator[str]:
    with suppress(OSError):
        yield from (os.path.join(proc, each) for each in os.listdir(proc) if each.isdecimal())


def _name(process: str) -> str:
    return _read(os.path.join(process, "comm")).strip()


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _altitude(name: str) -> str | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{SERVICES}\{name}\Instances") as instances:
            first = winreg.EnumKey(instances, 0)
            with winreg.OpenKey(instances, first) as instance:
                return str(winreg.QueryValueEx(instance, "Altitude")[0])
    except OSError:
        return None
