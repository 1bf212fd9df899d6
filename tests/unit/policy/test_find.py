from pathlib import Path

import pytest

from ci_guard.errors import PolicyError
from ci_guard.policy.find import ROOTS, find, searched, shown


def tree(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("version: 1\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([".git/HEAD", ".ci-guard.yml", "a/b/x"], ".ci-guard.yml"),
        ([".git/HEAD", ".ci-guard.yaml", "a/b/x"], ".ci-guard.yaml"),
        ([".git/HEAD", ".ci-guard.yml", "a/.ci-guard.yml", "a/b/x"], "a/.ci-guard.yml"),
        ([".ci-guard.yml", "a/.git", "a/b/x"], None),  # a work tree of git has a file `.git`
        (["a/.ci-guard.yml", "a/b/x"], None),  # no repository: only the directory itself counts
        (["a/b/.ci-guard.yml"], "a/b/.ci-guard.yml"),
    ],
)
def test_the_nearest_file_up_to_the_root_of_the_repository(tmp_path: Path, files, found) -> None:
    tree(tmp_path, *files)
    expected = str(tmp_path / found) if found else None
    assert find(str(tmp_path / "a" / "b")) == expected


def test_two_files_in_one_folder_are_an_error(tmp_path: Path) -> None:
    tree(tmp_path, ".ci-guard.yml", ".ci-guard.yaml")
    with pytest.raises(PolicyError, match="two policies"):
        find(str(tmp_path))


def test_messages_show_the_shorter_path(tmp_path: Path) -> None:
    inside = tmp_path / "a"
    assert shown(str(inside / "p.yml"), str(inside)) == "p.yml"
    assert shown(str(tmp_path / "p.yml"), str(inside)) == str(Path("..") / "p.yml")


@pytest.mark.parametrize("mark", ROOTS)
def test_a_repository_of_any_kind_ends_the_search(tmp_path: Path, mark: str) -> None:
    tree(tmp_path, ".ci-guard.yml", f"a/{mark}/x", "a/b/c/x")
    assert find(str(tmp_path / "a" / "b" / "c")) is None
    assert searched(str(tmp_path / "a" / "b" / "c")) == str(tmp_path / "a")
    (tmp_path / "a" / ".ci-guard.yml").write_text("version: 1\n", encoding="utf-8")
    assert find(str(tmp_path / "a" / "b" / "c")) == str(tmp_path / "a" / ".ci-guard.yml")
