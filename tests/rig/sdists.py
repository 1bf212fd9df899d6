"""A little project that is built from its sources, by a backend of its own that needs nothing else."""

import io
import tarfile
from pathlib import Path

NAME, VERSION = "rigsource", "2.0"
EPOCH = 1_700_000_000
REGULAR = 0o644
PYPROJECT = f"""\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "{NAME}"
version = "{VERSION}"
"""
BACKEND = """\
import os
import zipfile

NAME, VERSION = "rigsource", "2.0"
INFO = f"{NAME}-{VERSION}.dist-info"
METADATA = f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: rig\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
SCRIPTS = f"[console_scripts]\\n{NAME} = {NAME}:main\\n"


def _write(folder, files):
    name = f"{NAME}-{VERSION}-py3-none-any.whl"
    files |= {
        f"{INFO}/METADATA": METADATA, f"{INFO}/WHEEL": WHEEL, f"{INFO}/entry_points.txt": SCRIPTS
    }
    rows = "".join(f"{path},,\\n" for path in [*files, f"{INFO}/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in {**files, f"{INFO}/RECORD": rows}.items():
            archive.writestr(zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0)), text)
    return name


def build_wheel(folder, config_settings=None, metadata_directory=None):
    source = os.path.join("src", NAME)
    files = {f"{NAME}/{name}": open(os.path.join(source, name)).read() for name in sorted(os.listdir(source))}
    return _write(folder, files)


def build_editable(folder, config_settings=None, metadata_directory=None):
    return _write(folder, {f"__editable__.{NAME}.pth": os.path.abspath("src") + "\\n"})


def build_sdist(folder, config_settings=None):
    raise NotImplementedError
"""
MODULE = f"""\
def main():
    print("{NAME} {VERSION}")
"""
EXPECTED = f"{NAME} {VERSION}"
MODULES = 12


def files() -> dict[str, str]:
    """The files of the project, by path."""
    found = {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND,
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n",
        f"src/{NAME}/__init__.py": MODULE,
    }
    return found | {f"src/{NAME}/module_{number:02}.py": f"VALUE = {number}\n" for number in range(MODULES)}


def write_project(folder: Path) -> Path:
    """Write the project into a folder, as a checkout has it."""
    for path, text in files().items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return folder


def write_archive(folder: Path) -> Path:
    """Write its source distribution into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{NAME}-{VERSION}.tar.gz"
    with tarfile.open(target, "w:gz") as archive:
        for path, text in files().items():
            content = text.encode()
            member = tarfile.TarInfo(f"{NAME}-{VERSION}/{path}")
            member.size, member.mtime, member.mode = len(content), EPOCH, REGULAR
            archive.addfile(member, io.BytesIO(content))
    return target
