"""What the survey finds broken, and what it leaves alone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ci_guard.recover.python.installed import take_inventory
from ci_guard.recover.python.project_name import normalised
from ci_guard.recover.python.target import TargetKind, plain_directory
from unit.recover.drive import mend


def faults(environment, since: float) -> list[str]:
    found = take_inventory(environment.target(), since)
    broken = [fault for each in found.broken() for fault in each.faults]
    return [f"{os.path.basename(fault.path or '')} {fault.what}" for fault in broken]


def test_a_whole_environment_has_no_faults(environment, begun) -> None:
    environment.install("app")
    environment.install("lib", modules=("__init__.py", "a.py", "b.py"))
    found = take_inventory(environment.target(), begun)
    assert [each.name for each in found.distributions] == ["app", "lib"]
    assert [each.faults for each in found.distributions] == [(), ()]
    assert all(each.touched for each in found.distributions)
    assert found.broken() == ()


DAMAGE: dict[str, tuple[Callable[[Path, Path, Path], object], str]] = {
    "no INSTALLER": (lambda info, _s, _b: (info / "INSTALLER").unlink(), "INSTALLER missing"),
    "no RECORD": (lambda info, _s, _b: (info / "RECORD").unlink(), "RECORD missing"),
    "no METADATA": (lambda info, _s, _b: (info / "METADATA").unlink(), "METADATA missing"),
    "empty RECORD": (lambda info, _s, _b: (info / "RECORD").write_text(""), "RECORD empty"),
    "RECORD of the wheel": (
        lambda info, _s, _b: (info / "RECORD").write_text(
            "".join(row for row in (info / "RECORD").read_text().splitlines(True) if "INSTALLER" not in row)
        ),
        "RECORD not brought up to date",
    ),
    "module gone": (lambda _i, site, _b: (site / "app" / "__init__.py").unlink(), "__init__.py missing"),
    "module cut": (
        lambda info, site, _b: (
            (site / "app" / "__init__.py").write_text("V"),
            (info / "RECORD").write_text((info / "RECORD").read_text()),  # written last, as installers do
        ),
        "__init__.py 1 byte",
    ),
    "module emptied": (
        lambda _i, site, _b: (site / "app" / "__init__.py").write_text(""),
        "__init__.py 0 bytes",
    ),
    "launcher gone": (lambda _i, _s, scripts: (scripts / "app").unlink(), "app missing"),
    "launcher stale": (lambda _i, _s, scripts: os.utime(scripts / "app", (1, 1)), "app launcher older"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_of_this_run_is_found(environment, begun, damage: str) -> None:
    info = environment.install("app")
    environment.install("whole")
    act, expected = DAMAGE[damage]
    act(info, environment.site, environment.scripts)
    lines = faults(environment, begun)
    assert any(line.startswith(expected) for line in lines), lines
    assert {each.name for each in take_inventory(environment.target(), begun).broken()} == {"app"}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_from_before_is_nobodys_business(environment, later, damage: str) -> None:
    info = environment.install("app")
    DAMAGE[damage][0](info, environment.site, environment.scripts)
    assert take_inventory(environment.target(), later).broken() == ()


def test_a_launcher_that_record_does_not_name_yet_is_missed(environment, begun) -> None:
    info = environment.install("app")
    rows = (info / "RECORD").read_text().splitlines()
    (info / "RECORD").write_text(
        "\n".join(row for row in rows if "bin/app" not in row and "Scripts/app" not in row)
    )
    (environment.scripts / "app").unlink()
    assert faults(environment, begun) == ["app launcher missing"]


def test_launchers_that_nobody_can_look_for_are_no_success(environment, begun) -> None:
    info = environment.install("app")
    (info / "entry_points.txt").unlink()
    (info / "entry_points.txt").mkdir()  # as good as a file that somebody holds: it cannot be read
    assert any("cannot be read" in line for line in faults(environment, begun))


def test_two_versions_of_one_project_are_both_broken(environment, begun) -> None:
    environment.install("app", "1.0")
    environment.install("app", "2.0")
    assert {Path(each.folder).name for each in take_inventory(environment.target(), begun).broken()} == {
        "app-1.0.dist-info",
        "app-2.0.dist-info",
    }


def test_a_file_that_a_failure_named_makes_its_package_ours(environment, later) -> None:
    environment.install("app")
    environment.install("other")
    (environment.scripts / "app").unlink()
    (environment.scripts / "other").unlink()
    found = take_inventory(environment.target(), later, paths=[str(environment.scripts / "app")])
    assert [each.name for each in found.broken()] == ["app"]


def test_a_missing_launcher_in_the_shared_folder_says_nothing_of_an_untouched_package(environment) -> None:
    import time

    info = environment.install("app")
    past = time.time() - 1000
    for path in (info, info / "INSTALLER"):
        os.utime(path, (past, past))
    # ctime cannot be set back: the run begins after the package was installed
    since = time.time() + 1
    (environment.scripts / "app").unlink()
    assert take_inventory(environment.target(), since).broken() == ()


def test_leftovers_of_pip(environment, begun) -> None:
    environment.install("app")
    for name in ("~pp", "~pp-0.9.dist-info", "~ther"):
        (environment.site / name).mkdir()
    assert [Path(path).name for path in take_inventory(environment.target(), begun).leftovers] == [
        "~pp",
        "~pp-0.9.dist-info",
        "~ther",
    ]


def test_what_pip_could_not_remove_of_an_old_version_goes_where_the_new_one_is_there(
    environment, begun
) -> None:
    environment.install("app")
    for name in ("~pp", "~ther"):
        (environment.site / name).mkdir()
    repairs = mend([environment.target()], begun).repairs
    assert [Path(each.target).name for each in repairs] == ["~pp"]
    assert (environment.site / "~ther").exists()  # perhaps all that is left of it
    assert (environment.site / "app").exists()


@pytest.fixture
def flat(environment, tmp_path: Path) -> Path:
    """What `pip install --target FOLDER` leaves of a package with a launcher and a page of a manual."""
    info = environment.install("app")
    (info / "INSTALLER").write_text("pip\n", "utf-8", newline="\n")
    folder = tmp_path / "target"
    shutil.copytree(environment.site, folder)
    (folder / "bin").mkdir()
    shutil.copy(environment.scripts / "app", folder / "bin")
    (folder / "share").mkdir()
    (folder / "share" / "app.1").write_text("man", "utf-8")
    record = folder / "app-1.0.dist-info" / "RECORD"
    noted = record.read_text("utf-8").replace("INSTALLER,sha256=x,2", "INSTALLER,sha256=x,4")
    rows = [row for row in noted.splitlines() if not row.startswith("..")]
    rows += [
        "../../bin/app,sha256=x,9",
        "../../share/app.1,sha256=x,3",
    ]
    record.write_text("\n".join(rows) + "\n", "utf-8")
    return folder


def test_what_pip_moves_behind_record_is_found(flat: Path, begun) -> None:
    target = plain_directory(str(flat))
    assert target.kind is TargetKind.DIRECTORY
    found = take_inventory(target, begun).distributions[0]
    assert (found.faults, found.oddities) == ((), ())
    assert str(flat / "share" / "app.1") in found.rows


@pytest.mark.parametrize("name", ["bin/app", "share/app.1"])
def test_what_pip_moved_and_is_gone_is_missed_where_it_was_moved_to(flat: Path, begun, name: str) -> None:
    (flat / name).unlink()
    found = take_inventory(plain_directory(str(flat)), begun).broken()
    assert [(fault.path, fault.what) for fault in found[0].faults] == [(str(flat / name), "missing")]


def test_what_pip_does_not_move_over_a_folder_from_before_is_no_fault_of_the_run(flat: Path, begun) -> None:
    """It warns that `bin` exists, and an undisturbed run leaves the same."""
    (flat / "bin" / "app").unlink()
    os.utime(flat / "bin", (1, 1))
    since = os.stat(flat / "bin").st_ctime + 1
    for path in (flat / "app", flat / "app-1.0.dist-info"):
        os.utime(path, (since + 1, since + 1))
    found = take_inventory(plain_directory(str(flat)), since).distributions[0]
    assert found.touched
    assert found.faults == ()
    assert [(fault.path, "--upgrade" in fault.what) for fault in found.oddities] == [
        (str(flat / "bin" / "app"), True)
    ]


def test_what_a_packaging_system_has_put_there_is_its_own_business(environment, begun) -> None:
    """As in `conda install app && pip install other`."""
    info = environment.install("app")
    (info / "INSTALLER").write_text("conda", "utf-8")
    (environment.scripts / "app").unlink()
    found = take_inventory(environment.target(), begun)
    assert found.broken() == ()
    assert found.distributions[0].oddities


@pytest.mark.parametrize("name", ["Foo.Bar", "foo-bar", "foo__bar", "FOO-_.bar"])
def test_names_compare_as_pep_503_says(name: str) -> None:
    assert normalised(name) == "foo-bar"


def test_what_somebody_rewrote_after_the_installation_is_odd_and_no_fault(environment, begun) -> None:
    info = environment.install("app")
    (environment.scripts / "app").write_text("#!python -E\n# rewritten as pipx does\n")
    (environment.site / "app" / "__init__.py").write_text("PATCHED = True\n", newline="\n")
    os.utime(info / "RECORD", (begun, begun))
    found = take_inventory(environment.target(), begun)
    assert found.broken() == ()
    assert sorted(Path(fault.path or "").name for fault in found.distributions[0].oddities) == [
        "__init__.py",
        "app",
    ]


@pytest.mark.parametrize("row", ["app/__pycache__", "app/__pycache__/", "app/__pycache__/x.cpython-311.pyc"])
def test_byte_code_that_record_names_need_not_be_there(environment, begun, row: str) -> None:
    info = environment.install("app")
    with open(info / "RECORD", "a", encoding="utf-8") as record:
        record.write(f"{row},,\n")
    assert take_inventory(environment.target(), begun).broken() == ()
