"""Caches that remember a failure, or have lost a file: only that is taken away."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.recover.beginning import Beginning
from ci_guard.recover.families.cargo import Cargo
from ci_guard.recover.families.composer import Composer
from ci_guard.recover.families.maven import Maven
from ci_guard.recover.family import Family, Installation, Step, Trail
from unit.recover.drive import mended

posix = pytest.mark.skipif(sys.platform == "win32", reason="there any program may be executed")
TRAIL = Trail(beginning=Beginning(0.0, 0.0))


class _Untouched(Beginning):
    def touched(self, path: str) -> bool:
        return False


def _find(family: Family, name: str, folder: Path, words: str, **environment: str) -> Installation:
    step = Step(
        name=name, program=name, words=tuple(words.split()), environment=environment, directory=str(folder)
    )
    return next(iter(family.find_installations(step, TRAIL)))


def test_a_crate_that_has_lost_a_file_is_taken_away_and_owed(tmp_path: Path) -> None:
    crates = tmp_path / "registry" / "src" / "index-1"
    for name in ("riga-1.0.0", "rigb-1.0.0"):
        (crates / name / "src").mkdir(parents=True)
        (crates / name / ".cargo-ok").touch()
        (crates / name / "src" / "lib.rs").touch()
    lost = crates / "riga-1.0.0" / "src" / "inner.rs"
    found = _find(Cargo(), "cargo", tmp_path, "build", CARGO_HOME=str(tmp_path))

    assert mended(found, replace(TRAIL, paths=(str(crates / "rigb-1.0.0" / "src" / "lib.rs"),))).repairs == ()
    mending = mended(found, replace(TRAIL, paths=(str(lost), str(tmp_path / "src" / "main.rs"))))

    assert [repair.target for repair in mending.repairs] == [str(crates / "riga-1.0.0")]
    assert [owed.path for owed in mending.owed] == [str(crates / "riga-1.0.0")]
    assert [path.name for path in crates.iterdir()] == ["rigb-1.0.0"]


@pytest.mark.parametrize("words", ["-B -Dmaven.repo.local=repo verify", "verify"])
def test_notes_of_failed_downloads_of_this_run_are_taken_away(tmp_path: Path, words: str) -> None:
    repository = tmp_path / ("repo" if "repo.local" in words else ".m2/repository")
    folder = repository / "inner" / "riga" / "1.0"
    folder.mkdir(parents=True)
    for name in ("riga-1.0.jar.lastUpdated", "riga-1.0.pom"):
        (folder / name).touch()
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    found = _find(Maven(), "mvn", tmp_path, words, **home)

    assert mended(found, Trail(beginning=_Untouched(0.0, 0.0))).repairs == ()
    assert [Path(each.target).name for each in mended(found, TRAIL).repairs] == ["riga-1.0.jar.lastUpdated"]
    assert [path.name for path in folder.iterdir()] == ["riga-1.0.pom"]
    assert not found.verify(TRAIL).examined


def _vendor(root: Path) -> Path:
    vendor = root / "vendor"
    (vendor / "composer").mkdir(parents=True)
    (vendor / "inner" / "riga" / "bin").mkdir(parents=True)
    (vendor / "inner" / "riga" / "bin" / "riga").touch()
    (vendor / "bin").mkdir()
    (vendor / "bin" / "riga").touch()
    (vendor / "autoload.php").touch()
    text = '{"packages": [{"name": "inner/riga", "install-path": "../inner/riga", "bin": ["bin/riga"]}]}'
    (vendor / "composer" / "installed.json").write_text(text, "utf-8")
    return vendor


def test_a_whole_vendor_has_no_fault(tmp_path: Path) -> None:
    _vendor(tmp_path)
    found = _find(Composer(), "composer", tmp_path, "install --no-dev").verify(TRAIL)

    assert not found.faults
    assert found.packages == 1
    assert found.there == {"inner/riga"}


@pytest.mark.parametrize("lost", ["bin/riga", "autoload.php"])
def test_what_composer_has_noted_and_is_not_there_is_missed(tmp_path: Path, lost: str) -> None:
    vendor = _vendor(tmp_path)
    (vendor / lost).unlink()
    found = _find(Composer(), "composer", tmp_path, "update")

    assert [fault.path for fault in found.verify(TRAIL).faults] == [str(vendor / lost)]
    assert mended(found, TRAIL).repairs == ()


def test_the_folder_of_composer_is_where_its_line_and_its_manifest_say(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "composer.json").write_text('{"config": {"vendor-dir": "lib/vendor"}}', "utf-8")

    found = _find(Composer(), "composer", tmp_path, "-d sub install")

    assert Path(found.folder) == tmp_path / "sub" / "lib" / "vendor"


@posix
@pytest.mark.parametrize("words", ["build", "run --release", "test", "install --path . --root ."])
def test_a_program_that_nobody_may_execute_is_taken_away_under_all_its_names(
    tmp_path: Path, words: str
) -> None:
    (tmp_path / "Cargo.toml").touch()
    deps = tmp_path / "target" / "debug" / "deps"
    deps.mkdir(parents=True)
    (deps / "my_app-0a1b.d").touch()
    built = deps / "my_app-0a1b"
    built.touch(mode=0o644)
    program = deps.parent / "my-app"
    program.hardlink_to(built)
    other = deps.parent / "other"
    other.touch(mode=0o755)
    for name in ("my-app.d", "other.d", "libthing.d", "libthing.rlib"):
        (deps.parent / name).touch()
    found = _programs(tmp_path, words)

    assert [fault.path for fault in found.verify(TRAIL).faults] == [str(program)]
    assert found.verify(TRAIL).files == 2
    assert mended(found, Trail(beginning=_Untouched(0.0, 0.0))).repairs == ()
    mending = mended(found, TRAIL)
    assert [owed.path for owed in mending.owed] == [str(program)]
    assert not program.exists()
    assert not built.exists()
    assert other.exists()
    assert found.verify(TRAIL).faults == ()


@posix
def test_an_installed_program_is_known_by_what_cargo_notes(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mine").touch(mode=0o644)
    (tmp_path / "bin" / "app").touch(mode=0o644)
    noted = '{"installs": {"app 1.0.0 (path+file:///ws)": {"bins": ["app"]}}}'
    (tmp_path / ".crates2.json").write_text(noted, "utf-8")
    step = Step(
        name="cargo",
        program="cargo",
        words=("install", "app"),
        environment={"CARGO_HOME": str(tmp_path)},
        directory=str(tmp_path / "elsewhere"),
    )
    found = list(Cargo().find_installations(step, TRAIL))[-1]

    assert [owed.path for owed in mended(found, TRAIL).owed] == [str(tmp_path / "bin" / "app")]
    assert (tmp_path / "bin" / "mine").exists()
    assert not list(Cargo().find_installations(replace(step, words=("fetch",)), TRAIL))[1:]


def _programs(folder: Path, words: str) -> Installation:
    step = Step(
        name="cargo", program="cargo", words=tuple(words.split()), environment={}, directory=str(folder)
    )
    return list(Cargo().find_installations(step, TRAIL))[1]
