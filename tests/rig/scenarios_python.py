"""More ways in which uv and pip install: what the sweep disturbs beside the plain ones of `rig.scenarios`."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rig import compare, sdists, tools
from rig.injector import Injector
from rig.scenarios import (
    COMMAND_SECONDS,
    MANIFEST,
    PIP_FRESH,
    SYNC_FRESH,
    UV_TOOL,
    UV_VENV,
    Place,
    Scenario,
    _empty,
    _pip_fresh,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken(Scenario):
    """One whose program needs more variables to run, or is a command line."""

    speaking: Mapping[str, str] = field(default_factory=dict)  # values relative to the state
    line: tuple[str, ...] = ()  # the arguments of the tool whose output is compared

    def speaks(self, place: Place) -> bool:
        more = {name: str(place.state / value) for name, value in self.speaking.items()}
        variables = {**place.variables(), **more}
        if not self.line:
            return compare.says(place.state / self.program, variables) == self.expected
        done = subprocess.run(
            [*self.real(place), *self.line],
            cwd=place.project,
            env=variables,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        return done.stdout.strip() == self.expected


class LaunchingPlace(Place):
    """A place with the two programs that the launchers of uv's cached environments begin with."""

    def variables(self) -> dict[str, str]:
        found = super().variables()
        folder = self.root / "programs"
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("dirname", "realpath"):
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(Path(shutil.which(name) or name).resolve())
        return {**found, "PATH": f"{found['PATH']}:{folder}"}


class UvxScenario(Spoken):
    """A program that uv runs out of its cache."""

    def place(self, root: Path, wheels: Path) -> Place:
        return LaunchingPlace(root, wheels, self.activated, self.more)


class UserScenario(Spoken):
    """`pip install --user` with the pip of a bare interpreter."""

    def real(self, place: Place) -> list[str | Path]:
        return [place.base / "bin" / "python3", tools.pip_wheel(tools.NEWEST_PIP) / "pip"]

    def arm(self, place: Place, injector: Injector, variables: Mapping[str, str]) -> dict[str, str]:
        folder = place.root / "launchers"
        folder.mkdir(exist_ok=True)
        python = folder / "python"
        python.unlink(missing_ok=True)
        python.symlink_to(place.base / "bin" / "python3")
        injector.launcher(folder / "pip", *self.real(place))
        return {**variables, "PATH": f"{folder}:{variables['PATH']}"}


def _bare_project(place: Place) -> None:
    text = MANIFEST.format(version="2.0").replace('"rigapp==2.0"', "")
    (place.project / "pyproject.toml").write_text(text, "utf-8")


def _tool_upgrade(place: Place) -> None:
    old = place.state / "old-wheels"
    old.mkdir()
    for wheel in place.wheels.glob("*-1.0-*.whl"):
        shutil.copy(wheel, old)
    variables = {**place.variables(), "UV_FIND_LINKS": str(old)}
    place.run(place.uv, "tool", "install", "--no-index", "rigapp", variables=variables)
    for wheel in place.wheels.glob("*-2.0-*.whl"):  # the receipt names this folder
        shutil.copy(wheel, old)


def _sdist(place: Place) -> None:
    _pip_fresh(place)
    sdists.write_archive(place.project)


def _editable(place: Place) -> None:
    _pip_fresh(place)
    sdists.write_project(place.project)


def _user(place: Place) -> None:
    (place.state / "home").mkdir(exist_ok=True)


UV_RUN = replace(SYNC_FRESH, name="uv run", arguments=("run", "--no-index", "rigapp"))
UV_ADD = replace(
    SYNC_FRESH, name="uv add", arguments=("add", "--no-index", "rigapp==2.0"), prepare=_bare_project
)
UV_TOOL_UPGRADE = replace(
    UV_TOOL,
    name="uv tool upgrade",
    arguments=("tool", "upgrade", "--no-index", "rigapp"),
    prepare=_tool_upgrade,
)
UVX = UvxScenario(
    name="uvx",
    tool="uv",
    arguments=("tool", "run", "--no-index", "rigapp"),
    prepare=_empty,
    trees=(),
    program="",
    line=("tool", "run", "--no-index", "rigapp"),
)
UV_VENV_NAMED = replace(
    UV_VENV, name="uv venv NAME", arguments=("venv", "env"), program="project/env/bin/python"
)
PIP_SDIST = replace(
    PIP_FRESH,
    name="pip install SDIST",
    arguments=("install", "--no-compile", f"./{sdists.NAME}-{sdists.VERSION}.tar.gz"),
    prepare=_sdist,
    program=f"project/.venv/bin/{sdists.NAME}",
    expected=sdists.EXPECTED,
)
PIP_EDITABLE = replace(
    PIP_SDIST, name="pip install -e", arguments=("install", "--no-compile", "-e", "."), prepare=_editable
)
PIP_TARGET = Spoken(
    name="pip install --target",
    tool="pip",
    arguments=("install", "--no-compile", "--target", "lib", "rigapp==2.0"),
    prepare=_pip_fresh,
    activated=True,
    trees=("project",),
    program="project/lib/bin/rigapp",
    speaking={"PYTHONPATH": "project/lib"},
)
PIP_USER = UserScenario(
    name="pip install --user",
    tool="pip",
    arguments=("install", "--no-compile", "--user", "rigapp==2.0"),
    prepare=_user,
    trees=("tools-user",),
    program="tools-user/bin/rigapp",
    more={"PYTHONUSERBASE": "tools-user"},
)
SCENARIOS: Sequence[Scenario] = (
    UV_RUN, UV_ADD, UVX, UV_TOOL_UPGRADE, UV_VENV_NAMED, PIP_SDIST, PIP_EDITABLE, PIP_TARGET, PIP_USER,
)  # fmt: skip
