"""A PATH with a few programs of this machine and nothing beside them: no Python can be found on it."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rig.scenarios import Place


def linked(folder: Path, names: Iterable[str], also: Mapping[str, Path] | None = None) -> Path:
    """The folder with links to those programs that are there, and to files under other names; made once."""
    if not folder.exists():
        folder.mkdir(parents=True)
        found = {name: Path(path).resolve() for name in names if (path := shutil.which(name))}
        for name, target in {**found, **(also or {})}.items():
            (folder / name).symlink_to(target)
    return folder


@dataclass(frozen=True, slots=True)
class BarePlace(Place):
    """A place of programs that need no Python, with a home of its own."""

    NAMES: ClassVar[tuple[str, ...]]

    @property
    def programs(self) -> Path:
        """The only folder of PATH."""
        return self.root / "programs"

    def variables(self) -> dict[str, str]:
        home = self.state / "home"
        home.mkdir(parents=True, exist_ok=True)
        return {"PATH": str(self.programs), "LANG": "C.UTF-8", "HOME": str(home), "TMPDIR": str(home)}

    def refresh_base(self) -> bool:
        """There is no Python here; lays out the programs on the first call."""
        linked(self.programs, self.NAMES)
        return False
