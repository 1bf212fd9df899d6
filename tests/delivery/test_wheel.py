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


@pytest.mark.parametrize("by_way_of", [(), ("--wheel",)], ids=["the source archive", "the tree"])
def test_the_wheel_has_the_knowledge_compiled_and_not_its_source(
    tmp_path: Path, by_way_of: tuple[str, ...]
) -> None:
    before = sorted((ROOT / DATA).rglob("*"))
    build = [sys.executable, "-m", "build", *by_way_of, "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for name, content in compile_knowledge(read_knowledge()).items():
            assert archive.read(f"{DATA}/{name}") == content
    assert [name for name in names if name.endswith(".yaml")] == []
    assert f"{DATA}/failures_despite_exit_0.txt" in names
    assert sorted((ROOT / DATA).rglob("*")) == before
