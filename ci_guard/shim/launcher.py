"""An `.exe` for Windows that starts a Python file: what a program without a shell looks for on the PATH.

The launcher is the one that pip writes for every console script (distlib's `t64.exe`): it reads the line
behind itself for the interpreter, and that runs the zip which follows. Each CPython for Windows brings it in
the wheel of pip that `ensurepip` has.
"""

import io
import platform
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

_ENTRY = "__main__.py"
_NAMES = {"arm64": "t64-arm.exe", "x86": "t32.exe"}
_DEFAULT = "t64.exe"
_INSIDE = "pip/_vendor/distlib/"


def launcher(python: str, code: str) -> bytes | None:
    """The program that runs the code with an interpreter; None where this Python brings no launcher."""
    stub = next(_stubs(_NAMES.get(platform.machine().lower(), _DEFAULT)), None)
    if stub is None:
        return None
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo(_ENTRY), code)
    return stub + f'#!"{python}" -P\r\n'.encode() + archive.getvalue()


def _stubs(name: str) -> Iterator[bytes]:
    try:
        bundled = resources.files("ensurepip") / "_bundled"
        wheels = [each for each in bundled.iterdir() if each.name.startswith("pip-")]
    except (ImportError, OSError):  # a Python of a distribution may have neither
        wheels = []
    for wheel in wheels:
        with zipfile.ZipFile(io.BytesIO(wheel.read_bytes())) as archive:
            if _INSIDE + name in archive.namelist():
                yield archive.read(_INSIDE + name)
    found = importlib_file("pip")
    if found is not None:
        beside = found.parent / "_vendor" / "distlib" / name
        if beside.is_file():
            yield beside.read_bytes()


def importlib_file(module: str) -> Path | None:
    """The file of a module that can be imported, without importing it."""
    from importlib.util import find_spec

    spec = find_spec(module)
    return Path(spec.origin) if spec is not None and spec.origin else None
