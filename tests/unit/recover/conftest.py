"""Little environments with the files that uv and pip write, complete or broken at will."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest

from ci_guard.recover.python.target import Target, TargetKind, virtual_environment

LONG_AGO = 86_400.0  # seconds


@cache
def _new_environment() -> Path:
    """What each environment is copied from: to start Python's venv for each takes longer than the test."""
    folder = tempfile.mkdtemp(prefix="venv-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return Path(folder)


class Environment:
    """A virtual environment; packages are written as an installer writes them."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        shutil.copytree(_new_environment(), prefix, symlinks=True)
        for path in (prefix, *prefix.iterdir()):
            os.utime(path)  # Wine takes a folder to be as old as what it was copied from
        self.site = next(iter(prefix.glob("lib/python*/site-packages")), prefix / "Lib" / "site-packages")
        self.scripts = prefix / ("Scripts" if sys.platform == "win32" else "bin")

    def target(self, kind: TargetKind = TargetKind.ENVIRONMENT) -> Target:
        return virtual_environment(str(self.prefix), kind)

    def install(self, name: str, version: str = "1.0", modules: tuple[str, ...] = ("__init__.py",)) -> Path:
        """Write a package with a module folder of its name and a launcher; returns its dist-info folder."""
        info = self.site / f"{name}-{version}.dist-info"
        launcher = self.scripts / name
        files = {self.site / name / module: f"VERSION = {version!r}\n" for module in modules}
        files |= {
            launcher: "#!python\n",
            info / "METADATA": f"Name: {name}\nVersion: {version}\n",
            info / "entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
            info / "INSTALLER": "uv",
        }
        rows = []
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8", newline="\n")
            rows.append(f"{Path(os.path.relpath(path, self.site)).as_posix()},sha256=x,{len(content)}")
        launcher.chmod(0o755)
        rows.append(f"{info.name}/RECORD,,")
        (info / "RECORD").write_text("\n".join(rows) + "\n", encoding="utf-8")
        return info


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


@pytest.fixture
def begun() -> float:
    """The begin of a run that all files of the test belong to."""
    return time.time() - 1.0


@pytest.fixture
def later() -> float:
    """The begin of a run that no file of the test belongs to."""
    return time.time() + LONG_AGO
