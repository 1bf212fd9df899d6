"""What a tool writes when it says that all went well and yet admits that a file could not be written.

Looked for after every attempt that passes, so it costs next to nothing: a short text file, no YAML.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ci_guard.model.process import Capture

_FILE = os.path.join(os.path.dirname(__file__), "data", "failures_despite_exit_0.txt")
_PROGRAM = b"program "
_PUNCTUATION = str.maketrans("\"'&;|()", "       ")


@lru_cache(maxsize=1)
def _lines() -> tuple[bytes, ...]:
    # through the module's loader, because ci-guard may run from a zip archive; `pkgutil` opens more files
    lines = __spec__.loader.get_data(_FILE).splitlines()  # type: ignore[union-attr]
    return tuple(line for line in lines if line and not line.startswith(b"#"))


def phrases() -> tuple[bytes, ...]:
    """The literals, in the file's order; lines that begin with `#` are comments."""
    return tuple(line for line in _lines() if not line.startswith(_PROGRAM))


def silent() -> Mapping[str, frozenset[str]]:
    """The programs that may leave out a file without a word, and which of their sub-commands do."""
    told = (line.decode().removeprefix(_PROGRAM.decode()) for line in _lines() if line.startswith(_PROGRAM))
    pairs = (each.partition(":") for each in told)
    return {name: frozenset(words.split()) for name, _, words in pairs}


def keeps_silent(argv: Sequence[str]) -> bool:
    """Whether the command line runs such a program, alone or among others; it may say so by mistake."""
    words = " ".join(argv).translate(_PUNCTUATION).split()
    names = {word.replace("\\", "/").rpartition("/")[2].partition(".")[0].lower() for word in words}
    return any(name in names and not verbs.isdisjoint(words) for name, verbs in silent().items())


def admits(captures: Iterable[Capture]) -> bool:
    """Whether the output of an attempt that passed has to be looked at more closely."""
    parts = [part for capture in captures for part in (capture.head, capture.tail) if part]
    return any(literal in part for part in parts for literal in phrases())
