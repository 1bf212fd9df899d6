"""What pnpm, yarn and bun leave: only what the project asks for is looked at, and nothing is taken away."""

import json
import os
import shutil
from pathlib import Path

import pytest

from ci_guard.recover.beginning import Beginning
from ci_guard.recover.families.direct import Direct
from ci_guard.recover.family import Installation, Step, Trail
from ci_guard.recover.node.tree import programs
from unit.recover.drive import mended

TRAIL = Trail(beginning=Beginning(0.0, 0.0))


def _find(project: Path, name: str, words: str, **environment: str) -> list[Installation]:
    step = Step(
        name=name, program=name, words=tuple(words.split()), environment=environment, directory=str(project)
    )
    return list(Direct().find_installations(step, TRAIL))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    asked = {"dependencies": {"riga": "1"}, "devDependencies": {"@inner/rigb": "1"}}
    (tmp_path / "package.json").write_text(json.dumps(asked), "utf-8")
    for name, program in (("riga", "riga"), ("@inner/rigb", "rigb")):
        folder = tmp_path / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "bin": "cli.js"}), "utf-8")
        (folder / "cli.js").write_text("1", "utf-8")
        for suffix in ("", ".cmd") if os.name == "nt" else ("",):
            link = tmp_path / "node_modules" / ".bin" / (program + suffix)
            link.parent.mkdir(exist_ok=True)
            link.write_text("shim", "utf-8")
            link.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pnpm", "install"),
        ("pnpm", "i --frozen-lockfile"),
        ("yarn", ""),
        ("yarn", "add riga"),
        ("bun", "install"),
    ],
)
def test_a_whole_project_has_no_fault(project: Path, name: str, words: str) -> None:
    (found,) = _find(project, name, words)
    survey = found.verify(TRAIL)

    assert (survey.faults, survey.packages) == ((), 2)


@pytest.mark.parametrize("words", ["run build", "test", "global add riga", "add -g riga", "dlx riga"])
def test_what_installs_nothing_here_has_nothing_to_look_at(project: Path, words: str) -> None:
    assert _find(project, "pnpm", words) == []


@pytest.mark.parametrize(
    "words", ["install --lockfile-only", "install --dir web", "install --cwd=web", "install --filter app"]
)
def test_what_installs_in_another_place_has_nothing_to_look_at(project: Path, words: str) -> None:
    assert _find(project, "pnpm", words) == []


def test_a_project_without_a_folder_of_packages_is_not_examined(tmp_path: Path) -> None:
    """`enable-modules-dir=false`: there are good reasons to have none."""
    (tmp_path / "package.json").write_text('{"dependencies": {"riga": "1"}}', "utf-8")
    (found,) = _find(tmp_path, "pnpm", "install")
    survey = found.verify(TRAIL)
    assert (survey.examined, survey.faults) == (False, ())


def test_a_package_that_pnpm_leaves_out_is_its_decision(project: Path) -> None:
    shutil.rmtree(project / "node_modules" / "riga")
    (found,) = _find(project, "pnpm", "install")
    assert [fault.project for fault in found.verify(TRAIL).faults] == ["riga"]
    (project / "node_modules" / ".modules.yaml").write_text('{"layoutVersion": 5}', "utf-8")
    assert found.verify(TRAIL).faults == ()


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("cli.js", {"riga": "cli.js"}),
        ({"@inner/tool": "cli.js"}, {"tool": "cli.js"}),
        ({"a b": "cli.js", "..": "cli.js", "": "cli.js", "ok": 1}, {}),
        ({"out": "../cli.js"}, {}),
        ({"a.b-c_d": "./bin/x.js"}, {"a.b-c_d": "./bin/x.js"}),
        (["cli.js"], {}),
        (None, {}),
    ],
)
def test_the_programs_that_managers_link(declared: object, expected: dict[str, str]) -> None:
    assert programs({"bin": declared}, "@inner/riga") == expected


def test_a_program_without_a_link_is_missed_and_nothing_is_taken_away(project: Path) -> None:
    for path in (project / "node_modules" / ".bin").glob("riga*"):
        path.unlink()
    (found,) = _find(project, "pnpm", "install")

    (fault,) = found.verify(TRAIL).faults

    assert (fault.project, fault.path) == ("riga", str(project / "node_modules" / ".bin" / "riga"))
    assert mended(found, TRAIL).repairs == ()


def test_a_package_without_a_whole_manifest_is_missed(project: Path) -> None:
    (project / "node_modules" / "riga" / "package.json").write_text('{"na', "utf-8")
    (found,) = _find(project, "bun", "install")

    assert [fault.what for fault in found.verify(TRAIL).faults] == ["cut off"]


def test_packages_for_development_are_not_missed_in_production(project: Path) -> None:
    (project / "node_modules" / "@inner" / "rigb" / "package.json").unlink()

    assert _find(project, "pnpm", "install")[0].verify(TRAIL).faults
    assert not _find(project, "pnpm", "install --prod")[0].verify(TRAIL).faults
    assert not _find(project, "yarn", "", NODE_ENV="production")[0].verify(TRAIL).faults


@pytest.mark.parametrize(
    ("content", "faults"), [("var packageRegistryData = 1;", 0), ("", 1), ("var pack", 1)]
)
def test_plug_and_play_is_one_file(project: Path, content: str, faults: int) -> None:
    (project / ".pnp.cjs").write_text(content, "utf-8")
    (found,) = _find(project, "yarn", "install")

    assert len(found.verify(TRAIL).faults) == faults


@pytest.mark.parametrize("manager", ["bun", "pnpm"])
def test_a_package_that_bun_has_written_over_an_old_one_is_compared_with_its_cache(
    tmp_path: Path, manager: str
) -> None:
    """It says nothing, and a second run goes on with what is there."""
    (tmp_path / "package.json").write_text('{"dependencies": {"riga": "2.0.0"}}', "utf-8")
    package = tmp_path / "node_modules" / "riga"
    kept = tmp_path / "cache" / "riga@2.0.0@@registry.example@@@1"
    for folder in (package, kept):
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"name": "riga", "version": "2.0.0"}', "utf-8")
        (folder / "index.js").touch()
    step = Step(
        name=manager,
        program=manager,
        words=("install",),
        environment={"BUN_INSTALL_CACHE_DIR": str(tmp_path / "cache")},
        directory=str(tmp_path),
    )
    seen = TRAIL
    (found,) = Direct().find_installations(step, seen)
    assert found.verify(seen).faults == ()
    assert mended(found, seen).repairs == ()

    (package / "legacy.js").touch()
    (package / "index.js").unlink()
    faults = [] if manager == "pnpm" else ["index.js", "legacy.js"]
    assert [Path(fault.path or "").name for fault in found.verify(seen).faults] == faults
    mending = mended(found, seen)
    assert [owed.path for owed in mending.owed] == ([] if manager == "pnpm" else [str(package)])
    assert package.exists() is (manager == "pnpm")


def test_a_link_that_pnpm_has_not_made_among_its_packages(tmp_path: Path) -> None:
    """It exits 0 without a word, and says "up to date" the next time."""
    (tmp_path / "package.json").write_text('{"dependencies": {}}', "utf-8")
    hidden = tmp_path / "node_modules" / ".pnpm" / "node_modules"
    (hidden / "rigb").mkdir(parents=True)
    (hidden / "rigb" / "package.json").write_text('{"name": "rigb", "bin": "cli.js"}', "utf-8")
    (hidden / "rigb" / "cli.js").touch()
    note = tmp_path / "node_modules" / ".pnpm" / "lock.yaml"
    note.touch()
    hoisted = {"hoistedDependencies": {"rigb@2.0.0": {"rigb": "private"}, "x@1": {"x": "public"}}}
    (tmp_path / "node_modules" / ".modules.yaml").write_text(json.dumps(hoisted), "utf-8")
    (found,) = _find(tmp_path, "pnpm", "install")

    assert [Path(fault.path or "").name for fault in found.verify(TRAIL).faults] == ["rigb"]
    assert [owed.path for owed in mended(found, TRAIL).owed] == [str(note)]
    assert not note.exists()
    ends = ("", ".cmd") if os.name == "nt" else ("",)
    (hidden / ".bin").mkdir()
    for end in ends:
        (hidden / ".bin" / f"rigb{end}").touch(mode=0o755)
    assert found.verify(TRAIL).faults == ()
    assert mended(found, TRAIL).repairs == ()
