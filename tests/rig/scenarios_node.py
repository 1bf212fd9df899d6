"""The installations by npm, pnpm, yarn and bun that the sweep disturbs; see `rig.npm_registry`."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rig import compare, node, npm_registry
from rig.few_programs import BarePlace
from rig.scenarios import Place, Scenario

PROGRAMS = ("node", "sh", "env", "sed", "dirname", "basename", "uname", "cat", "git")
STATE_FILES = (  # where a package manager notes times and random names, or what it reads again without
    ".modules.yaml", ".pnpm-workspace-state-v1.json", ".yarn-state.yml", ".yarn-integrity",
    "install-state.gz", ".package-lock.json", ".package-map.json",
)  # fmt: skip
# what could not be removed, and nothing reads: `.riga-0f1E2d3C` of npm, `.old-0F` of bun, `_tmp_1_a` of pnpm
LEFT_BEHIND = re.compile(r"(?:^|/)(?:\.[\w.-]+-[A-Za-z0-9_-]{8,16}|_tmp_\w+)(?:/|$)")
MANAGED = "package-managers"  # the project of `tests/npm` that has them
MANAGERS = {
    "pnpm-10": "node_modules/pnpm/bin/pnpm.cjs",
    "pnpm": "node_modules/@pnpm/exe.linux-x64/pnpm",
    "yarn-1": "node_modules/yarn/bin/yarn.js",
    "yarn": "node_modules/@yarnpkg/cli-dist/bin/yarn.js",
    "bun": "node_modules/@oven/bun-linux-x64/bin/bun",
}


class NodePlace(BarePlace):
    """A project of Node.js, with caches, stores and the global prefix of its own."""

    NAMES = PROGRAMS

    def variables(self) -> dict[str, str]:
        home, scratch = self.state / "home", self.state / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        registry = npm_registry.serve()
        return {
            **super().variables(),
            "TMPDIR": str(scratch),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "NO_COLOR": "1",
            "npm_config_registry": registry,
            "pnpm_config_registry": registry,
            "npm_config_cache": str(self.state / "cache-npm"),
            "npm_config_prefix": str(self.state / "tools"),
            "npm_config_update_notifier": "false",
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "pnpm_config_store_dir": str(self.state / "cache-pnpm"),
            "YARN_REGISTRY": registry,
            "YARN_CACHE_FOLDER": str(self.state / "cache-yarn"),
            "YARN_NPM_REGISTRY_SERVER": registry,
            "YARN_UNSAFE_HTTP_WHITELIST": "127.0.0.1",
            "YARN_GLOBAL_FOLDER": str(self.state / "cache-berry"),
            "YARN_ENABLE_GLOBAL_CACHE": "true",
            "YARN_ENABLE_TELEMETRY": "false",
            "YARN_ENABLE_IMMUTABLE_INSTALLS": "false",
            "BUN_INSTALL_CACHE_DIR": str(self.state / "cache-bun"),
            "BUN_CONFIG_REGISTRY": registry,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeScenario(Scenario):
    """One command of a package manager."""

    manager: str = "npm"

    def lacking(self) -> str | None:
        programs = ("node", "npm") if self.manager in ("npm", "npx") else ("node", "npm", *PROGRAMS)
        return node.lacking(programs) or (node.unavailable(MANAGED) if self.manager in MANAGERS else None)

    def place(self, root: Path, wheels: Path) -> NodePlace:
        return NodePlace(root, wheels)

    def real(self, place: Place) -> list[str | Path]:
        node_program = Path(shutil.which("node") or "node").resolve()
        if self.manager in ("npm", "npx"):
            return [node_program, Path(shutil.which(self.manager) or self.manager).resolve()]
        program = node.fetched(MANAGED) / MANAGERS[self.manager]
        return [program] if program.suffix == "" else [node_program, program]

    def snapshot(self, place: Place) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for tree in self.trees:
            files = compare.snapshot(place.state / tree, {}, ignored=())
            found.update({f"{tree}/{name}": content for name, content in files.items()})
        return {
            name: content
            for name, content in found.items()
            if os.path.basename(name) not in STATE_FILES and not LEFT_BEHIND.search(name)
        }

    def speaks(self, place: Place) -> bool:
        found = sorted(place.state.glob(self.program))
        if not found:
            return False
        if found[0].suffix == ".cjs":  # Plug'n'Play: there is no node_modules, this file finds the packages
            words = ["node", "-r", str(found[0]), "-p", 'require("riga").said']
            done = subprocess.run(
                words, cwd=place.project, env=place.variables(), capture_output=True, text=True
            )
            return done.stdout.strip() == self.expected
        return compare.says(found[0], place.variables()) == self.expected


def _manifest(place: Place, version: str) -> None:
    text = json.dumps(
        {"name": "demo", "version": "1.0.0", "private": True, "dependencies": {"riga": version}}
    )
    (place.project / "package.json").write_text(text, "utf-8")


def _locked(scenario: NodeScenario, place: Place, version: str) -> None:
    """The project as a fresh checkout has it: its manifest and its lock file; and a warm cache."""
    _manifest(place, version)
    place.run(*scenario.real(place), "install")
    for name in ("node_modules", ".pnp.cjs", ".pnp.loader.mjs"):
        path = place.project / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _fresh(place: Place, scenario: NodeScenario) -> None:
    _locked(scenario, place, "2.0.0")


def _fresh_cold(place: Place, scenario: NodeScenario) -> None:
    _locked(scenario, place, "2.0.0")
    for cache in place.state.glob("cache-*"):
        shutil.rmtree(cache)


def _over_old(place: Place, scenario: NodeScenario) -> None:
    """Version 1.0.0 is installed; the manifest asks for 2.0.0."""
    _manifest(place, "1.0.0")
    place.run(*scenario.real(place), "install")
    _manifest(place, "2.0.0")


def _over_old_locked(place: Place, scenario: NodeScenario) -> None:
    """Version 1.0.0 is installed; manifest and lock file ask for 2.0.0, as after a `git pull`."""
    _locked(scenario, place, "2.0.0")
    kept = {name: (place.project / name).read_bytes() for name in ("package.json", "package-lock.json")}
    (place.project / "package-lock.json").unlink()
    _manifest(place, "1.0.0")
    place.run(*scenario.real(place), "install")
    for name, content in kept.items():
        (place.project / name).write_bytes(content)


def _global_old(place: Place, scenario: NodeScenario) -> None:
    place.run(*scenario.real(place), "install", "-g", "riga@1.0.0")


def _berry(linker: str) -> Callable[[Place, NodeScenario], None]:
    def prepare(place: Place, scenario: NodeScenario) -> None:
        (place.project / ".yarnrc.yml").write_text(f"nodeLinker: {linker}\n", "utf-8")
        (place.project / "yarn.lock").touch()
        _locked(scenario, place, "2.0.0")

    return prepare


def _nothing(_place: Place, _scenario: NodeScenario) -> None:
    """Begins with nothing at all."""


def _row(
    name: str,
    arguments: str,
    beginning: Callable[[Place, NodeScenario], None],
    *,
    manager: str = "npm",
    trees: tuple[str, ...] = ("project",),
    program: str = "project/node_modules/.bin/riga",
) -> NodeScenario:
    made = NodeScenario(
        name=name,
        tool=manager.partition("-")[0],
        manager=manager,
        arguments=tuple(arguments.split()),
        prepare=lambda place: None,
        trees=trees,
        program=program,
        expected=npm_registry.EXPECTED.format(version="2.0.0"),
    )
    return replace(made, prepare=lambda place: beginning(place, made))


SCENARIOS: Sequence[NodeScenario] = (
    _row("npm ci", "ci", _fresh),
    _row("npm ci (1.0 to 2.0)", "ci", _over_old_locked),
    _row("npm install", "install", _fresh),
    _row("npm install (cold)", "install", _fresh_cold),
    _row("npm install (1.0 to 2.0)", "install", _over_old),
    _row("npm install -g", "install -g riga@2.0.0", _nothing, trees=("tools",), program="tools/bin/riga"),
    _row("npm install -g (1.0 to 2.0)", "install -g riga@2.0.0", _global_old, trees=("tools",),
         program="tools/bin/riga"),
    _row("npx", "--yes riga@2.0.0", _nothing, manager="npx", trees=("cache-npm/_npx",),
         program="cache-npm/_npx/*/node_modules/.bin/riga"),
    _row("pnpm 10", "install --frozen-lockfile", _fresh, manager="pnpm-10"),
    _row("pnpm", "install --frozen-lockfile", _fresh, manager="pnpm"),
    _row("yarn 1", "install --frozen-lockfile", _fresh, manager="yarn-1"),
    _row("yarn 4 (node-modules)", "install", _berry("node-modules"), manager="yarn"),
    _row("yarn 4 (PnP)", "install", _berry("pnp"), manager="yarn", program="project/.pnp.cjs"),
    _row("bun", "install --frozen-lockfile", _fresh, manager="bun"),
    _row("bun (1.0 to 2.0)", "install", _over_old, manager="bun"),
)  # fmt: skip
