"""Repairing what a run has broken, and verifying it afterwards; real files, a real interpreter."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from ci_guard.model.history import Fault
from ci_guard.recover.beginning import CLOCK_SLACK
from ci_guard.recover.family import RepairOutcome
from ci_guard.recover.python.environment import Habits, PutsBack
from ci_guard.recover.python.project_name import normalised
from ci_guard.recover.python.target import TargetKind, plain_directory
from unit.recover.drive import examine, mend

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="makes links, which Windows refuses to plain users"
)


def test_a_broken_package_goes_with_its_files_and_the_others_stay(environment, begun) -> None:
    info = environment.install("app", modules=("__init__.py", "deep/inner.py"))
    whole = environment.install("whole")
    (info / "INSTALLER").unlink()
    (environment.site / "app" / "deep" / "inner.py").unlink()
    mending = mend([environment.target()], begun)
    repairs, refusal = mending.repairs, mending.refusal
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
    assert mend([environment.target()], begun) == RepairOutcome()
    assert sorted(map(str, environment.prefix.rglob("*"))) == before


def test_files_outside_the_environment_are_never_removed(environment, begun, tmp_path) -> None:
    info = environment.install("app")
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    with open(info / "RECORD", "a", encoding="utf-8") as record:
        record.write(f"{precious},,\n../../../../precious.txt,,\n")
    (info / "INSTALLER").unlink()
    mend([environment.target()], begun)
    assert not info.exists()
    assert precious.read_text() == "mine"


def test_a_file_that_another_package_owns_too_stays(environment, begun) -> None:
    info = environment.install("app")
    other = environment.install("other")
    with open(info / "RECORD", "a", encoding="utf-8") as record:
        record.write("other/__init__.py,,\n")
    (info / "INSTALLER").unlink()
    mend([environment.target()], begun)
    assert other.exists()
    assert (environment.site / "other" / "__init__.py").exists()


def test_the_installers_own_code_is_kept(environment, begun) -> None:
    info = environment.install("pip")
    (info / "INSTALLER").unlink()
    assert mend([environment.target()], begun) == RepairOutcome()
    assert (environment.site / "pip" / "__init__.py").exists()


def test_what_is_whole_and_merely_unfinished_stays(environment, begun) -> None:
    environment.install("app")
    assert mend([environment.target(TargetKind.PROJECT)], begun) == RepairOutcome()
    assert (environment.scripts / "app").exists()


def test_a_half_made_environment_of_this_run_is_thrown_away_whole(environment, begun) -> None:
    environment.install("app")
    for activator in environment.scripts.glob("[Aa]ctivate*"):
        activator.unlink()
    mending = mend([environment.target(TargetKind.PROJECT)], begun)
    assert mending.refusal is None
    assert [(each.action, each.target) for each in mending.repairs] == [("remove", str(environment.prefix))]
    assert [each.path for each in mending.owed] == [str(environment.prefix)]
    assert not environment.prefix.exists()


PUT_BACK = [
    (PutsBack.NOTHING, False, ()),
    (PutsBack.WANTED, True, ()),
    (PutsBack.PACKAGES, True, ("app",)),
]


@pytest.mark.parametrize(("puts_back", "taken", "owed"), PUT_BACK)
def test_only_what_the_command_puts_back_is_taken_away(environment, begun, puts_back, taken, owed) -> None:
    info = environment.install("app")
    (info / "INSTALLER").unlink()
    mending = mend([environment.target()], begun, habits=Habits(puts_back=puts_back))
    assert bool(mending.repairs) is taken
    assert info.exists() is not taken
    assert tuple(each.project for each in mending.owed) == owed
    if owed:
        verification = examine([environment.target()], begun, owed=mending.owed)
        assert not verification.whole
        assert [fault.what for fault in verification.faults] == ["not installed again after a repair"]


@pytest.mark.parametrize("name", ["pip", "setuptools", "wheel", "uv"])
@pytest.mark.parametrize("named", [False, True])
def test_an_installer_goes_only_where_the_command_installs_exactly_it(
    environment, begun, name, named
) -> None:
    info = environment.install(name)
    (info / "INSTALLER").unlink()
    installs = frozenset({normalised(name)}) if named else frozenset()
    mend([environment.target()], begun, habits=Habits(puts_back=PutsBack.WANTED, installs=installs))
    assert info.exists() is not named


def test_an_environment_that_lost_its_mark_in_this_run_is_thrown_away(environment, begun) -> None:
    (environment.prefix / "pyvenv.cfg").unlink()
    mending = mend([environment.target(TargetKind.PROJECT)], begun)
    repairs, refusal = mending.repairs, mending.refusal
    assert refusal is None
    assert len(repairs) == 1
    assert not environment.prefix.exists()


@pytest.mark.parametrize("kind", [TargetKind.PROJECT, TargetKind.ENVIRONMENT])
def test_an_environment_that_was_broken_before_stops_the_run(environment, later, kind: TargetKind) -> None:
    (environment.prefix / "pyvenv.cfg").unlink()
    mending = mend([environment.target(kind)], later)
    repairs, refusal = mending.repairs, mending.refusal
    assert repairs == ()
    assert refusal is not None
    assert "has no pyvenv.cfg" in refusal
    assert str(environment.prefix) in refusal
    assert environment.prefix.exists()


@posix
def test_an_older_environment_whose_interpreter_does_not_start_stays(environment, later) -> None:
    """A scanner may hold it, and uv makes it anew by itself where its base is gone."""
    for program in environment.scripts.glob("python*"):
        program.unlink()
        program.symlink_to("/nowhere/python3")
    assert mend([environment.target(TargetKind.PROJECT)], later) == RepairOutcome()
    assert environment.prefix.exists()


UNDONE = {
    "its mark was taken": (lambda prefix: (prefix / "pyvenv.cfg").unlink(), True),
    "a lock was put in": (lambda prefix: (prefix / ".lock").touch(), False),
    "its interpreters were taken": (
        lambda prefix: [each.unlink() for each in prefix.glob("[bS]*/python*")],
        True,
    ),
    "an interpreter does not start": (
        lambda prefix: [
            (each.unlink(), each.symlink_to("/nowhere/python3")) for each in prefix.glob("bin/python*")
        ],
        False,
    ),
}


@posix
@pytest.mark.parametrize("done", UNDONE)
def test_an_older_environment_goes_only_where_this_run_has_undone_it(environment, done: str) -> None:
    act, thrown_away = UNDONE[done]
    environment.install("app")
    if done == "a lock was put in":
        (environment.prefix / "pyvenv.cfg").unlink()  # before the run
    since = _grown_old(environment.prefix)
    act(environment.prefix)
    mending = mend([environment.target(TargetKind.PROJECT)], since)
    assert environment.prefix.exists() is not thrown_away
    assert [each.target for each in mending.repairs] == [str(environment.prefix)] * thrown_away
    assert (mending.refusal is not None) is (done == "a lock was put in")


def _grown_old(prefix: Path) -> float:
    """The beginning of a run for which all that is in the folder is older, and what follows is not."""
    paths = (prefix, *prefix.rglob("*"))
    for path in paths:
        os.utime(path, (1, 1), follow_symlinks=False)
    last = max(os.lstat(path).st_ctime for path in paths)
    probe = prefix.parent / "probe"
    probe.touch()
    while probe.stat().st_mtime <= last + 4 * CLOCK_SLACK:
        probe.touch()
    return last + 2 * CLOCK_SLACK


def test_the_environment_of_a_plain_interpreter_is_never_thrown_away(tmp_path, begun) -> None:
    library = tmp_path / "python" / "lib" / "python3.11"
    library.mkdir(parents=True)
    (library / "os.py").write_text("")
    from ci_guard.recover.python.target import virtual_environment

    target = virtual_environment(str(tmp_path / "python"), TargetKind.PROJECT)
    assert mend([target], begun) == RepairOutcome()
    assert library.exists()


@posix
def test_the_links_of_a_thrown_away_tool_go_with_it(environment, begun, tmp_path) -> None:
    from ci_guard.recover.python.target import virtual_environment

    environment.install("app")
    links = tmp_path / "links"
    links.mkdir()
    (links / "app").symlink_to(environment.scripts / "app")
    (links / "other").symlink_to("/bin/true")
    (environment.prefix / "pyvenv.cfg").unlink()
    target = virtual_environment(str(environment.prefix), TargetKind.TOOL, str(links))
    repairs = mend([target], begun).repairs
    assert len(repairs) == 2
    assert os.listdir(links) == ["other"]


def test_the_proof_of_a_whole_environment(environment, begun) -> None:
    environment.install("app")
    verification = examine([environment.target()], begun, packages=["App"])
    assert verification.whole
    assert (verification.packages, verification.files) == (1, 6)
    assert verification.environments == (str(environment.prefix),)


def test_the_proof_names_what_is_missing(environment, begun) -> None:
    environment.install("app")
    (environment.scripts / "app").unlink()
    verification = examine([environment.target()], begun)
    assert not verification.whole
    assert Fault(project="app", path=str(environment.scripts / "app"), what="missing") in verification.faults


def test_what_was_broken_before_is_a_warning(environment, later) -> None:
    environment.install("app")
    (environment.site / "app" / "__init__.py").unlink()
    verification = examine([environment.target()], later)
    assert verification.whole
    assert len(verification.warnings) == 1


def test_what_went_to_some_other_place_is_missed(environment, later) -> None:
    environment.install("other")
    verification = examine([environment.target()], later, packages=("Typing.Extensions",))
    assert verification.faults == (Fault(project="typing-extensions", path=None, what="not installed"),)


def test_an_environment_that_is_not_there_is_no_success(tmp_path, begun) -> None:
    from ci_guard.recover.python.target import virtual_environment

    verification = examine([virtual_environment(str(tmp_path / ".venv"), TargetKind.PROJECT)], begun)
    assert not verification.whole
    assert verification.faults == (Fault(project=None, path=str(tmp_path / ".venv"), what="missing"),)


def test_stale_modules_of_a_mended_package_are_removed(environment, begun) -> None:
    environment.install("app", "2.0")
    environment.install("other")
    stale = environment.site / "app" / "legacy.py"
    stale.write_text("old = True\n")
    (environment.site / "app" / "cache.dat").write_text("data")
    (environment.site / "other" / "plugin.py").write_text("")
    verification = examine([environment.target()], begun, repaired=frozenset({"app"}))
    assert verification.whole
    assert verification.removed == (str(stale),)
    assert not stale.exists()
    assert (environment.site / "app" / "cache.dat").exists()
    assert (environment.site / "other" / "plugin.py").exists()


def test_what_pip_could_not_take_away_of_an_old_version_is_tidied_up(environment, begun) -> None:
    """It ends with 0 then, and so does poetry; what another run has left, or of another package, stays."""
    environment.install("app", "2.0")
    for name in ("~pp", "~ther"):
        (environment.site / name).mkdir()
        (environment.site / name / "old.py").touch()
    untouchable = examine([environment.target()], begun, habits=Habits(puts_back=PutsBack.NOTHING))
    assert (untouchable.removed, len(untouchable.warnings)) == ((), 2)
    verification = examine([environment.target()], begun)
    assert verification.whole
    assert [Path(path).name for path in verification.removed] == ["~pp"]
    assert [Path(fault.path or "").name for fault in verification.warnings] == ["~ther"]
    assert (environment.site / "~ther" / "old.py").exists()


def test_a_target_folder_is_mended_down_to_its_empty_folders(environment, begun, tmp_path) -> None:
    environment.install("app")
    folder = tmp_path / "target"
    shutil.copytree(environment.site, folder)
    (folder / "app" / "__init__.py").unlink()
    (folder / "app" / "__pycache__").mkdir()
    repairs = mend([plain_directory(str(folder))], begun).repairs
    assert len(repairs) == 1
    assert os.listdir(folder) == []


def test_an_environment_nearby_is_thrown_away_only_if_this_run_made_it(environment, begun, later) -> None:
    (environment.prefix / "pyvenv.cfg").unlink()
    target = environment.target(TargetKind.NEARBY)
    assert mend([target], later) == RepairOutcome()
    repairs = mend([target], begun).repairs
    assert [repair.target for repair in repairs] == [str(environment.prefix)]


def test_what_cannot_be_examined_is_neither_whole_nor_broken(environment, begun, tmp_path) -> None:
    for targets in ([], [plain_directory(str(tmp_path / "nothing"))], [environment.target()]):
        verification = examine(targets, begun, command="make")
        assert verification.whole is None
        assert verification.reason == "ci-guard cannot examine what `make` installed"
        assert (verification.environments, verification.faults) == ((), ())
