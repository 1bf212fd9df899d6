"""The installations that the sweep disturbs: how each begins, what is run, and what it must leave.

Each scenario runs in a `Place`, one private folder that always has the same path, so that a beginning can be
made once and put back before each point.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rig import compare, python, tools
from rig.injector import Injector

COMMAND_SECONDS = 300  # of all attempts together, on a busy machine
MANIFEST = """\
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["rigapp=={version}"]
"""
EXPECTED = "rigapp {version} metadata {version} rigdep {version}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one worker runs its points: its own Python and caches, nothing shared but wheels and tools."""

    root: Path
    wheels: Path
    activated: bool = False  # whether the virtual environment is that of the shell
    more: Mapping[str, str] = field(default_factory=dict)  # variables with paths in the state

    @property
    def state(self) -> Path:
        """What a run may change; put back before each point."""
        return self.root / "state"

    @property
    def project(self) -> Path:
        """The working directory of the command."""
        return self.state / "project"

    @property
    def venv(self) -> Path:
        """The virtual environment of the scenarios that work on one."""
        return self.project / ".venv"

    @property
    def base(self) -> Path:
        """The throw-away Python behind all environments."""
        return self.root / "python"

    @property
    def uv(self) -> Path:
        """The real uv."""
        return tools.uv(tools.NEWEST_UV)

    def variables(self) -> dict[str, str]:
        """The environment of the command."""
        found = python.environment(self.state, self.base / "bin" / "python3", self.wheels)
        found |= {name: str(self.state / path) for name, path in self.more.items()}
        return python.activated(found, self.venv) if self.activated else found

    def run(self, *argv: str | Path, variables: Mapping[str, str] | None = None) -> None:
        """Run a command that must pass."""
        done = subprocess.run(
            argv,
            cwd=self.project,
            env=variables or self.variables(),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        if done.returncode:
            raise RuntimeError(f"{argv} failed:\n{done.stdout}{done.stderr}")

    def refresh_base(self) -> bool:
        """Whether something was installed into the base Python since; makes a fresh one if so."""
        if not self.base.exists():
            python.clone(self.base)
            return False
        site = next(self.base.glob("lib/python*/site-packages"))
        clean = not any(path.name != "__pycache__" for path in site.iterdir())
        if not clean:
            shutil.rmtree(self.base)
            python.clone(self.base)
        return not clean


def absent(programs: Iterable[str]) -> str | None:
    """Which of the programs this machine lacks, in a sentence; None if none."""
    missing = next((name for name in programs if shutil.which(name) is None), None)
    return f"there is no `{missing}` on this machine" if missing else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One command, its beginning and its proof."""

    name: str
    tool: str  # "uv" or "pip"
    arguments: tuple[str, ...]
    prepare: Callable[[Place], None]
    activated: bool = False
    trees: tuple[str, ...]  # the folders of the state that are compared
    program: str  # in the state: what must run ...
    expected: str = EXPECTED.format(version="2.0")  # ... and say this
    more: Mapping[str, str] = field(default_factory=dict)  # variables with paths in the state

    def place(self, root: Path, wheels: Path) -> Place:
        """The place in which this scenario runs."""
        return Place(root, wheels, self.activated, self.more)

    @property
    def installable(self) -> bool:
        """Whether our own CI must have what the row needs."""
        return True

    def lacking(self) -> str | None:
        """What this machine lacks to run the row; None if nothing."""
        return None

    def real(self, place: Place) -> list[str | Path]:
        """The real program, without the arguments."""
        return [place.uv] if self.tool == "uv" else [place.venv / "bin" / "python", "-m", "pip"]

    def arm(self, place: Place, injector: Injector, variables: Mapping[str, str]) -> dict[str, str]:
        """Put the faulty program where the command finds it; the variables with which it does."""
        if self.tool == "pip":
            injector.launcher(place.venv / "bin" / "pip", *self.real(place))
            return dict(variables)
        return {**variables, "PATH": f"{injector.shim(self.tool, *self.real(place))}:{variables['PATH']}"}

    def snapshot(self, place: Place) -> dict[str, bytes]:
        """The result of a run, as `rig.compare` wants it."""
        found: dict[str, bytes] = {}
        for tree in self.trees:
            files = compare.snapshot(place.state / tree, {}, ignored=("__pycache__", "pip"))
            found.update({f"{tree}/{name}": content for name, content in files.items()})
        found.pop("project/.venv/bin/pip", None)  # replaced by one that fails
        return found

    def speaks(self, place: Place) -> bool:
        """Whether the installed program runs and says what it must."""
        return compare.says(place.state / self.program, place.variables()) == self.expected


def manifest(place: Place, version: str) -> None:
    """Make the project ask for this version of rigapp."""
    (place.project / "pyproject.toml").write_text(MANIFEST.format(version=version), "utf-8")


def _sync_fresh(place: Place) -> None:
    manifest(place, "2.0")


def _sync_upgrade(place: Place) -> None:
    manifest(place, "1.0")
    place.run(place.uv, "sync", "--no-index")
    manifest(place, "2.0")


def _uv_pip(place: Place) -> None:
    """A virtual environment, and the cache warm, as on an agent that is not new."""
    plain = replace(place, activated=False).variables()
    warm = place.state / "warm"
    for folder in (warm, place.venv):
        place.run(place.uv, "venv", folder, variables=plain)
    place.run(place.uv, "pip", "install", "--no-index", "--python", warm, "rigapp==2.0", variables=plain)
    shutil.rmtree(warm)


def _empty(place: Place) -> None:
    """Only uv's knowledge about the interpreter."""
    place.run(place.uv, "python", "find")


def _pip_fresh(place: Place) -> None:
    python.virtual_environment(place.venv, place.base / "bin" / "python3", tools.NEWEST_PIP)


def _pip_upgrade(place: Place) -> None:
    _pip_fresh(place)
    place.run(*PIP_UPGRADE.real(place), "install", "--no-compile", "rigapp==1.0")


SYNC_FRESH = Scenario(
    name="uv sync",
    tool="uv",
    arguments=("sync", "--no-index"),
    prepare=_sync_fresh,
    trees=("project",),
    program="project/.venv/bin/rigapp",
)
SYNC_UPGRADE = replace(SYNC_FRESH, name="uv sync (1.0 to 2.0)", prepare=_sync_upgrade)
UV_PIP = replace(
    SYNC_FRESH,
    name="uv pip install",
    arguments=("pip", "install", "--no-index", "rigapp==2.0"),
    prepare=_uv_pip,
    activated=True,
)
UV_TOOL = replace(
    SYNC_FRESH,
    name="uv tool install",
    arguments=("tool", "install", "--no-index", "rigapp==2.0"),
    prepare=_empty,
    trees=("tools", "tools-bin"),
    program="tools-bin/rigapp",
)
UV_VENV = replace(
    SYNC_FRESH,
    name="uv venv",
    arguments=("venv",),
    prepare=_empty,
    program="project/.venv/bin/python",
    expected="",
)
PIP_FRESH = Scenario(
    name="pip install",
    tool="pip",
    arguments=("install", "--no-compile", "rigapp==2.0"),
    prepare=_pip_fresh,
    activated=True,
    trees=("project",),
    program="project/.venv/bin/rigapp",
)
PIP_UPGRADE = replace(
    PIP_FRESH,
    name="pip install -U",
    arguments=("install", "--no-compile", "-U", "rigapp==2.0"),
    prepare=_pip_upgrade,
)
SCENARIOS: Sequence[Scenario] = (
    SYNC_FRESH, SYNC_UPGRADE, UV_PIP, UV_TOOL, UV_VENV, PIP_FRESH, PIP_UPGRADE,
)  # fmt: skip
