"""The kernel refuses what the rules forbid, only in the folder that is meant, only while they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.demo import landlock
from ci_guard.demo.landlock import LandlockLock
from rig.events import HANG

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not landlock.version(), reason="this kernel offers no Landlock"
)
WRITE = """
import sys
for path in sys.argv[1:]:
    try:
        open(path, "w").close()
        print("made")
    except PermissionError as error:
        print("refused", error.errno)
"""


def start(site: Path, *paths: Path) -> list[str]:
    """What became of these files in a Python that processes the `.pth` files of `site` as it starts."""
    program = f"import site; site.addsitedir({str(site)!r})\n{WRITE}"
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, timeout=HANG
    )
    assert not done.stderr
    return done.stdout.splitlines()


def test_only_the_folder_is_closed_and_only_while_the_lock_is_held(tmp_path: Path) -> None:
    environment = tmp_path / "it's an environment"
    folder, site, other = environment / "bin", environment / "lib", tmp_path / "other"
    for each in (environment, folder, site, other):
        each.mkdir()
    lock = LandlockLock(environment=environment, folder=folder, site=site)
    launcher, module = folder / "tool", site / "module.py"
    assert start(site, folder / "before") == ["made"]
    lock.hold()
    assert start(site, launcher, module, other / "log") == ["refused 13", "made", "made"]
    assert not launcher.exists()
    (folder / "by another process").touch()
    lock.release()
    lock.release()
    assert start(site, launcher) == ["made"]
