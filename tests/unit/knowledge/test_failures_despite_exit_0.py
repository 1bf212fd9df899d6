"""Looking at a success costs next to nothing: no YAML, no signatures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.knowledge import failures_despite_exit_0
from ci_guard.knowledge.failures_despite_exit_0 import admits, keeps_silent, phrases, silent
from ci_guard.model.process import Capture
from ci_guard.recover.families import FAMILIES


def test_a_tool_that_admits_a_missing_file_is_noticed() -> None:
    assert admits([Capture("stdout", b"added 2"), Capture("stderr", tail=b"warn TAR_ENTRY_ERROR EACCES: x")])
    assert not admits([Capture("stdout", b"added 2 packages"), Capture("stderr")])
    assert not admits([])


def test_comments_are_no_literals() -> None:
    assert phrases()
    assert not any(literal.startswith((b"#", b"program ")) for literal in phrases())


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["pnpm", "install", "--frozen-lockfile"], True),
        (["C:\\tools\\pnpm.CMD", "i"], True),
        (["sh", "-c", "pnpm install&& pnpm run build"], True),
        (["cmd", "/c", "cd web & pnpm add riga"], True),
        (["pnpm", "run", "build"], False),
        (["npm", "install"], False),
        (["sh", "-c", "echo pnpm"], False),
        (["uv", "sync"], False),
    ],
)
def test_a_program_that_may_hide_a_failure_is_known_from_its_line(argv: list[str], expected: bool) -> None:
    assert keeps_silent(argv) is expected


def test_such_a_program_is_one_whose_result_can_be_examined() -> None:
    for name, words in silent().items():
        assert name in FAMILIES
        assert words


def test_nothing_heavy_is_imported() -> None:
    script = (
        "import sys, ci_guard.knowledge.failures_despite_exit_0 as a; a.phrases();"
        "print(*(n for n in sys.modules if n.startswith(('yaml', 'ci_guard.config', 'ci_guard.diagnose'))))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(failures_despite_exit_0.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True)
    assert (done.stdout.strip(), done.returncode) == (b"", 0), done.stderr
