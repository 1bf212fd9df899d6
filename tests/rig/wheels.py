"""Tiny wheels, made without a build backend and the same to the last byte on every machine.

`rigapp` 1.0 and 2.0 have two console scripts, a data script, a binary and thirty modules, and need `rigdep`
of the same version; 1.0 has a module `legacy` that 2.0 has not, so that a stale file shows. `rigbig` has 300
modules.
"""

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

VERSIONS = ("1.0", "2.0")
EPOCH = (2024, 1, 1, 0, 0, 0)
REGULAR, EXECUTABLE = 0o100644, 0o100755
APP_MODULES, DEP_MODULES, BIG_MODULES = 30, 20, 300
BINARY_BLOCKS = 512
MAIN = """\
from importlib.metadata import version

import rigdep

VERSION = "{version}"


def main():
    print("rigapp", VERSION, "metadata", version("rigapp"), "rigdep", rigdep.VERSION)
"""
DATA_SCRIPT = "#!python\nprint('rigapp data script {version}')\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What goes into a wheel: its files by path in the wheel, and what it declares."""

    name: str
    version: str
    files: Mapping[str, bytes]
    requires: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)  # console script -> entry point
    data_scripts: Mapping[str, str] = field(default_factory=dict)

    @property
    def wheel_name(self) -> str:
        """The wheel's file name."""
        return f"{self.name}-{self.version}-py3-none-any.whl"

    def members(self) -> dict[str, bytes]:
        """All files of the wheel except RECORD."""
        info = f"{self.name}-{self.version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n"
        metadata += "".join(f"Requires-Dist: {requirement}\n" for requirement in self.requires)
        members = dict(self.files)
        for name, text in self.data_scripts.items():
            members[f"{self.name}-{self.version}.data/scripts/{name}"] = text.encode()
        members[f"{info}/METADATA"] = metadata.encode()
        tags = "Wheel-Version: 1.0\nGenerator: rig\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        members[f"{info}/WHEEL"] = tags.encode()
        if self.scripts:
            lines = "".join(f"{name} = {entry}\n" for name, entry in self.scripts.items())
            members[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}".encode()
        return members


def modules(package: str, count: int, version: str) -> dict[str, bytes]:
    """`count` small modules of a package, different in each version."""
    return {
        f"{package}/module_{number:03}.py": f"VALUE = {number}\nVERSION = {version!r}\n".encode()
        for number in range(count)
    }


def binary(version: str) -> bytes:
    """What a scanner likes to look at: bytes without a pattern, the same every time."""
    return b"".join(hashlib.sha256(f"{version} {block}".encode()).digest() for block in range(BINARY_BLOCKS))


def application(version: str) -> Project:
    """`rigapp`, which has something of all that an installer writes."""
    files = {
        "rigapp/__init__.py": MAIN.format(version=version).encode(),
        "rigapp/_speed.so": binary(version),
        **modules("rigapp", APP_MODULES, version),
    }
    if version == "1.0":
        files["rigapp/legacy.py"] = b"VALUE = 'only in 1.0'\n"
    return Project(
        name="rigapp",
        version=version,
        files=files,
        requires=(f"rigdep=={version}",),
        scripts={"rigapp": "rigapp:main", "rigapp-two": "rigapp:main"},
        data_scripts={"rigapp-data.py": DATA_SCRIPT.format(version=version)},
    )


def projects() -> list[Project]:
    """All wheels of the rig."""
    dependencies = [
        Project(
            name="rigdep",
            version=version,
            files={
                "rigdep/__init__.py": f"VERSION = {version!r}\n".encode(),
                **modules("rigdep", DEP_MODULES, version),
            },
        )
        for version in VERSIONS
    ]
    big = Project(
        name="rigbig",
        version="1.0",
        files={"rigbig/__init__.py": b"", **modules("rigbig", BIG_MODULES, "1.0")},
    )
    return [*(application(version) for version in VERSIONS), *dependencies, big]


def write(project: Project, folder: Path) -> Path:
    """Write the wheel of a project into a folder."""
    target = folder / project.wheel_name
    members = project.members()
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for name, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={digest}", len(content)])
    record_name = f"{project.name}-{project.version}.dist-info/RECORD"
    rows.writerow([record_name, "", ""])
    members[record_name] = record.getvalue().encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            executable = "/scripts/" in name or name.endswith(".so")
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = (EXECUTABLE if executable else REGULAR) << 16
            entry.create_system = 3  # Unix, also where the wheel is made on Windows
            archive.writestr(entry, content)
    return target


def write_all(folder: Path) -> Path:
    """Write all wheels of the rig into a folder and give it back."""
    folder.mkdir(parents=True, exist_ok=True)
    for project in projects():
        write(project, folder)
    return folder
