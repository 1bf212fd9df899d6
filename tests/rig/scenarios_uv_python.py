"""`uv python install`: a Python that uv brings itself, a little one, from an archive of our own."""

import hashlib
import io
import json
import platform
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.scenarios import Place, Scenario

VERSION = (3, 13, 5)
TEXT = ".".join(map(str, VERSION))
MINOR = ".".join(map(str, VERSION[:2]))
EXPECTED = "the little Python"
LIBRARY = f"python/lib/python{MINOR}"
FILES = {  # the layout of python-build-standalone's `install_only` archives
    f"python/bin/python{MINOR}": (f"#!/bin/sh\necho {EXPECTED}\n", 0o755),
    **{f"{LIBRARY}/{name}.py": (f"NAME = {name!r}\n", 0o644) for name in ("os", "site", "abc")},
    f"{LIBRARY}/encodings/__init__.py": ("", 0o644),
    # uv writes it anew, with the folder that it lies in (uv-python/src/sysconfig)
    f"{LIBRARY}/_sysconfigdata__linux_{platform.machine()}-linux-gnu.py": (
        "# system configuration generated and used by the sysconfig module\n"
        "build_time_vars = {'CC': 'cc',\n 'prefix': '/install'}\n",
        0o644,
    ),
}
LINKS = {"python/bin/python3": f"python{MINOR}", "python/bin/python": f"python{MINOR}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonScenario(Scenario):
    """One command of `uv python`."""

    def lacking(self) -> str | None:
        return None if sys.platform == "linux" else "the archive is one for Linux"

    def place(self, root: Path, wheels: Path) -> Place:
        return PythonPlace(root, wheels, self.activated, self.more)


class PythonPlace(Place):
    """A place whose uv finds its downloads in a list of our own."""

    def variables(self) -> dict[str, str]:
        found = super().variables()
        for name in ("UV_PYTHON_DOWNLOADS", "UV_OFFLINE", "UV_PYTHON", "UV_PYTHON_PREFERENCE"):
            del found[name]
        found["UV_PYTHON_BIN_DIR"] = str(self.state / "tools-bin")
        found["UV_PYTHON_DOWNLOADS_JSON_URL"] = (self.project / "downloads.json").as_uri()
        return {**found, "PATH": f"{self.state / 'tools-bin'}:/usr/bin:/bin"}


def _archive(place: Place) -> None:
    path = place.project / "python.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, (text, mode) in FILES.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), mode
            archive.addfile(member, io.BytesIO(text.encode()))
        for name, target in LINKS.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
    machine = {"family": platform.machine(), "variant": None}
    entry: dict[str, object] = {
        "name": "cpython",
        "arch": machine,
        "os": "linux",
        "libc": "gnu",
        "variant": None,
    }
    entry |= dict(zip(("major", "minor", "patch"), VERSION, strict=True)) | {"prerelease": "", "build": "1"}
    entry |= {"url": path.as_uri(), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    listed = {f"cpython-{TEXT}-linux-{machine['family']}-gnu": entry}
    (place.project / "downloads.json").write_text(json.dumps(listed), "utf-8")


FRESH = PythonScenario(
    name="uv python install",
    tool="uv",
    arguments=("python", "install", MINOR),
    prepare=_archive,
    trees=("pythons", "tools-bin"),
    program=f"tools-bin/python{MINOR}",
    expected=EXPECTED,
)
SCENARIOS: Sequence[Scenario] = (FRESH,)
