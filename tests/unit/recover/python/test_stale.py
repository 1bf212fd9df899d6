"""Modules that a half-removed old version left behind, for every way in which a project's name is spelt."""

import itertools
import re

import pytest

from ci_guard.recover.python.project_name import normalised, project_of
from unit.recover.drive import examine, mend

# what installers write into the folder's name, and what people and tools write
SEPARATORS = ("", "-", "_", ".", "--", "__", "-_.")
WRITTEN = [
    f"{first}{separator}{second}"
    for separator, (first, second) in itertools.product(SEPARATORS, (("alpha", "beta"), ("Alpha", "BETA2")))
]
# the recommended form (all underscores), and the older ones that kept capitals, dots or hyphens
FOLDERS = sorted({name for written in WRITTEN for name in (written, re.sub(r"[-_.]+", "_", written).lower())})


@pytest.mark.parametrize("name", FOLDERS)
def test_the_old_versions_modules_go_whatever_the_name_looks_like(environment, begun, name: str) -> None:
    info = environment.install(name, "1.0", modules=("__init__.py", "deep/inner.py"))
    (info / "INSTALLER").unlink()
    stale = environment.site / name / "deep" / "legacy.py"
    stale.write_text("old = True\n")
    mending = mend([environment.target()], begun)
    assert mending.refusal is None
    assert [repair.project for repair in mending.repairs] == [normalised(name)]
    environment.install(name, "2.0", modules=("__init__.py", "deep/inner.py"))
    projects = frozenset(repair.project for repair in mending.repairs if repair.project is not None)
    verification = examine([environment.target()], begun, repaired=projects)
    assert verification.whole
    assert verification.removed == (str(stale),)
    assert not stale.exists()
    assert (environment.site / name / "deep" / "inner.py").exists()


@pytest.mark.parametrize("written", WRITTEN)
def test_a_package_is_found_however_its_name_is_written(environment, begun, written: str) -> None:
    environment.install(re.sub(r"[-_.]+", "_", written).lower())
    verification = examine([environment.target()], begun, packages=[written])
    assert verification.whole, verification.faults


@pytest.mark.parametrize("name", FOLDERS)
def test_the_folder_tells_the_project(name: str) -> None:
    assert project_of(f"{name}-1.0+local.dist-info") == normalised(name)


def test_a_shared_top_folder_is_searched_where_it_is_not_shared(environment, begun) -> None:
    environment.install("ruamel.yaml", modules=("../ruamel/yaml/__init__.py", "__init__.py"))
    environment.install("ruamel.yaml.clib", modules=("../ruamel/clib.py", "__init__.py"))
    stale = environment.site / "ruamel" / "yaml" / "legacy.py"
    stale.write_text("old = True\n")
    shared = environment.site / "ruamel" / "own.py"
    shared.write_text("somebody's\n")
    verification = examine([environment.target()], begun, repaired=frozenset({"ruamel-yaml"}))
    assert verification.removed == (str(stale),)
    assert shared.exists()
