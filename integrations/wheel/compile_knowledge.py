"""Compiles the knowledge of this tree: `compile_knowledge.py FOLDER` writes the files that a wheel carries.

Needs PyYAML, and nothing else that ci-guard needs. All checks of the grammar are made here.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this tree, and no ci-guard that is installed
sys.dont_write_bytecode = True

from ci_guard.knowledge.compile import compile_knowledge  # noqa: E402
from ci_guard.knowledge.source import read_knowledge  # noqa: E402


def main(folder: Path) -> None:
    """Write the files. Raises `PolicyError` for a mistake in the source."""
    for name, content in compile_knowledge(read_knowledge()).items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
