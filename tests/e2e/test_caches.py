"""A file that is gone from a tool's own cache, so that every later installation would lack it: real tools."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rig import guard, node, python, records, scenarios_cargo, sdists, tools, wheels
from rig.events import HANG
from rig.scenarios import Place
from rig.scenarios_node import NodePlace

POLICY = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\nverify: always\n"


def _guarded(
    place: Place, argv: Sequence[str | Path]
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run a command under ci-guard; what it said, and the record."""
    (place.root / "policy.yml").write_text(POLICY, "utf-8")
    record = place.root / "run.json"
    options = [
        "--policy",
        str(place.root / "policy.yml"),
        "--report",
        f"json={record}",
        "--",
        *map(str, argv),
    ]
    done = subprocess.run(
        guard.command(*options),
        cwd=place.project,
        env=guard.variables(place.variables()),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    return done, records.read(record)


def _repairs(record: dict[str, Any]) -> list[str]:
    return [repair["action"] for attempt in record["attempts"] for repair in attempt["repairs"]]


@pytest.fixture
def python_place(tmp_path: Path) -> Place:
    place = Place(tmp_path, wheels.write_all(tmp_path / "wheels"), activated=True)
    place.refresh_base()
    place.project.mkdir(parents=True)
    python.virtual_environment(place.venv, place.base / "bin" / "python3", tools.NEWEST_PIP)
    return place


@pytest.fixture
def node_place(tmp_path: Path) -> NodePlace:
    reason = node.lacking(("node", "npm"))
    if reason and not node.expected():
        pytest.skip(reason)
    place = NodePlace(tmp_path, tmp_path)
    place.refresh_base()
    place.project.mkdir(parents=True)
    for name in ("npm", "npx"):
        (place.programs / name).symlink_to(Path(shutil.which(name) or name).resolve())
    return place


@pytest.mark.parametrize("left", [0, 100])
def test_a_wheel_that_pip_has_built_and_that_was_emptied(python_place: Place, left: int) -> None:
    archive = sdists.write_archive(python_place.project)
    pip: list[str | Path] = [python_place.venv / "bin" / "python", "-m", "pip"]
    install = [*pip, "install", "--find-links", archive.parent, sdists.NAME]
    python_place.run(*install)
    python_place.run(*pip, "uninstall", "--yes", sdists.NAME)
    (kept,) = python_place.state.glob("cache-pip/wheels/**/*.whl")
    kept.write_bytes(kept.read_bytes()[:left])
    done, record = _guarded(python_place, install)
    assert done.returncode == 0, done.stderr
    assert _repairs(record) == ["clean-cache"]
    assert record["attempts"][0]["match"]["signature"] == "pip.cached-wheel-broken"
    assert record["attempts"][0]["match"]["path"] == str(kept)
    assert (python_place.venv / "bin" / sdists.NAME).exists()


@pytest.mark.parametrize("left", [None, 0, 100])
def test_a_tarball_that_npm_fetches_again_by_itself(node_place: NodePlace, left: int | None) -> None:
    (node_place.project / "package.json").write_text('{"dependencies": {"riga": "2.0.0"}}', "utf-8")
    node_place.run(node_place.programs / "npm", "install")
    shutil.rmtree(node_place.project / "node_modules")
    kept = [path for path in node_place.state.glob("cache-npm/_cacache/content-v2/**/*") if path.is_file()]
    for path in kept:
        if left is None:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:left])
    done, record = _guarded(node_place, ["npm", "ci"])
    assert done.returncode == 0, done.stderr
    assert (record["verification"]["whole"], record["verification"]["packages"]) == (True, 3)
    assert (node_place.project / "node_modules" / "rigb" / "index.js").exists()


@pytest.mark.parametrize("lost", ["rigb/lib/deep/m1.js", "rigb/package.json"])
def test_a_package_that_npx_keeps(node_place: NodePlace, lost: str) -> None:
    npx: list[str | Path] = [node_place.programs / "npx", "--yes", "riga@2.0.0"]
    node_place.run(*npx)
    (file,) = node_place.state.glob(f"cache-npm/_npx/*/node_modules/{lost}")
    file.unlink()
    done, record = _guarded(node_place, npx)
    assert done.returncode == 0, done.stderr
    assert "riga 2.0.0 rigb 2.0.0" in done.stdout
    assert record["attempts"][0]["match"]["signature"] == "npm.npx-vanished"
    assert _repairs(record) == ["remove"]


def test_a_source_file_of_a_crate(tmp_path: Path) -> None:
    scenario = scenarios_cargo.BUILD
    if reason := scenario.lacking():
        pytest.skip(reason)
    place = scenario.place(tmp_path, tmp_path)
    place.refresh_base()
    place.project.mkdir(parents=True)
    scenario.prepare(place)
    cargo = [*scenario.real(place), *scenario.arguments]
    place.run(*cargo)
    shutil.rmtree(place.project / "target")
    (file,) = place.state.glob("cache-cargo/registry/src/*/rigc-1.0.0/src/m3.rs")
    file.unlink()
    done, record = _guarded(place, cargo)
    assert done.returncode == 0, done.stderr
    assert record["attempts"][0]["match"]["path"] == str(file)
    assert file.exists()
    assert scenario.speaks(place)
