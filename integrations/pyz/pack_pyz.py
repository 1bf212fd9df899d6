"""Builds the one-file program: `python integrations/pyz/pack_pyz.py WHEEL TARGET`, with a wheel of ci-guard.

The same wheel gives the same bytes on every system and under every Python: the entries are sorted, have one
time and one mode, and are stored, not compressed, because what deflate makes depends on the zlib at hand.
Nothing is taken but Python files, ci-guard's own data and the licences: no launcher and no extension module,
which a scanner would lock or a policy refuse. `--byte-code PYTHON`, for each Python that shall start it as
fast as if it were installed, adds the byte code of all its modules; others compile the texts.
"""

import argparse
import io
import marshal
import os
import re
import subprocess
import sys
import tempfile
import zipapp
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

REQUIREMENTS = Path(__file__).with_name("pyz-requirements.txt")
# one wheel of PyYAML for all: pip would choose that of the system it runs on, with another hash
WHEELS_FOR = (
    "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--abi", "none",
    "--platform", "manylinux2014_x86_64", "--platform", "any",
)  # fmt: skip
OURS = "ci_guard"
DATA = {".json", ".txt", ".html", ".css", ".js"}  # what knowledge reads, and the page of `report`
SOURCE = ".yaml"  # of knowledge: a tree has it, its wheel has it compiled
COMPILER = Path("integrations", "wheel", "compile_knowledge.py")
LEFT_OUT = {"_yaml"}  # a second name of PyYAML's extension module
LICENCES = "licences"
_VERSION = re.compile(r"(?m)^__version__ = [\"']([^\"']+)[\"']")
INTERPRETER = "/usr/bin/env python3"  # also the `py` launcher of Windows understands it
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can hold
REGULAR_FILE = 0o100644 << 16
COMMON_FORMAT = 2  # of marshal: the newest without references, which are not the same each time
UNIX = 3  # the system that made the archive, or the mode would be read as DOS attributes
# Python 2 must be able to read it: whoever has the wrong Python is told so, and gets ci-guard's own status
START = """\
import sys

if sys.version_info < (3, 11):
    version = sys.version.split()[0]
    sys.stderr.write("ci-guard: error: Python 3.11 or later is needed, this is " + version + "\\n")
    sys.exit(125)

%s
from ci_guard.__main__ import main

main()
"""
BYTE_CODE = "byte-code"  # the folder of the entries that Pythons are faster with
USE_BYTE_CODE = Path(__file__).with_name("use_byte_code.py")
COMPILE = Path(__file__).with_name("compile_byte_code.py")


def download(folder: Path) -> list[Path]:
    """Fetch the wheels that the requirements name, checked by their hashes. Raises CalledProcessError."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    command += ["--only-binary", ":all:", *WHEELS_FOR, "--require-hashes", "--requirement", str(REQUIREMENTS)]
    subprocess.run([*command, "--dest", str(folder)], check=True)
    return sorted(folder.glob("*.whl"))


def pack(wheels: list[Path], target: Path, tree: Path | None = None, pythons: Sequence[str] = ()) -> None:
    """Write the program of these wheels, and of a tree of ci-guard in the place of its wheel.

    With byte code for these Pythons. Raises ValueError where two hold the same file.
    """
    files = {"__main__.py": (START.replace("%s\n", USE_BYTE_CODE.read_text(encoding="utf-8"))).encode()}
    sources = [(wheel.name, _taken(wheel)) for wheel in wheels]
    if tree is not None:
        sources.append((tree.name, _built(tree, wheels)))
    for source, taken in sources:
        for name, content in taken:
            if name in files:
                raise ValueError(f"{source}: `{name}` is there already")
            files[name] = content
    for python in pythons:
        files |= _byte_code(python, files)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = REGULAR_FILE
            entry.create_system = UNIX
            packed.writestr(entry, content)
    archive.seek(0)
    target.parent.mkdir(parents=True, exist_ok=True)
    zipapp.create_archive(archive, str(target), INTERPRETER)  # a copy behind a first line; may be executed


def _byte_code(python: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The entries of one Python. Raises CalledProcessError where it cannot compile them."""
    texts = {
        name: content for name, content in files.items() if name.endswith(".py") and name != "__main__.py"
    }
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "texts"), Path(folder, "made")
        given.write_bytes(marshal.dumps(sorted(texts.items()), COMMON_FORMAT))
        subprocess.run([python, "-I", "-S", str(COMPILE), str(given), str(made)], check=True)
        return {f"{BYTE_CODE}/{name}": content for name, content in marshal.loads(made.read_bytes()).items()}


def tree_files(tree: Path) -> Iterator[tuple[str, bytes]]:
    """What the program is made of, if it is made of this tree."""
    version = _VERSION.search((tree / OURS / "__init__.py").read_text(encoding="utf-8"))
    assert version is not None
    yield f"{LICENCES}/{OURS}-{version[1]}/LICENSE", (tree / "LICENSE").read_bytes()
    for path in sorted((tree / OURS).rglob("*")):
        if path.suffix in {".py", SOURCE, *DATA}:
            yield path.relative_to(tree).as_posix(), path.read_bytes()


def _built(tree: Path, wheels: list[Path]) -> Iterator[tuple[str, bytes]]:
    """What the wheel of this tree would give to the program, without building it."""
    for name, content in tree_files(tree):
        if not name.endswith(SOURCE):
            yield name, content
    with tempfile.TemporaryDirectory() as folder:
        path = os.pathsep.join(map(str, wheels))  # PyYAML works from its wheel, without its extension module
        command = [sys.executable, "-P", str(tree / COMPILER), folder]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": path})
        for compiled in sorted(Path(folder).iterdir()):
            yield f"{OURS}/knowledge/data/{compiled.name}", compiled.read_bytes()


def _taken(wheel: Path) -> Iterator[tuple[str, bytes]]:
    distribution = "-".join(wheel.name.split("-")[:2])
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("/"):
                continue
            path = PurePosixPath(name)
            top = path.parts[0]
            if top.endswith(".dist-info"):
                if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")):
                    yield f"{LICENCES}/{distribution}/{path.name}", archive.read(name)
            elif top not in LEFT_OUT and (path.suffix == ".py" or (top == OURS and path.suffix in DATA)):
                yield name, archive.read(name)


def main() -> None:
    """Read the words, download, pack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheel", type=Path, help="the wheel of ci-guard")
    parser.add_argument("target", type=Path, help="the program to write, such as dist/ci-guard.pyz")
    parser.add_argument(
        "--byte-code", action="append", default=[], metavar="PYTHON", help="a Python to start fast with"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pack([given.wheel, *download(Path(folder))], given.target, pythons=given.byte_code)


if __name__ == "__main__":
    main()
