"""What NuGet and `dotnet tool` leave, laid out as documented; neither tool runs here."""

import json
import os
from pathlib import Path

import pytest

from ci_guard.recover.families.dotnet import Dotnet
from ci_guard.recover.family import Installation, Step
from unit.recover.drive import BEGUN, mended, trail

TRAIL = trail(BEGUN)
SHIM = "riga-cli.exe" if os.name == "nt" else "riga-cli"


def _find(directory: Path, words: str, *, alone: bool = True) -> list[Installation]:
    step = Step(
        name="dotnet",
        program="dotnet",
        words=tuple(words.split()),
        environment={"HOME": str(directory), "USERPROFILE": str(directory)},
        directory=str(directory),
        alone=alone,
    )
    return list(Dotnet().find_installations(step, TRAIL))


@pytest.fixture
def solution(tmp_path: Path) -> Path:
    """A project with one package in NuGet's own folder and one in a fallback folder, which has no mark."""
    own, fallback = tmp_path / "home" / "packages", tmp_path / "fallback"
    (own / "riga" / "1.0.0").mkdir(parents=True)
    (own / "riga" / "1.0.0" / ".nupkg.metadata").write_text('{"version": 2}', "utf-8")
    (fallback / "rigb" / "2.0.0").mkdir(parents=True)
    assets = {
        "version": 3,
        "packageFolders": {f"{own}{os.sep}": {}, str(fallback): {}},
        "libraries": {
            "Riga/1.0.0": {"type": "package", "path": "riga/1.0.0"},
            "Rigb/2.0.0": {"type": "package", "path": "rigb/2.0.0"},
            "Inner/1.0.0": {"type": "project", "path": "../Inner/Inner.csproj"},
        },
    }
    notes = tmp_path / "src" / "App" / "obj" / "project.assets.json"
    notes.parent.mkdir(parents=True)
    notes.write_text(json.dumps(assets), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "words", ["restore", "build -c Release", "test src/App/App.csproj", "restore App.sln"]
)
def test_a_finished_restore_has_no_fault(solution: Path, words: str) -> None:
    (found,) = _find(solution, words)
    survey = found.verify(TRAIL)

    assert (survey.faults, survey.there, survey.examined) == ((), frozenset({"riga"}), True)


def test_a_package_without_its_mark_is_unfinished_and_stays(solution: Path) -> None:
    mark = solution / "home" / "packages" / "riga" / "1.0.0" / ".nupkg.metadata"
    mark.unlink()
    (found,) = _find(solution, "restore")

    (fault,) = found.verify(TRAIL).faults

    assert (fault.project, fault.path, fault.what) == ("riga", str(mark), "missing")
    assert mended(found, TRAIL).repairs == ()
    assert mark.parent.is_dir()


def test_what_an_older_restore_noted_is_no_fault_of_the_run(solution: Path, later: float) -> None:
    (solution / "home" / "packages" / "riga" / "1.0.0" / ".nupkg.metadata").unlink()
    (found,) = _find(solution, "restore")

    survey = found.verify(trail(later))

    assert (survey.faults, [each.project for each in survey.warnings]) == ((), ["riga"])


def test_without_a_note_nothing_was_examined(tmp_path: Path) -> None:
    (found,) = _find(tmp_path, "build")

    assert not found.verify(TRAIL).examined


def _tool(shims: Path) -> Path:
    settings = shims / ".store/riga/1.0.0/riga/1.0.0/tools/net8.0/any/DotnetToolSettings.xml"
    settings.parent.mkdir(parents=True)
    command = '<Command Name="riga-cli" EntryPoint="riga.dll" Runner="dotnet" />'
    settings.write_text(f'<DotNetCliTool Version="1"><Commands>{command}</Commands></DotNetCliTool>', "utf-8")
    (settings.parent / "riga.dll").write_text("1", "utf-8")
    (shims / SHIM).write_text("1", "utf-8")
    return settings


TOOLS = [
    ("tool install -g Riga", ".dotnet/tools"),
    ("tool install Riga --version 1.0.0 --global", ".dotnet/tools"),
    ("tool update --add-source feed -g --no-cache Riga@1.0.0", ".dotnet/tools"),
    ("tool install --tool-path tools Riga", "tools"),
    ("tool install Riga --tool-path=tools", "tools"),
]


@pytest.mark.parametrize(("words", "place"), TOOLS)
def test_a_tool_is_whole_with_its_commands(tmp_path: Path, words: str, place: str) -> None:
    _tool(tmp_path / place)
    (found,) = _find(tmp_path, words)
    survey = found.verify(TRAIL)

    assert (survey.faults, survey.there) == ((), frozenset({"riga"}))


@pytest.mark.parametrize(
    ("gone", "what"),
    [
        ("shim", "missing"),
        ("riga.dll", "missing"),
        ("settings", "has no DotnetToolSettings.xml"),
        ("half", "cut off"),
    ],
)
def test_what_a_tool_lacks_is_missed(tmp_path: Path, gone: str, what: str) -> None:
    settings = _tool(tmp_path / "tools")
    if gone == "half":
        settings.write_text("<DotNetCliTool", "utf-8")
    else:
        places = {"shim": tmp_path / "tools" / SHIM, "settings": settings}
        places.get(gone, settings.parent / gone).unlink()
    (found,) = _find(tmp_path, "tool install --tool-path tools riga")

    survey = found.verify(TRAIL)

    assert [(fault.project, fault.what) for fault in survey.faults] == [("riga", what)]
    assert mended(found, TRAIL).repairs == ()


def test_a_tool_that_is_nowhere_is_missed(tmp_path: Path) -> None:
    (found,) = _find(tmp_path, "tool install -g riga")

    assert len(found.verify(TRAIL).faults) == 1
    assert _find(tmp_path, "tool install -g riga", alone=False) == []


@pytest.mark.parametrize(
    "words", ["tool install riga", "tool restore", "tool list -g", "--info", "clean", ""]
)
def test_what_installs_nothing_of_that_kind_has_nothing_to_look_at(tmp_path: Path, words: str) -> None:
    assert _find(tmp_path, words) == []
