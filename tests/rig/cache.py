"""Where the rig keeps what is slow to make, so that a second test run needs neither network nor time."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

VARIABLE = "TEST_CI_GUARD_CACHE"
DEFAULT = Path(__file__).resolve().parents[2] / ".cache"


def folder() -> Path:
    """The cache folder: `TEST_CI_GUARD_CACHE`, or `.cache` beside the tests."""
    found = Path(os.environ.get(VARIABLE) or DEFAULT).resolve()
    found.mkdir(parents=True, exist_ok=True)
    return found


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, made by `make` if it is not there yet.

    It appears whole or not at all; of several processes that make it at once, one wins.
    """
    final = folder() / name
    if not final.exists():
        final.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=folder()))
        try:
            make(scratch)
            scratch.rename(final)
        except OSError:
            if not final.exists():  # else another process was faster
                raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return final
