"""Modules of an old version whose removal was interrupted: importable, and in no package's RECORD.

After a repair took away the metadata of the old version nothing else knows of them, and Python would go on
importing them beside the new version.
"""

import os
from collections.abc import Collection, Iterator

from ci_guard.recover.python.installed import Distribution, Inventory
from ci_guard.recover.removal import remove_file

IMPORTABLE = (".py", ".pyi", ".so", ".pyd", ".dll", ".dylib")


def remove_stale(found: Inventory, repaired: Collection[str]) -> Iterator[str]:
    """Remove them from the packages in `repaired` (as `Distribution.name` has them); yields the paths."""
    due = [each for each in found.distributions if each.name in repaired]
    if not due:
        return
    owned = {row for each in found.distributions for row in each.rows}
    for each in due:
        for folder in _own_folders(each, found):
            for path in _unowned(folder, owned):
                if remove_file(path):
                    yield path


def _own_folders(package: Distribution, found: Inventory) -> list[str]:
    """The topmost folders in site-packages that no other package has files in.

    Not only the top ones: `ruamel.yaml` shares `ruamel` with `ruamel.yaml.clib`, and owns `ruamel/yaml`.
    """
    others: set[str] = set()
    for other in found.distributions:
        if other is not package:
            others |= _folders(other, found)
    mine = _folders(package, found) - others
    return sorted(folder for folder in mine if os.path.dirname(folder) not in mine)


def _folders(package: Distribution, found: Inventory) -> set[str]:
    """All folders below site-packages that hold files of the package, at any depth."""
    sites = set(found.target.site)
    folders: set[str] = set()
    for parent in {os.path.dirname(row) for row in package.rows}:
        chain = []
        folder = parent
        while folder not in sites and folder not in folders and os.path.dirname(folder) != folder:
            chain.append(folder)
            folder = os.path.dirname(folder)
        if folder in sites or folder in folders:
            folders.update(chain)
    folders.discard(package.folder)
    return folders


def _unowned(folder: str, owned: set[str]) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        if "__pycache__" in folders:
            folders.remove("__pycache__")
        for name in files:
            path = os.path.join(parent, name)
            if name.endswith(IMPORTABLE) and path not in owned:
                yield path
