"""Steps that run several tools: shell lines, scripts and makefiles; every tool in them is disturbed alike."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rig import node, npm_registry
from rig.few_programs import linked
from rig.scenarios import MANIFEST, Place, Scenario, manifest
from rig.scenarios_node import STATE_FILES, NodePlace

PROGRAMS = (
    "node",
    "npm",
    "sh",
    "make",
    "env",
    "cp",
    "mkdir",
    "chmod",
    "rm",
    "install",
    "sed",
    "dirname",
    "uname",
)
PACKAGE = '{"name": "demo", "version": "1.0.0", "private": true, "dependencies": {"riga": "2.0.0"}}'
SCRIPT = "set -e\ncd sub\nuv sync --no-index\n"
MAKE_VENV = "install:\n\tpython3 -m venv venv\n\tvenv/bin/python -m pip install --no-compile rigapp==2.0\n"
MAKE_INSTALL = """\
install:
\tinstall -d tools/bin tools/lib
\tinstall -m 755 run.sh tools/bin/run
\tinstall -m 644 a.txt b.txt c.txt tools/lib
"""


class CompoundPlace(Place):
    """A place with Python, uv, Node.js and the programs that steps are written in."""

    def variables(self) -> dict[str, str]:
        node = NodePlace(self.root, self.wheels).variables()
        mine = super().variables()
        return {**node, **mine, "PATH": f"{mine['PATH']}:{self._programs()}"}

    def _programs(self) -> Path:
        """Not the folders that they are in: no Python of the machine may be found."""
        return linked(self.root / "programs", PROGRAMS, {"uv": self.uv})


class CompoundScenario(Scenario):
    """One step that a shell or make runs."""

    def lacking(self) -> str | None:
        return node.lacking(PROGRAMS)

    def place(self, root: Path, wheels: Path) -> Place:
        return CompoundPlace(root, wheels, self.activated, self.more)

    def real(self, place: Place) -> list[str | Path]:
        return [Path(shutil.which(self.tool) or self.tool).resolve()]

    def snapshot(self, place: Place) -> dict[str, bytes]:
        found = super().snapshot(place)
        return {
            name: content for name, content in found.items() if name.rpartition("/")[2] not in STATE_FILES
        }


def _both(place: Place) -> None:
    """A project of Python and of Node.js, both caches warm."""
    manifest(place, "2.0")
    (place.project / "package.json").write_text(PACKAGE, "utf-8")
    place.run("npm", "install")
    shutil.rmtree(place.project / "node_modules")


def _below(place: Place) -> None:
    manifest(place, "2.0")
    sub = place.project / "sub"
    sub.mkdir()
    (place.project / "pyproject.toml").rename(sub / "pyproject.toml")
    (place.project / "build.sh").write_text(SCRIPT, "utf-8")


def _below_old(place: Place) -> None:
    """The environment has version 1.0; the project asks for 2.0."""
    _below(place)
    sub = place.project / "sub"
    for version in ("1.0", "2.0"):
        (sub / "pyproject.toml").write_text(MANIFEST.format(version=version), "utf-8")
        if version == "1.0":
            place.run(place.uv, "sync", "--no-index", "--directory", sub)


def _make_old(place: Place) -> None:
    _file("Makefile", MAKE_VENV.replace("2.0", "1.0"))(place)
    place.run("make", "install")
    _file("Makefile", MAKE_VENV)(place)


def _file(name: str, text: str) -> Callable[[Place], None]:
    def prepare(place: Place) -> None:
        place.run(place.uv, "python", "find")
        (place.project / name).write_text(text, "utf-8")
        for other in ("run.sh", "a.txt", "b.txt", "c.txt"):
            (place.project / other).write_text("#!/bin/sh\necho installed\n", "utf-8")

    return prepare


def _row(
    name: str,
    line: str,
    beginning: Callable[[Place], None],
    program: str,
    *,
    tool: str = "sh",
    trees: tuple[str, ...] = ("project",),
    **more: Any,
) -> CompoundScenario:
    arguments = ("-c", line) if tool == "sh" and not line.endswith(".sh") else tuple(line.split())
    return CompoundScenario(
        name=name, tool=tool, arguments=arguments, prepare=beginning, trees=trees, program=program, **more
    )


NOTHING = _file("readme.txt", "")
SCENARIOS: Sequence[CompoundScenario] = (
    _row("sh: uv sync && npm ci && uv run", "uv sync --no-index && npm ci && uv run --no-index rigapp",
         _both, "project/node_modules/.bin/riga", expected=npm_registry.EXPECTED.format(version="2.0.0")),
    _row("sh: cd sub && uv sync", "cd sub && uv sync --no-index", _below, "project/sub/.venv/bin/rigapp"),
    _row("sh script", "build.sh", _below, "project/sub/.venv/bin/rigapp"),
    _row("sh script (1.0 to 2.0)", "build.sh", _below_old, "project/sub/.venv/bin/rigapp"),
    _row("sh: uv venv && uv pip install",
         "uv venv venv && uv pip install --no-index --python venv rigapp==2.0", NOTHING,
         "project/venv/bin/rigapp"),
    _row("sh: uv pip install --target", "uv pip install --no-index --target lib rigapp==2.0", NOTHING,
         "project/lib/bin/rigapp-data.py", expected="rigapp data script 2.0"),
    _row("sh: uv tool install", "uv tool install --no-index rigapp==2.0", NOTHING, "tools-bin/rigapp",
         trees=("tools", "tools-bin")),
    _row("make: venv and pip", "install", _file("Makefile", MAKE_VENV), "project/venv/bin/rigapp",
         tool="make"),
    _row("make: venv and pip (1.0 to 2.0)", "install", _make_old, "project/venv/bin/rigapp", tool="make"),
    _row("make install", "install", _file("Makefile", MAKE_INSTALL), "project/tools/bin/run", tool="make",
         expected="installed"),
)  # fmt: skip
