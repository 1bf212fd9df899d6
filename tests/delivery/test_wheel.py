"""The wheel, as the build makes it: the knowledge compiled, and a tree that stays as it was."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ci_guard.knowledge.compile import compile_knowledge
from ci_guard.knowledge.source import read_knowledge

ROOT = Path(__file__).parents[2]
DATA = "ci_guard/knowledge/data"
SECONDS = 300  # against a hang


WAYS = {"the source archive": (), "the tree": ("--wheel",)}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel by each way, and what stood in the tree before and afterwards is the same."""
    before = sorted((ROOT / DATA).rglob("*"))
    made = {}
    for name, way in WAYS.items():
        folder = tmp_path_factory.mktemp("built")
        build = [sys.executable, "-m", "build", *way, "--outdir", str(folder), str(ROOT)]
        done = subprocess.run(build, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        (made[name],) = folder.glob("*.whl")
    assert sorted((ROOT / DATA).rglob("*")) == before
    return made


@pytest.mark.parametrize("way", WAYS)
def test_the_wheel_has_the_knowledge_compiled_and_not_its_source(wheels: dict[str, Path], way: str) -> None:
    with zipfile.ZipFile(wheels[way]) as archive:
        names = archive.namelist()
        for name, content in compile_knowledge(read_knowledge()).items():
            assert archive.read(f"{DATA}/{name}") == content
    assert [name for name in names if name.endswith(".yaml")] == []
    assert f"{DATA}/failures_despite_exit_0.txt" in names


def test_two_builds_have_the_same_bytes(wheels: dict[str, Path]) -> None:
    first, second = wheels.values()
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
