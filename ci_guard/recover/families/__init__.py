"""The families that ci-guard knows, by the names of their programs."""

from collections.abc import Mapping

from ci_guard.recover.families.cargo import Cargo
from ci_guard.recover.families.composer import Composer
from ci_guard.recover.families.conda import Conda
from ci_guard.recover.families.direct import Direct
from ci_guard.recover.families.dotnet import Dotnet
from ci_guard.recover.families.git import Git
from ci_guard.recover.families.keepers import KEEPERS
from ci_guard.recover.families.maven import Maven
from ci_guard.recover.families.nearby import Nearby
from ci_guard.recover.families.npm import Npm
from ci_guard.recover.families.pip import Pip
from ci_guard.recover.families.pipx import Pipx
from ci_guard.recover.families.rustup import Rustup
from ci_guard.recover.families.uv import Uv
from ci_guard.recover.families.venv import Venv
from ci_guard.recover.family import Family

_KNOWN: tuple[Family, ...] = (
    Uv(), Pip(), Pipx(), Venv(), *KEEPERS, Conda(), Npm(), Git(), Direct(), Composer(), Cargo(), Maven(),
    Dotnet(), Rustup(),
)  # fmt: skip
FAMILIES: Mapping[str, Family] = {name: family for family in _KNOWN for name in family.programs}
UNREAD: Family = Nearby()  # for a line of which nobody can tell what it starts
