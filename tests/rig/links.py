"""Copies of whole folders that cost next to nothing: each file is a hard link to the original.

Safe for what installers work on: they replace files and never write into them.
"""

import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path


def copy(
    source: Path,
    target: Path,
    *,
    ignore: "Callable[[str, list[str]], Collection[str]] | None" = None,
    written: Collection[str] = (),
) -> Path:
    """Copy a folder to `target`, which must not exist; files named in `written` become real copies."""

    def one(original: str, place: str) -> None:
        if os.path.basename(original) not in written:
            try:
                os.link(original, place, follow_symlinks=False)
                return
            except (OSError, NotImplementedError):  # another volume, or no hard links to links
                pass
        shutil.copy2(original, place, follow_symlinks=False)

    return Path(shutil.copytree(source, target, symlinks=True, copy_function=one, ignore=ignore))
