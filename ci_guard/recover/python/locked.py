"""The projects that a lock file has installed in any case, whatever groups, extras or machine the line means.

What has a marker, belongs to an extra or to another group than the main one may be left out for good reasons:
it is passed over. Source: poetry's and pdm's `poetry.lock` and `pdm.lock` (`groups` since poetry 2.0 and pdm
2.0); pipenv's manual, "Pipfile & Pipfile.lock".
"""

import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ci_guard.machine.held import open_patiently
from ci_guard.recover.python.project_name import ProjectName, normalised

MAIN_GROUPS = frozenset({"main", "default"})  # poetry's, pdm's
PIPENV = "Pipfile.lock"
# what may leave out the main group or all, or is for another folder
NARROWING = frozenset({
    "--only", "--only-root", "--without", "--no-default", "--dry-run", "--no-sync", "--categories", "--group",
    "-G", "--no-self", "--dev-only", "--lock", "--help", "-h", "--system",
})  # fmt: skip


def locked(folder: str, name: str, words: Iterable[str]) -> frozenset[ProjectName]:
    """Those of the lock file `name` in `folder`, for these words; none where it cannot be read."""
    if not NARROWING.isdisjoint(word.partition("=")[0] for word in words):
        return frozenset()
    try:
        with open_patiently(os.path.join(folder, name), "rb") as file:
            found = json.load(file) if name == PIPENV else tomllib.load(file)
    except (OSError, ValueError):
        return frozenset()
    if not isinstance(found, dict):
        return frozenset()
    return frozenset(normalised(each) for each in (_pipenv(found) if name == PIPENV else _groups(found)))


def _groups(found: Mapping[str, Any]) -> Iterator[str]:
    packages = found.get("package")
    for package in packages if isinstance(packages, list) else ():
        conditional = package.get("optional") or package.get("markers") or package.get("marker")
        if not conditional and not MAIN_GROUPS.isdisjoint(package.get("groups", ())) and "name" in package:
            yield str(package["name"])


def _pipenv(found: Mapping[str, Any]) -> Iterator[str]:
    packages = found.get("default")
    for name, entry in packages.items() if isinstance(packages, dict) else ():
        if isinstance(entry, dict) and "markers" not in entry and not entry.get("editable"):
            yield name
