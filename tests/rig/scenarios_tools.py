"""pipx, poetry, tox and their like: rows of the sweep for the tools that keep environments themselves."""

import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rig import compare, python_tools, tools
from rig.few_programs import linked
from rig.scenarios import Place, Scenario

PROGRAMS = ("git", "sh", "env", "uname", "sed", "basename", "cat", "rm")  # that pre-commit and git start
LEFT_OUT = (
    "/log/",
    ".tox-info.json",
    "/db.db",
    "/logs/",
    "/.cache/",
    ".git/",
    "/.tmp/",
    ".virtualenv.lock",
    "/py/",
    "/pre-commit.log",
)
# where virtualenv fails pipenv takes venv, which writes other scripts and seeds other packages
SEEDED = (
    "/activate", "/Activate", "/deactivate", "pyvenv.cfg", ".gitignore", "CACHEDIR.TAG", "/lib64", "/pip",
    "/setuptools", "/pkg_resources", "_virtualenv", "distutils",
)  # fmt: skip
RANDOM_NAME = re.compile(rb"(?<=/repo)[a-z0-9_]{8}(?=[/\"])|[^\n]*/direct_url\.json,[^\n]*\n")
REQUIREMENTS = (
    '"rigapp @ file://{wheels}/rigapp-{version}-py3-none-any.whl",'
    ' "rigdep @ file://{wheels}/rigdep-{version}-py3-none-any.whl"'
)
PROJECT = """\
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.11"
dependencies = [{requirements}]

[tool.poetry]
package-mode = false

[tool.pdm]
distribution = false
"""
HATCH = """\
[project]
name = "demo"
version = "1.0"

[tool.hatch.envs.default]
skip-install = true
dependencies = ["rigapp==2.0"]
"""
TOX = """\
[tox]
env_list = py
[testenv]
skip_install = true
deps = rigapp==2.0
commands = rigapp
"""
NOX = """\
import nox


@nox.session
def tests(session):
    session.install("rigapp==2.0")
    session.run("rigapp")
"""
PIPFILE = """\
[packages]
rigapp = {{file = "file://{wheels}/rigapp-2.0-py3-none-any.whl"}}
rigdep = {{file = "file://{wheels}/rigdep-2.0-py3-none-any.whl"}}
"""
HOOKS = """\
- id: rig
  name: rig
  entry: rigapp
  language: python
  always_run: true
  pass_filenames: false
"""
BACKEND = """\
import pathlib
import shutil


def build_wheel(folder, config_settings=None, metadata_directory=None):
    wheel = pathlib.Path({wheel!r})
    shutil.copy(wheel, folder)
    return wheel.name
"""
HOOK_PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "rigapp"
version = "2.0"
"""


class ToolPlace(Place):
    """A place with the folders of the tools that keep environments, and the programs that they start."""

    def variables(self) -> dict[str, str]:
        found = {**super().variables(), **python_tools.variables(self.state)}
        for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
            found |= {f"{name}_NAME": "rig", f"{name}_EMAIL": "rig@example.org"}
        (self.state / "home" / "hatch.toml").touch()
        found["PATH"] = f"{found['PATH']}:{self._programs()}"
        return found

    def _programs(self) -> Path:
        """Not the folders that they are in: no Python of the machine may be found."""
        return linked(self.root / "programs", PROGRAMS, {"uv": self.uv})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolScenario(Scenario):
    """One command of such a tool."""

    left_out: tuple[str, ...] = ()  # parts of paths, beside those that are left out of every row

    def place(self, root: Path, wheels: Path) -> ToolPlace:
        return ToolPlace(root, wheels, self.activated, self.more)

    def real(self, place: Place) -> list[str | Path]:
        interpreter = place.base / "bin" / "python3"
        if self.tool == "python3":
            return [interpreter]
        return python_tools.program(self.tool, interpreter, place.root / "tool")

    def snapshot(self, place: Place) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for tree in self.trees:
            for name, content in compare.snapshot(place.state / tree, {}).items():
                path = os.fsdecode(RANDOM_NAME.sub(b"", os.fsencode(f"{tree}/{name}")))
                if not any(part in path for part in (*LEFT_OUT, *self.left_out)):
                    found[path] = RANDOM_NAME.sub(b"", content)
        return found

    def speaks(self, place: Place) -> bool:
        found = sorted(place.state.glob(self.program))
        return bool(found) and compare.says(found[0], place.variables()) == self.expected


def _wheel_of_pip(place: Place) -> None:
    """pipx brings its pip up to date: there must be one to be found."""
    wheel = tools.pip_wheel(tools.NEWEST_PIP)
    if not (place.wheels / wheel.name).exists():  # two workers may come here at once
        scratch = place.root / wheel.name
        shutil.copy(wheel, scratch)
        scratch.rename(place.wheels / wheel.name)


def _pipx(place: Place) -> None:
    """pipx's own shared environment, as on an agent that is not new."""
    _wheel_of_pip(place)
    place.run(*PIPX.real(place), "install", "rigapp==2.0")
    place.run(*PIPX.real(place), "uninstall", "rigapp")


def _pipx_old(place: Place) -> None:
    _wheel_of_pip(place)
    old = place.state / "old-wheels"
    old.mkdir()
    for wheel in (*place.wheels.glob("rig*-1.0-*.whl"), *place.wheels.glob("pip-*.whl")):
        shutil.copy(wheel, old)
    variables = {**place.variables(), "PIP_FIND_LINKS": str(old)}
    place.run(*PIPX.real(place), "install", "rigapp", variables=variables)
    shutil.rmtree(old)


def _project(place: Place, version: str = "2.0") -> None:
    requirements = REQUIREMENTS.format(wheels=place.wheels, version=version)
    (place.project / "pyproject.toml").write_text(PROJECT.format(requirements=requirements), "utf-8")


def _locked(name: str) -> Callable[[Place], None]:
    def prepare(place: Place) -> None:
        _project(place)
        words = python_tools.program(name, place.base / "bin" / "python3", place.root / "tool")
        place.run(*words, "lock")

    return prepare


def _poetry_old(place: Place) -> None:
    _project(place, "1.0")
    for words in (("lock",), ("install",)):
        place.run(*POETRY.real(place), *words)
    _locked("poetry")(place)


def _poetry_here(place: Place) -> None:
    (place.project / "poetry.toml").write_text("[virtualenvs]\nin-project = true\n", "utf-8")
    _locked("poetry")(place)
    shutil.rmtree(place.project / ".venv", ignore_errors=True)


def _written(name: str, text: str) -> Callable[[Place], None]:
    def prepare(place: Place) -> None:
        (place.project / name).write_text(text.format(wheels=place.wheels), "utf-8")

    return prepare


def _hatch_here(place: Place) -> None:
    text = HATCH.replace("skip-install", 'path = ".venv"\nskip-install')
    (place.project / "pyproject.toml").write_text(text, "utf-8")


def _pipenv(place: Place) -> None:
    _written("Pipfile", PIPFILE)(place)
    place.run(*PIPENV.real(place), "lock")
    place.run(*PIPENV.real(place), "--rm")


def _pre_commit(place: Place) -> None:
    hook = place.state / "hook"
    hook.mkdir()
    (hook / ".pre-commit-hooks.yaml").write_text(HOOKS, "utf-8")
    wheel = str(place.wheels / "rigapp-2.0-py3-none-any.whl")
    (hook / "backend.py").write_text(BACKEND.format(wheel=wheel), "utf-8")
    (hook / "pyproject.toml").write_text(HOOK_PROJECT, "utf-8")
    for folder in (hook, place.project):
        place.run("git", "-C", folder, "init", "-q")
    place.run("git", "-C", hook, "add", ".")
    place.run("git", "-C", hook, "commit", "-qm", "hook")
    place.run("git", "-C", hook, "tag", "v1")
    config = f"repos:\n- repo: {hook}\n  rev: v1\n  hooks: [{{id: rig}}]\n"
    (place.project / ".pre-commit-config.yaml").write_text(config, "utf-8")
    place.run("git", "add", ".")


def _nothing(_place: Place) -> None:
    pass


PIPX = ToolScenario(
    name="pipx install",
    tool="pipx",
    arguments=("install", "--backend", "pip", "rigapp==2.0"),
    prepare=_pipx,
    trees=("tools", "tools-bin"),
    program="tools-bin/rigapp",
)
PIPX_UV = replace(PIPX, name="pipx install (uv)", arguments=("install", "--backend", "uv", "rigapp==2.0"))
PIPX_UPGRADE = replace(PIPX, name="pipx upgrade", arguments=("upgrade", "rigapp"), prepare=_pipx_old)
POETRY = ToolScenario(
    name="poetry install",
    tool="poetry",
    arguments=("install",),
    prepare=_locked("poetry"),
    trees=("project", "tools"),
    program="tools/poetry/*/bin/rigapp",
)
POETRY_HERE = replace(
    POETRY,
    name="poetry install (.venv)",
    prepare=_poetry_here,
    program="project/.venv/bin/rigapp",
)
POETRY_OLD = replace(POETRY, name="poetry install (1.0 to 2.0)", prepare=_poetry_old)
PDM = replace(
    POETRY,
    name="pdm sync",
    tool="pdm",
    arguments=("sync",),
    prepare=_locked("pdm"),
    program="project/.venv/bin/rigapp",
)
HATCH_ENV = replace(
    POETRY,
    name="hatch env create",
    tool="hatch",
    arguments=("env", "create"),
    prepare=_written("pyproject.toml", HATCH),
    program="tools/hatch/env/virtual/demo/*/demo/bin/rigapp",
)
HATCH_HERE = replace(
    HATCH_ENV, name="hatch env create (.venv)", prepare=_hatch_here, program="project/.venv/bin/rigapp"
)
VIRTUALENV = replace(
    POETRY,
    name="virtualenv",
    tool="virtualenv",
    arguments=("env",),
    prepare=_nothing,
    program="project/env/bin/python",
    expected="",
)
VENV = replace(VIRTUALENV, name="python -m venv", tool="python3", arguments=("-m", "venv", "env"))
TOX_RUN = replace(
    POETRY,
    name="tox",
    tool="tox",
    arguments=("run",),
    prepare=_written("tox.ini", TOX),
    program="project/.tox/py/bin/rigapp",
)
NOX_RUN = replace(
    POETRY,
    name="nox",
    tool="nox",
    arguments=(),
    prepare=_written("noxfile.py", NOX),
    program="project/.nox/tests/bin/rigapp",
)
PRE_COMMIT = replace(
    POETRY,
    name="pre-commit install-hooks",
    tool="pre-commit",
    arguments=("install-hooks",),
    prepare=_pre_commit,
    program="tools/pre-commit/repo*/py_env-*/bin/rigapp",
)
PIPENV = replace(
    POETRY,
    name="pipenv sync",
    tool="pipenv",
    arguments=("sync",),
    prepare=_pipenv,
    program="tools/pipenv/*/bin/rigapp",
    left_out=SEEDED,
)
SCENARIOS: Sequence[Scenario] = (
    PIPX, PIPX_UV, PIPX_UPGRADE, POETRY, POETRY_HERE, POETRY_OLD, PDM, HATCH_ENV, HATCH_HERE, VIRTUALENV,
    VENV, TOX_RUN, NOX_RUN, PRE_COMMIT, PIPENV,
)  # fmt: skip
