"""What a tool writes when it says that all went well and yet admits that a file could not be written.

Looked for after every attempt that passes, so it costs next to nothing: a short text file, no YAML.
"""

import os
from collections.abc import Iterable
from functools import lru_cache

from ci_guard.model.process import Capture

_FILE = os.path.join(os.path.dirname(__file__), "data", "failures_despite_exit_0.txt")


@lru_cache(maxsize=1)
def phrases() -> tuple[bytes, ...]:
    """The literals, in the file's order; lines that begin with `#` are comments."""
    # through the module's loader, because ci-guard may run from a zip archive; `pkgutil` is three files more
    lines = __spec__.loader.get_data(_FILE).splitlines()  # type: ignore[union-attr]
    return tuple(line for line in lines if line and not line.startswith(b"#"))


def admits(captures: Iterable[Capture]) -> bool:
    """Whether the output of an attempt that passed has to be looked at more closely."""
    parts = [part for capture in captures for part in (capture.head, capture.tail) if part]
    return any(literal in part for part in parts for literal in phrases())
