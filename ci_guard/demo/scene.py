"""What the demonstration plays on: virtual environments with pip, made offline in a scratch folder.

No environment of the user's is touched, and no setting of the user's disturbs: the commands get a few of the
user's variables and no others.
"""

import glob
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ci_guard.dataclass import dataclass
from ci_guard.demo.wheel import REQUIREMENT, SCRIPT, write_wheel
from ci_guard.errors import GuardError

COMMAND = ("python", "-m", "pip", "install", REQUIREMENT)
COMMAND_SECONDS = 120.0  # against a hang only
KEPT = (
    "PATH", "PATHEXT", "SYSTEMROOT", "COMSPEC", "LANG", "LC_ALL", "LC_CTYPE",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
)  # fmt: skip
POLICY = """\
version: 1
attempts: 4
deadline: 1m
backoff: {initial: 2s, factor: 2, maximum: 10s, jitter: 0}
reports: {junit: junit.xml, json: run.json}
"""
_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status and all that it printed."""

    status: int
    output: str


class Scene:
    """The scratch folder's contents: a wheel, pip, a policy; environments are added to it."""

    def __init__(self, folder: Path) -> None:
        """Set the scene in an empty folder. Raises GuardError where this Python has no pip to offer."""
        self.folder = folder
        for name in ("wheels", "pip", "logs", "temporary", "home"):
            (folder / name).mkdir()
        write_wheel(folder / "wheels")
        (folder / ".ci-guard.yml").write_text(POLICY, "utf-8")
        _provide_pip(folder / "pip")

    def environment(self, name: str) -> "Environment":
        """A fresh virtual environment that can import pip and nothing else."""
        try:
            import venv
        except ImportError as error:
            raise GuardError(
                "this Python has no module `venv`", hint="run ci-guard with a complete Python"
            ) from error
        path = self.folder / name
        venv.EnvBuilder(symlinks=not _WINDOWS).create(path)
        made = Environment(self, path)
        made.site.joinpath("pip.pth").write_text(f"{self.folder / 'pip'}\n", "utf-8")
        return made


class Environment:
    """One virtual environment, and commands that run as if it were activated."""

    def __init__(self, scene: Scene, path: Path) -> None:
        self._scene = scene
        self.path = path
        places = {"base": str(path), "platbase": str(path), "installed_base": str(path)}
        self.site: Path = Path(sysconfig.get_path("purelib", "venv", places))
        self._scripts = Path(sysconfig.get_path("scripts", "venv", places))
        self.launcher: Path = self._scripts / (f"{SCRIPT}.exe" if _WINDOWS else SCRIPT)
        self.log: Path = scene.folder / "logs" / f"{path.name}.log"

    def variables(self) -> dict[str, str]:
        """What a command of this environment finds in its own environment."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        temporary, home = str(self._scene.folder / "temporary"), str(self._scene.folder / "home")
        return {
            **kept,
            "PATH": os.pathsep.join((str(self._scripts), kept.get("PATH", os.defpath))),
            "VIRTUAL_ENV": str(self.path),
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary),
            **dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), home),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self._scene.folder / "wheels"),
            "PIP_NO_CACHE_DIR": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_LOG": str(self.log),
        }

    def run(self, command: Sequence[str]) -> Ended:
        """Run a program of this environment to its end; a program that is not there raises OSError."""
        program = shutil.which(command[0], path=str(self._scripts))
        if program is None:
            raise FileNotFoundError(f"`{command[0]}` is not in `{self._scripts}`")
        return _run([program, *command[1:]], self.variables(), self._scene.folder)


def _run(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Ended:
    done = subprocess.run(
        command,
        env=dict(variables),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=COMMAND_SECONDS,
    )
    return Ended(done.returncode, done.stdout.decode("utf-8", "replace"))


def _provide_pip(folder: Path) -> None:
    """Put pip into a folder: from the wheel that comes with Python, else the pip of this Python."""
    wheels = [wheel for place in _wheel_places() for wheel in glob.glob(os.path.join(place, "pip-*.whl"))]
    if wheels:
        with zipfile.ZipFile(wheels[0]) as archive:
            archive.extractall(folder)
        return
    found = importlib.util.find_spec("pip")
    if found is None or found.origin is None or not os.path.isfile(found.origin):
        raise GuardError(
            "this Python brings no pip that the demonstration could use",
            hint="run ci-guard with a Python that has the module `ensurepip` or `pip`",
        )
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(os.path.dirname(found.origin), folder / "pip", ignore=ignored)


def _wheel_places() -> list[str]:
    """Where pip's wheel may lie: in ensurepip, or where a distribution of Linux has moved it."""
    places = ["/usr/share/python-wheels", sysconfig.get_config_var("WHEEL_PKG_DIR")]
    found = importlib.util.find_spec("ensurepip")
    if found is not None and found.origin is not None:
        places.insert(0, os.path.join(os.path.dirname(found.origin), "_bundled"))
    return [str(place) for place in places if place]
