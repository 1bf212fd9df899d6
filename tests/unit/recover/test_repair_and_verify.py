"""Repairing what a run has broken, and verifying it afterwards; real files, a real interpreter."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from ci_guard.model.history import Fault
from ci_guard.recover.repair import repair
from ci_guard.recover.target import Kind, plain_directory
from ci_guard.recover.verify import verify

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="makes links, which Windows refuses to plain users"
)


def test_a_broken_package_goes_with_its_files_and_the_others_stay(environment, begun) -> None:
    info = environment.install("app", modules=("__init__.py", "deep/inner.py"))
    whole = environment.install("whole")
    (info / "INSTALLER").unlink()
    (environment.site / "app" / "deep" / "inner.py").unlink()
    repairs, refusal = repair([environment.target()], begun, [], os.environ)
    assert refusal is None
    assert [(repair.action, Path(repair.target).name) for repair in repairs] == [
        ("remove", "app-1.0.dist-info")
    ]
    assert "INSTALLER missing" in repairs[0].reason
    assert not info.exists()
    assert not (environment.site / "app").exists()
    assert not (environment.scripts / "app").exists()
    assert whole.exists()
    assert (environment.scripts / "whole").exists()


def test_nothing_is_removed_where_nothing_is_broken(environment, begun) -> None:
    environment.install("app")
    before = sorted(map(str, environment.prefix.rglob("*")))
    assert repair([environment.target()], begun, [], os.environ) == ((), None)
    assert sorted(map(str, environment.prefix.rglob("*"))) == before


def test_files_outside_the_environment_are_never_removed(environment, begun, tmp_path) -> None:
    info = environment.install("app")
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    with open(info / "RECORD", "a", encoding="utf-8") as record:
        record.write(f"{precious},,\n../../../../precious.txt,,\n")
    (info / "INSTALLER").unlink()
    repair([environment.target()], begun, [], os.environ)
    assert not info.exists()
    assert precious.read_text() == "mine"


def test_a_file_that_another_package_owns_too_stays(environment, begun) -> None:
    info = environment.install("app")
    other = environment.install("other")
    with open(info / "RECORD", "a", encoding="utf-8") as record:
        record.write("other/__init__.py,,\n")
    (info / "INSTALLER").unlink()
    repair([environment.target()], begun, [], os.environ)
    assert other.exists()
    assert (environment.site / "other" / "__init__.py").exists()


def test_the_installers_own_code_is_kept(environment, begun) -> None:
    info = environment.install("pip")
    (info / "INSTALLER").unlink()
    assert repair([environment.target()], begun, [], os.environ, keep=("pip",)) == ((), None)
    assert (environment.site / "pip" / "__init__.py").exists()


def test_an_environment_of_this_run_is_thrown_away_whole(environment, begun) -> None:
    environment.install("app")
    repairs, refusal = repair([environment.target(Kind.PROJECT)], begun, [], os.environ)
    assert refusal is None
    assert [(repair.action, repair.target) for repair in repairs] == [("remove", str(environment.prefix))]
    assert not environment.prefix.exists()


def test_an_environment_that_lost_its_mark_in_this_run_is_thrown_away(environment, begun) -> None:
    (environment.prefix / "pyvenv.cfg").unlink()
    repairs, refusal = repair([environment.target(Kind.PROJECT)], begun, [], os.environ)
    assert refusal is None
    assert len(repairs) == 1
    assert not environment.prefix.exists()


@pytest.mark.parametrize("kind", [Kind.PROJECT, Kind.ENVIRONMENT])
def test_an_environment_that_was_broken_before_stops_the_run(environment, later, kind: Kind) -> None:
    (environment.prefix / "pyvenv.cfg").unlink()
    repairs, refusal = repair([environment.target(kind)], later, [], os.environ)
    assert repairs == ()
    assert refusal is not None
    assert "has no pyvenv.cfg" in refusal
    assert str(environment.prefix) in refusal
    assert environment.prefix.exists()


@posix
def test_an_environment_whose_interpreter_is_gone_is_none(environment, later) -> None:
    for program in environment.scripts.glob("python*"):
        program.unlink()
        program.symlink_to("/nowhere/python3")
    _, refusal = repair([environment.target(Kind.PROJECT)], later, [], os.environ)
    assert refusal is not None
    assert "does not start" in refusal


def test_the_environment_of_a_plain_interpreter_is_never_thrown_away(tmp_path, begun) -> None:
    library = tmp_path / "python" / "lib" / "python3.11"
    library.mkdir(parents=True)
    (library / "os.py").write_text("")
    from ci_guard.recover.target import virtual_environment

    target = virtual_environment(str(tmp_path / "python"), Kind.PROJECT)
    assert repair([target], begun, [], os.environ) == ((), None)
    assert library.exists()


@posix
def test_the_links_of_a_thrown_away_tool_go_with_it(environment, begun, tmp_path) -> None:
    from ci_guard.recover.target import virtual_environment

    environment.install("app")
    links = tmp_path / "links"
    links.mkdir()
    (links / "app").symlink_to(environment.scripts / "app")
    (links / "other").symlink_to("/bin/true")
    target = virtual_environment(str(environment.prefix), Kind.TOOL, str(links))
    repairs, _ = repair([target], begun, [], os.environ)
    assert len(repairs) == 2
    assert os.listdir(links) == ["other"]


def test_the_proof_of_a_whole_environment(environment, begun) -> None:
    environment.install("app")
    verification = verify([environment.target()], begun, os.environ, command="uv", packages=["App"])
    assert verification.whole
    assert (verification.packages, verification.files) == (1, 6)
    assert verification.environments == (str(environment.prefix),)


def test_the_proof_names_what_is_missing(environment, begun) -> None:
    environment.install("app")
    (environment.scripts / "app").unlink()
    verification = verify([environment.target()], begun, os.environ, command="uv", packages=["lib"])
    assert not verification.whole
    assert Fault(project="app", path=str(environment.scripts / "app"), what="missing") in verification.faults
    assert Fault(project="lib", path=None, what="not installed") in verification.faults


def test_what_was_broken_before_is_a_warning(environment, later) -> None:
    environment.install("app")
    (environment.site / "app" / "__init__.py").unlink()
    verification = verify([environment.target()], later, os.environ, command="uv")
    assert verification.whole
    assert len(verification.warnings) == 1


def test_an_environment_that_is_not_there_is_no_success(tmp_path, begun) -> None:
    from ci_guard.recover.target import virtual_environment

    verification = verify(
        [virtual_environment(str(tmp_path / ".venv"), Kind.PROJECT)], begun, os.environ, command="uv"
    )
    assert not verification.whole
    assert verification.faults == (Fault(project=None, path=str(tmp_path / ".venv"), what="missing"),)


def test_stale_modules_of_a_mended_package_are_removed(environment, begun) -> None:
    environment.install("app", "2.0")
    environment.install("other")
    stale = environment.site / "app" / "legacy.py"
    stale.write_text("old = True\n")
    (environment.site / "app" / "cache.dat").write_text("data")
    (environment.site / "other" / "plugin.py").write_text("")
    verification = verify([environment.target()], begun, os.environ, command="uv", repaired={"app"})
    assert verification.whole
    assert verification.removed == (str(stale),)
    assert not stale.exists()
    assert (environment.site / "app" / "cache.dat").exists()
    assert (environment.site / "other" / "plugin.py").exists()


def test_a_target_folder_is_mended_down_to_its_empty_folders(environment, begun, tmp_path) -> None:
    environment.install("app")
    folder = tmp_path / "target"
    shutil.copytree(environment.site, folder)
    (folder / "app" / "__init__.py").unlink()
    (folder / "app" / "__pycache__").mkdir()
    repairs, _ = repair([plain_directory(str(folder))], begun, [], os.environ)
    assert len(repairs) == 1
    assert os.listdir(folder) == []


def test_an_environment_nearby_is_thrown_away_only_if_this_run_made_it(environment, begun, later) -> None:
    (environment.prefix / "pyvenv.cfg").unlink()
    target = environment.target(Kind.NEARBY)
    assert repair([target], later, [], os.environ) == ((), None)
    repairs, _ = repair([target], begun, [], os.environ)
    assert [repair.target for repair in repairs] == [str(environment.prefix)]


def test_what_cannot_be_examined_is_neither_whole_nor_broken(environment, begun, tmp_path) -> None:
    for targets in ([], [plain_directory(str(tmp_path / "nothing"))], [environment.target()]):
        verification = verify(targets, begun, os.environ, command="make")
        assert verification.whole is None
        assert verification.reason == "ci-guard cannot examine what `make` installed"
        assert (verification.environments, verification.faults) == ((), ())
