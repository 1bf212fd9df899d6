"""A throw-away copy of this CPython, so that no uv and no pip of a test can touch the machine's own.

A copy, not a virtual environment: after a failed write of a `.venv`, uv was seen to install into, and
uninstall from, the base interpreter behind it. POSIX only.
"""

import compileall
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

from rig import cache, links, tools
from rig.events import HANG

LEFT_OUT = ("site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3")
PIP_SCRIPT = "#!{python}\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"


def template() -> Path:
    """The copy that all others are made of; made once, never used itself."""
    version = ".".join(str(number) for number in sys.version_info[:3])
    return cache.kept(f"python-{version}", _copy)


def clone(folder: Path) -> Path:
    """A fresh private copy in `folder` (which must not exist); its interpreter.

    Made of hard links, which is fast.
    """
    links.copy(template(), folder)
    interpreter = folder / "bin" / "python3"
    seen = subprocess.run(
        [interpreter, "-I", "-c", "import sys; print(sys.prefix, sys.base_prefix)"],
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    if seen.stdout.split() != [str(folder), str(folder)]:
        raise RuntimeError(f"the copy of Python is not on its own: {seen.stdout}{seen.stderr}")
    return interpreter


def environment(folder: Path, interpreter: Path, wheels: Path) -> dict[str, str]:
    """Variables under which uv and pip know only this interpreter, these wheels and folders in `folder`."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return {
        "PATH": str(interpreter.parent),  # no other Python can be found
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "UV_PYTHON": str(interpreter),
        "UV_PYTHON_PREFERENCE": "only-system",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON_INSTALL_DIR": str(folder / "pythons"),
        "UV_CACHE_DIR": str(folder / "cache-uv"),
        "UV_TOOL_DIR": str(folder / "tools"),
        "UV_TOOL_BIN_DIR": str(folder / "tools-bin"),
        "UV_NO_CONFIG": "1",
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_CACHE_DIR": str(folder / "cache-pip"),
        "PIP_NO_INDEX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # byte code that cannot be written is no fault of an installation
        "PIP_FIND_LINKS": str(wheels),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def virtual_environment(folder: Path, interpreter: Path, pip_version: str | None = None) -> Path:
    """A virtual environment of a private copy, with this version of pip if one is named; gives `folder`."""
    command: list[str | Path] = [interpreter, "-I", "-m", "venv", "--without-pip", folder]
    subprocess.run(command, check=True, capture_output=True, timeout=HANG)
    if pip_version:
        site = next(folder.glob("lib/python*/site-packages"))
        shutil.copytree(_unpacked_pip(pip_version), site, dirs_exist_ok=True)
        for name in ("pip", "pip3"):
            script = folder / "bin" / name
            script.write_text(PIP_SCRIPT.format(python=folder / "bin" / "python"), "utf-8")
            script.chmod(0o755)
    return folder


def activated(variables: Mapping[str, str], venv: Path) -> dict[str, str]:
    """These variables as `activate` of this virtual environment would leave them."""
    path = os.pathsep.join((str(venv / "bin"), variables["PATH"]))
    found = {**variables, "VIRTUAL_ENV": str(venv), "PATH": path}
    del found["UV_PYTHON"]  # it would win over the environment; without it only PATH is searched
    return found


def _unpacked_pip(version: str) -> Path:
    """The content of the wheel with its byte code, and with what says that it is whole: as installed."""

    def make(folder: Path) -> None:
        with zipfile.ZipFile(tools.pip_wheel(version)) as archive:
            archive.extractall(folder)
        information = folder / f"pip-{version}.dist-info"
        (information / "INSTALLER").write_text("pip\n", "utf-8")
        with (information / "RECORD").open("a", encoding="utf-8") as record:
            record.write(f"{information.name}/INSTALLER,,\n")
        compileall.compile_dir(folder, quiet=2, stripdir=str(folder), workers=1)

    return cache.kept(f"pip-{version}-recorded-{sys.implementation.cache_tag}", make)


def _copy(folder: Path) -> None:
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    source = Path(sys.base_prefix)
    (folder / "bin").mkdir()
    shutil.copy2(Path(sys._base_executable).resolve(), folder / "bin" / name)
    for link in ("python3", "python"):
        (folder / "bin" / link).symlink_to(name)
    library = folder / "lib" / name
    ignored = shutil.ignore_patterns("__pycache__", "config-*", "EXTERNALLY-MANAGED", *LEFT_OUT)
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=ignored)
    for shared in (source / "lib").glob("libpython*.so*"):
        shutil.copy2(shared, folder / "lib" / shared.name, follow_symlinks=False)
    (library / "site-packages").mkdir()
    compileall.compile_dir(library, quiet=2, stripdir=str(folder), workers=1)
