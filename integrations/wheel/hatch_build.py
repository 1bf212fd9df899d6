"""Hatch's hook: the wheel carries the knowledge compiled. An editable install reads the source."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILER = Path(__file__).with_name("compile_knowledge.py")
PLACE = "ci_guard/knowledge/data"
EDITABLE = "editable"


class CompiledKnowledge(BuildHookInterface):  # type: ignore[misc,type-arg, unused-ignore]
    """Compiles into a folder of its own: nothing is written into the tree, where it could become stale."""

    _folder: "tempfile.TemporaryDirectory[str] | None" = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to the wheel. Raises CalledProcessError for a mistake in the source."""
        if version == EDITABLE:
            return
        self._folder = tempfile.TemporaryDirectory()
        subprocess.run([sys.executable, "-P", str(COMPILER), self._folder.name], check=True)
        for compiled in Path(self._folder.name).iterdir():
            build_data["force_include"][str(compiled)] = f"{PLACE}/{compiled.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Take the folder away."""
        if self._folder is not None:
            self._folder.cleanup()
