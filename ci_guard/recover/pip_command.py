"""Which environments a pip command line works on.

Source: pip's manual, `pip install` and "Configuration" (each option is also PIP_<NAME>).
"""

import os
import re
from collections.abc import Iterator, Mapping

from ci_guard.recover.interpreter import layouts
from ci_guard.recover.target import VENV_MARK, Kind, Target, option, plain_directory, virtual_environment

SHEBANG = re.compile(rb"#!\s*(?P<interpreter>[^\r\n]+)")
SHEBANG_BYTES = 4096


def targets(
    pip: str, interpreter: str | None, words: list[str], environment: Mapping[str, str], directory: str
) -> Iterator[Target]:
    """The environments of `pip WORDS...`, run in `directory`.

    `pip` is the program's path; `interpreter` is given where pip was started as `python -m pip`.
    """
    folder = option(words, "--target", "-t") or environment.get("PIP_TARGET")
    prefix = option(words, "--prefix") or environment.get("PIP_PREFIX")
    other = option(words, "--python") or environment.get("PIP_PYTHON")
    if folder:
        yield plain_directory(os.path.join(directory, folder))
    elif prefix:
        yield virtual_environment(os.path.join(directory, prefix), Kind.DIRECTORY)
    elif other and os.path.isfile(os.path.join(directory, other, VENV_MARK)):
        yield virtual_environment(os.path.join(directory, other), Kind.ENVIRONMENT)
    else:
        python = other or interpreter or _interpreter_of(pip)
        if python is not None:
            # both: pip itself falls back to the user site where the other may not be written
            yield from layouts([python], environment)


def _interpreter_of(pip: str) -> str | None:
    """The interpreter that a `pip` launcher starts: its shebang's, or the one beside it on Windows."""
    folder = os.path.dirname(os.path.abspath(pip))
    for place in (folder, os.path.dirname(folder)):
        beside = os.path.join(place, "python.exe")
        if os.path.isfile(beside):
            return beside
    try:
        with open(pip, "rb") as file:
            found = SHEBANG.match(file.read(SHEBANG_BYTES))
    except OSError:
        return None
    words = os.fsdecode(found["interpreter"]).split() if found else []
    if not words:
        return None
    return words[1] if os.path.basename(words[0]) == "env" and len(words) > 1 else words[0]
