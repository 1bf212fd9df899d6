"""Looking at a success costs next to nothing: no YAML, no signatures."""

import os
import subprocess
import sys
from pathlib import Path

from ci_guard.knowledge import failures_despite_exit_0
from ci_guard.knowledge.failures_despite_exit_0 import admits, phrases
from ci_guard.model.process import Capture


def test_a_tool_that_admits_a_missing_file_is_noticed() -> None:
    assert admits([Capture("stdout", b"added 2"), Capture("stderr", tail=b"warn TAR_ENTRY_ERROR EACCES: x")])
    assert not admits([Capture("stdout", b"added 2 packages"), Capture("stderr")])
    assert not admits([])


def test_comments_are_no_literals() -> None:
    assert phrases()
    assert not any(literal.startswith(b"#") for literal in phrases())


def test_nothing_heavy_is_imported() -> None:
    script = (
        "import sys, ci_guard.knowledge.failures_despite_exit_0 as a; a.phrases();"
        "print(*(n for n in sys.modules if n.startswith(('yaml', 'ci_guard.config', 'ci_guard.diagnose'))))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(failures_despite_exit_0.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True)
    assert (done.stdout.strip(), done.returncode) == (b"", 0), done.stderr
