"""Which version of an antivirus or EDR product is here, and what Windows' Security Center has registered."""

import json
import os
import sys
from collections.abc import Sequence

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression

PATIENCE = 10.0  # seconds for a program to answer
_VERSION = expression(r"\b\d{1,4}(?:\.\d{1,6}){1,3}(?:[-~]\w[\w.]{0,20})?\b")
_SERVICES = r"SYSTEM\CurrentControlSet\Services"
_QUERY = (
    "Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct -ErrorAction Stop | "
    "Select-Object displayName, productState, pathToSignedReportingExe | ConvertTo-Json -Compress"
)
# wscapi.h: the second byte of `productState` is on, off, snoozed or expired; the third is the age of its data
_ON, _STATE, _UP_TO_DATE = 0x1000, 0xF000, 0x00F0


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A product as the Security Center has it."""

    name: str
    active: bool
    current: bool  # its signatures are up to date
    program: str  # full path; empty: not told


def security_center() -> tuple[Registered, ...] | None:
    """The registered products; None where there is no Security Center, as on Windows Server."""
    if sys.platform != "win32":
        return None
    answer = _answer(("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", _QUERY))
    return registered_in(answer) if answer is not None else None


def registered_in(answer: str) -> tuple[Registered, ...] | None:
    """The products in the answer, which is one JSON object or a list of them; None for anything else."""
    try:
        told = json.loads(answer)
    except ValueError:
        return None
    rows = told if isinstance(told, list) else [told]
    return tuple(
        Registered(
            name=str(row.get("displayName") or ""),
            active=int(row.get("productState") or 0) & _STATE == _ON,
            current=not int(row.get("productState") or 0) & _UP_TO_DATE,
            program=os.path.expandvars(str(row.get("pathToSignedReportingExe") or "")),
        )
        for row in rows
        if isinstance(row, dict) and row.get("displayName")
    )


def version_of_service(name: str) -> str | None:
    """The version of the file that a service or driver of Windows is started from."""
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_SERVICES}\{name}") as service:
            image = str(winreg.QueryValueEx(service, "ImagePath")[0])
    except OSError:
        return None
    return version_of_file(image_path(image, os.environ.get("SYSTEMROOT", r"C:\Windows")))


def image_path(image: str, windows: str) -> str:
    """The file that an `ImagePath` names: below SystemRoot, relative to it, quoted, with arguments."""
    path = image.strip()
    if path.startswith('"'):
        path = path[1:].partition('"')[0]
    elif not path.lower().endswith((".exe", ".sys")) and (end := path.lower().find(".exe ")) >= 0:
        path = path[: end + len(".exe")]
    lowered = path.lower()
    for head in ("\\systemroot\\", "%systemroot%\\"):
        if lowered.startswith(head):
            return f"{windows}\\{path[len(head) :]}"
    if lowered.startswith("\\??\\"):
        return path[len("\\??\\") :]
    return path if path[1:2] == ":" else f"{windows}\\{path}"


def version_of_file(path: str) -> str | None:
    """The version in the resources of a Windows program; None elsewhere, or where it has none."""
    if sys.platform != "win32":
        return None
    import ctypes

    library = ctypes.windll.version
    size = library.GetFileVersionInfoSizeW(path, None)
    if not size:
        return None
    data = ctypes.create_string_buffer(size)
    found, length = ctypes.c_void_p(), ctypes.c_uint()
    if not library.GetFileVersionInfoW(path, 0, size, data) or not library.VerQueryValueW(
        data, "\\", ctypes.byref(found), ctypes.byref(length)
    ):
        return None
    words = ctypes.cast(found, ctypes.POINTER(ctypes.c_uint32))
    high, low = words[2], words[3]  # VS_FIXEDFILEINFO: dwFileVersionMS, dwFileVersionLS
    return ".".join(map(str, (high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF)))


def told_version(commands: Sequence[str]) -> str | None:
    """What the first of the commands that is here says; each is a program with its arguments."""
    import shutil  # with what it imports seven files, for machines that have a product

    for command in commands:
        program, *arguments = command.split()
        found = shutil.which(program)
        answer = _answer((found, *arguments)) if found is not None else None
        if answer is not None and (version := _VERSION.search(answer)):
            return version[0]
    return None


def _answer(argv: Sequence[str]) -> str | None:
    import subprocess  # as above: eight files

    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, text=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
