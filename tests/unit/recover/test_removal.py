"""What is half done goes, whatever its rights; what is beside it and above it keeps its own."""

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ci_guard.recover.removal import prune, remove_file, remove_tree

AT_ONCE = 0.0  # seconds for which a holder is waited for
posix = pytest.mark.skipif(sys.platform == "win32", reason="folders have rights of their own on POSIX")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "tree"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("x")
    return folder


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, refused: str) -> list[str]:
    """Let `os.NAME` be refused for what has this name, as a program that holds it would; root is, too."""
    real, asked = getattr(os, name), list[str]()

    def ask(path: Any, **given: Any) -> None:
        if os.path.basename(path) == refused:
            asked.append(path)
            raise PermissionError(13, "Permission denied", path)
        real(path, **given)

    monkeypatch.setattr(os, name, ask)
    return asked


def test_a_tree_goes_with_all_that_is_read_only(tree: Path) -> None:
    for path in (tree / "a" / "b" / "file", tree / "a" / "b", tree / "a"):
        path.chmod(0o444 if path.is_file() else 0o555)
    assert remove_tree(str(tree), AT_ONCE)
    assert not tree.exists()


def test_what_is_not_there_is_gone(tmp_path: Path) -> None:
    assert remove_file(str(tmp_path / "nothing"), AT_ONCE)


@posix
def test_the_rights_of_what_is_above_stay_where_it_cannot_be_removed(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.parent.chmod(0o2775)
    asked = refuse(monkeypatch, "rmdir", "tree")
    assert not remove_tree(str(tree), AT_ONCE)
    assert asked
    assert stat.S_IMODE(tree.parent.stat().st_mode) == 0o2775


@posix
def test_a_file_that_stays_is_not_taken_from_others(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "a" / "b" / "file").chmod(0o664)
    assert refuse(monkeypatch, "unlink", "file") == []
    assert not remove_tree(str(tree), AT_ONCE)
    assert stat.S_IMODE((tree / "a" / "b" / "file").stat().st_mode) & 0o664 == 0o664
    assert stat.S_IMODE((tree / "a" / "b").stat().st_mode) & 0o055 == 0o055


@posix
def test_a_link_to_a_folder_is_not_followed(tree: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tree)
    assert not remove_tree(str(link), AT_ONCE)
    assert (tree / "a" / "b" / "file").exists()
    assert remove_file(str(link), AT_ONCE)
    assert (tree / "a" / "b" / "file").exists()


def test_a_folder_is_no_file(tree: Path) -> None:
    assert not remove_file(str(tree), AT_ONCE)
    assert tree.exists()


def test_empty_folders_go_up_to_the_one_that_is_named(tree: Path) -> None:
    (tree / "a" / "b" / "file").unlink()
    (tree / "a" / "b" / "__pycache__").mkdir()
    prune(str(tree / "a" / "b"), frozenset({str(tree)}))
    assert list(tree.iterdir()) == []


def test_a_folder_with_anything_in_it_stays(tree: Path) -> None:
    prune(str(tree / "a" / "b"), frozenset())
    assert (tree / "a" / "b" / "file").exists()
