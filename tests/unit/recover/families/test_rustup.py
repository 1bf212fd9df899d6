"""What rustup leaves, laid out as rust-installer documents it; rustup itself does not run here."""

from pathlib import Path

import pytest

from ci_guard.recover.families.rustup import Rustup
from ci_guard.recover.family import Installation, Step
from unit.recover.drive import BEGUN, mended, trail

TRAIL = trail(BEGUN)
PARTS = "file:bin/cargo\nfile:share/doc/cargo/README.md\ndir:lib/rustlib/src\n"


def _find(home: Path, words: str, name: str = "rustup", since: float = BEGUN) -> list[Installation]:
    step = Step(
        name=name,
        program=name,
        words=tuple(words.split()),
        environment={"RUSTUP_HOME": str(home)},
        directory=str(home),
    )
    return list(Rustup().find_installations(step, trail(since)))


@pytest.fixture
def toolchain(tmp_path: Path) -> Path:
    folder = tmp_path / "toolchains" / "stable"
    notes = folder / "lib" / "rustlib"
    (notes / "src").mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin" / "cargo").write_text("1", "utf-8")
    (notes / "components").write_text("cargo-x86\n", "utf-8")
    (notes / "manifest-cargo-x86").write_text(PARTS, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rustup", "toolchain install stable"),
        ("rustup", "component add clippy"),
        ("rustup", "update"),
        ("rustup-init", "-y"),
    ],
)
def test_a_whole_toolchain_has_no_fault(tmp_path: Path, toolchain: Path, name: str, words: str) -> None:
    (found,) = _find(tmp_path, words, name)
    survey = found.verify(TRAIL)

    assert (found.folder, survey.faults, survey.packages, survey.files) == (str(toolchain), (), 1, 2)


@pytest.mark.parametrize("part", ["bin/cargo", "lib/rustlib/manifest-cargo-x86"])
def test_a_part_that_is_gone_is_missed_and_nothing_is_taken_away(
    tmp_path: Path, toolchain: Path, part: str
) -> None:
    (toolchain / part).unlink()
    (found,) = _find(tmp_path, "update")

    faults = found.verify(TRAIL).faults

    assert [(fault.project, fault.path) for fault in faults] == [("cargo-x86", str(toolchain / part))]
    assert mended(found, TRAIL).repairs == ()


def test_a_toolchain_that_the_run_has_not_changed_is_not_looked_at(
    tmp_path: Path, toolchain: Path, later: float
) -> None:
    assert toolchain.is_dir()
    assert _find(tmp_path, "update", since=later) == []


@pytest.mark.parametrize("words", ["show", "which cargo", "run stable cargo build", ""])
def test_what_installs_nothing_has_nothing_to_look_at(tmp_path: Path, toolchain: Path, words: str) -> None:
    assert toolchain.is_dir()
    assert _find(tmp_path, words) == []
