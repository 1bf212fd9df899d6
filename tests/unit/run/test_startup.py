"""What a first attempt that passes imports: start-up is a feature."""

import os
import subprocess
import sys
from pathlib import Path

from compile_byte_code import is_for_a_start

from rig.events import HANG

OTHERS = ("CI_GUARD", "COVERAGE")  # what is measured imports more
FORBIDDEN = frozenset(
    {
        "click",
        "yaml",
        "tenacity",
        "junit_xml",
        "jenkins",
        "requests",
        "urllib3",
        "ssl",
        "socket",
        "asyncio",
        "logging",
    }
    | {
        "json",
        "tempfile",
        "xml",
        "http",
        "email",
        "importlib.metadata",
        "concurrent.futures",
        "dataclasses",
        "inspect",
        "typing",
        "pkgutil",
    }
    | ({"ctypes"} if sys.platform != "win32" else set())  # there it is the only way to a job object
)
WATCH = """
import atexit, sys
def tell():
    with open(sys.argv[-1], "w") as file:
        file.write("\\n".join(sorted(sys.modules)))
atexit.register(tell)
import os
sys.argv = ["ci-guard", "--", sys.executable, "-c", ""] + [os.environ["TOLD"]]
from ci_guard.cli import main
from ci_guard.run import patience
patience.BEGIN_AFTER = patience.LOOK_AFTER = 1e6  # a busy machine, or Wine, is slow to start the command
main(["--", sys.executable, "-c", ""])
"""


def test_a_first_attempt_that_passes_imports_what_it_needs_and_no_more(tmp_path: Path) -> None:
    told = tmp_path / "modules"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    environment["TOLD"] = str(told)
    subprocess.run([sys.executable, "-c", WATCH], cwd=tmp_path, env=environment, check=True, timeout=HANG)
    modules = told.read_text().split()
    bare = set(
        subprocess.run(
            [sys.executable, "-c", "import sys; print(*sys.modules)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    )
    added = [name for name in modules if name not in bare]
    assert [name for name in added if name in FORBIDDEN] == []
    ours = [name for name in added if name.startswith("ci_guard.")]
    assert [name for name in ours if not is_for_a_start(name)] == []
    # the kinds of values in `config` check the options; its reader of YAML is not among them
    late = ("config.source", "knowledge.load", "model.history", "model.command", "run.recovery")
    assert not {f"ci_guard.{name}" for name in late} & set(ours)
