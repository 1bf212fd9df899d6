"""The builds by cargo that the sweep disturbs, with a crate from a local registry."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig import compare
from rig.events import HANG
from rig.scenarios import Place, Scenario

PROGRAMS = ("cc", "ld", "as", "sh")
MODULES = 6
EXPECTED = "rigc 21"
MANIFEST = """\
[package]
name = "{name}"
version = "1.0.0"
edition = "2021"
{more}"""
CONFIGURATION = """\
[source.crates-io]
replace-with = "here"

[source.here]
local-registry = "{registry}"
"""
MAIN = 'fn main() {\n    println!("rigc {}", rigc::sum());\n}\n'
LEFT_OUT = (".cargo-ok", ".rs.bk", ".crates.toml", ".crates2.json")


class CargoPlace(Place):
    """A project of Rust with cargo's own home, and the registry of its one crate."""

    @property
    def programs(self) -> Path:
        """The only folder of PATH: no Python can be found in it."""
        return self.root / "programs"

    def variables(self) -> dict[str, str]:
        home = self.state / "home"
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": str(self.programs),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "TMPDIR": str(home),
            "CARGO_HOME": str(self.state / "cache-cargo"),
            "CARGO_INCREMENTAL": "0",
            "CARGO_NET_OFFLINE": "true",
        }

    def refresh_base(self) -> bool:
        """There is no Python here; lays out the programs on the first call."""
        if not self.programs.exists():
            self.programs.mkdir(parents=True)
            for name in PROGRAMS:
                (self.programs / name).symlink_to(Path(shutil.which(name) or "").resolve())
            for name in ("cargo", "rustc"):
                (self.programs / name).symlink_to(_toolchain(name) or "")
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class CargoScenario(Scenario):
    """One command of cargo. What it compiles is told by running it, its bytes differ from run to run."""

    @property
    def installable(self) -> bool:
        """Rust is on few machines, and large: the rows run where it is."""
        return False

    def lacking(self) -> str | None:
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        missing += [name for name in ("cargo", "rustc") if _toolchain(name) is None]
        return f"there is no `{missing[0]}` on this machine" if missing else None

    def place(self, root: Path, wheels: Path) -> CargoPlace:
        return CargoPlace(root, wheels)

    def real(self, place: Place) -> list[str | Path]:
        return [_toolchain("cargo") or "cargo"]

    def snapshot(self, place: Place) -> dict[str, bytes]:
        found = compare.snapshot(place.state / "cache-cargo" / "registry" / "src", {})
        return {name: content for name, content in found.items() if not name.endswith(LEFT_OUT)}


def _toolchain(name: str) -> Path | None:
    """The program itself: what rustup puts on the PATH asks for a home to choose one."""
    found = shutil.which(name)
    if found is None or Path(found).resolve().name != "rustup":
        return Path(found).resolve() if found else None
    asked = subprocess.run(["rustup", "which", name], capture_output=True, text=True, timeout=HANG)
    return Path(asked.stdout.strip()) if asked.returncode == 0 else None


def _crate() -> bytes:
    """The archive of the crate `rigc`, as a registry hands it out."""
    lines = [f"mod m{number};\n" for number in range(1, MODULES + 1)]
    terms = " + ".join(f"m{number}::value()" for number in range(1, MODULES + 1))
    files = {
        "Cargo.toml": MANIFEST.format(name="rigc", more=""),
        "src/lib.rs": "".join(lines) + f"pub fn sum() -> u32 {{\n    {terms}\n}}\n",
        "README.md": "rigc\n",
    }
    for number in range(1, MODULES + 1):
        files[f"src/m{number}.rs"] = f"pub fn value() -> u32 {{\n    {number}\n}}\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"rigc-1.0.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _registry(place: Place) -> Path:
    folder = place.state / "registry"
    index = folder / "index" / "ri" / "gc"
    index.mkdir(parents=True)
    crate = _crate()
    (folder / "rigc-1.0.0.crate").write_bytes(crate)
    entry = {"name": "rigc", "vers": "1.0.0", "deps": [], "features": {}, "yanked": False}
    entry["cksum"] = hashlib.sha256(crate).hexdigest()
    (index / "rigc").write_text(json.dumps(entry) + "\n", "utf-8")
    return folder


def _project(place: Place) -> None:
    """A program that needs the crate; cargo knows the registry, and has unpacked nothing."""
    home = place.state / "cache-cargo"
    home.mkdir()
    (home / "config.toml").write_text(CONFIGURATION.format(registry=_registry(place)), "utf-8")
    more = '\n[dependencies]\nrigc = "1.0.0"\n'
    (place.project / "Cargo.toml").write_text(MANIFEST.format(name="demo", more=more), "utf-8")
    (place.project / "src").mkdir()
    (place.project / "src" / "main.rs").write_text(MAIN, "utf-8")
    place.run(*BUILD.real(place), "generate-lockfile")


BUILD = CargoScenario(
    name="cargo build",
    tool="cargo",
    arguments=("build",),
    prepare=_project,
    trees=(),
    program="project/target/debug/demo",
    expected=EXPECTED,
)
INSTALL = CargoScenario(
    name="cargo install",
    tool="cargo",
    arguments=("install", "--path", ".", "--root", "tools"),
    prepare=_project,
    trees=(),
    program="project/tools/bin/demo",
    expected=EXPECTED,
)
SCENARIOS: Sequence[CargoScenario] = (BUILD, INSTALL)
