"""From command lines to the environments they work on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.recover.python.target import TargetKind
from ci_guard.recover.steps import is_served
from unit.recover.drive import find_targets


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workspace with a member, an environment each way uv may be told of one, and a tool."""
    root = tmp_path / "project"
    (root / "member" / "src").mkdir(parents=True)
    for place in ("pyproject.toml", "uv.lock", "member/pyproject.toml"):
        (root / place).write_text("")
    for place in (".venv", "other", "active"):
        (root / place).mkdir()
        (root / place / "pyvenv.cfg").write_text("")
    tools = root / "share" / "uv" / "tools"
    (tools / "ruff").mkdir(parents=True)
    (tools / "black").mkdir()
    (tools / ".tmpX").mkdir()
    return root


CASES = [
    ("uv sync", ".", {}, [(TargetKind.PROJECT, ".venv")]),
    ("uv sync", "member/src", {}, [(TargetKind.PROJECT, ".venv")]),
    ("uv --quiet sync --frozen", ".", {}, [(TargetKind.PROJECT, ".venv")]),
    ("uv sync", ".", {"UV_PROJECT_ENVIRONMENT": "other"}, [(TargetKind.PROJECT, "other")]),
    ("uv sync --active", ".", {"VIRTUAL_ENV": "{root}/active"}, [(TargetKind.ENVIRONMENT, "active")]),
    ("uv run pytest", ".", {}, [(TargetKind.PROJECT, ".venv")]),
    ("uv add httpx", ".", {}, [(TargetKind.PROJECT, ".venv")]),
    ("uv --directory member sync", ".", {}, [(TargetKind.PROJECT, ".venv")]),
    ("uv --project=member sync", ".", {}, [(TargetKind.PROJECT, ".venv")]),
    ("uv lock", ".", {}, []),
    ("uv cache clean", ".", {}, []),
    ("uv pip install httpx", ".", {}, [(TargetKind.ENVIRONMENT, ".venv")]),
    ("uv pip install httpx", "member/src", {}, [(TargetKind.ENVIRONMENT, ".venv")]),
    ("uv pip install httpx", ".", {"VIRTUAL_ENV": "{root}/active"}, [(TargetKind.ENVIRONMENT, "active")]),
    ("uv pip install httpx", ".", {"CONDA_PREFIX": "{root}/active"}, [(TargetKind.ENVIRONMENT, "active")]),
    ("uv pip install --python other httpx", ".", {}, [(TargetKind.ENVIRONMENT, "other")]),
    ("uv pip install -p other httpx", ".", {}, [(TargetKind.ENVIRONMENT, "other")]),
    ("uv pip install --target lib httpx", ".", {}, [(TargetKind.DIRECTORY, "lib")]),
    ("uv pip install --target=lib httpx", ".", {}, [(TargetKind.DIRECTORY, "lib")]),
    ("uv pip install --prefix out httpx", ".", {}, [(TargetKind.DIRECTORY, "out")]),
    ("uv venv", ".", {}, [(TargetKind.VENV, ".venv")]),
    ("uv venv --python 3.12 --clear env", ".", {}, [(TargetKind.VENV, "env")]),
    ("uv venv env --seed", ".", {}, [(TargetKind.VENV, "env")]),
    (
        "uv tool install ruff",
        ".",
        {},
        [(TargetKind.TOOL, "share/uv/tools/black"), (TargetKind.TOOL, "share/uv/tools/ruff")],
    ),
    ("uv tool list", ".", {}, []),
    ("uvx ruff", "member", {}, []),
    ("pip install -t lib httpx", ".", {}, [(TargetKind.DIRECTORY, "lib")]),
    ("pip install httpx", ".", {"PIP_TARGET": "lib"}, [(TargetKind.DIRECTORY, "lib")]),
    ("pip install --prefix=out httpx", ".", {}, [(TargetKind.DIRECTORY, "out")]),
    ("pip --python other install httpx", ".", {}, [(TargetKind.ENVIRONMENT, "other")]),
    ("pip download httpx", ".", {}, []),
    (
        "make",
        ".",
        {},
        [(TargetKind.NEARBY, ".venv"), (TargetKind.NEARBY, "active"), (TargetKind.NEARBY, "other")],
    ),
    ("make", "member", {}, []),
]


@pytest.mark.parametrize(("line", "directory", "variables", "expected"), CASES)
def test_command_lines(project: Path, line: str, directory: str, variables: dict[str, str], expected) -> None:
    environment = {name: value.format(root=project) for name, value in variables.items()}
    environment |= {"XDG_DATA_HOME": str(project / "share"), "APPDATA": str(project / "share")}
    found = find_targets(parse_command(line.split()), environment, str(project / directory))
    assert [(each.kind, Path(each.prefix)) for each in found] == [
        (kind, project / at) for kind, at in expected
    ]


def test_an_interpreter_that_uv_was_told_to_fill_is_no_environment_of_uv(project: Path) -> None:
    library = project / "python" / "lib" / "python3.11"
    library.mkdir(parents=True)
    (library / "os.py").write_text("")
    environment = {"UV_PROJECT_ENVIRONMENT": str(project / "python")}
    (found,) = find_targets(parse_command(["uv", "sync"]), environment, str(project))
    assert found.kind is TargetKind.INTERPRETER


@pytest.fixture(scope="session")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("real") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    pip = scripts(prefix) / ("pip.exe" if sys.platform == "win32" else "pip")
    pip.touch(mode=0o755)  # that it is there is all that is asked
    return prefix


def scripts(prefix: Path) -> Path:
    return prefix / ("Scripts" if sys.platform == "win32" else "bin")


@pytest.mark.parametrize(
    "line", ["python -m pip install httpx", "pip install httpx", "uv pip install -p {python} x"]
)
def test_the_interpreter_itself_is_asked(virtual: Path, tmp_path: Path, line: str) -> None:
    python = next(iter(scripts(virtual).glob("python*")))
    argv = line.format(python=python).split()
    path = f"{scripts(virtual)}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONUSERBASE": str(tmp_path / "user"), "PATH": path}
    found = find_targets(parse_command(argv), environment, str(tmp_path))
    assert Path(found[0].prefix).resolve() == virtual.resolve()
    assert found[0].kind is TargetKind.ENVIRONMENT
    assert [Path(folder).name for folder in found[0].site] == ["site-packages"]
    if argv[0] != "uv":  # pip falls back to the user site by itself
        assert [Path(each.prefix) for each in found[1:]] == [tmp_path / "user"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script is no program there")
def test_a_version_managers_pip_is_a_script_beside_its_python(virtual: Path, tmp_path: Path) -> None:
    shim = tmp_path / "shims" / "pip"
    shim.parent.mkdir()
    shim.write_text('#!/bin/sh\nexec something pip "$@"\n')
    shim.chmod(0o755)
    (shim.parent / "python3").write_text(f'#!/bin/sh\nexec {scripts(virtual) / "python3"} "$@"\n')
    (shim.parent / "python3").chmod(0o755)
    found = find_targets(parse_command([str(shim), "install", "x"]), dict(os.environ), str(tmp_path))
    assert Path(found[0].prefix).resolve() == virtual.resolve()


def test_a_script_is_served_through_the_paths_that_failed(virtual: Path, tmp_path: Path) -> None:
    launcher = str(scripts(virtual) / "httpx")
    site = next(iter(virtual.glob("lib/python*/site-packages")), virtual / "Lib" / "site-packages")
    for path in (
        launcher,
        str(site / "httpx" / "_api.py"),
        os.path.join(site, os.path.relpath(launcher, site)),
    ):
        found = find_targets(parse_command(["./build.sh"]), {}, str(tmp_path), [path])
        assert [Path(each.prefix) for each in found] == [virtual], path
    assert find_targets(parse_command(["./build.sh"]), {}, str(tmp_path), ["/usr/bin/env"]) == ()


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("uv sync", True),
        ("C:/tools/UV.EXE sync", True),
        ("pip3.11 install x", True),
        ("python3 -m pip install x", True),
        ("py -3 -m pip install x", True),
        ("python setup.py", False),
        ("./build.sh", False),
    ],
)
def test_which_commands_a_family_serves(line: str, known: bool) -> None:
    assert is_served(parse_command(line.split())) is known


@pytest.mark.skipif(sys.platform == "win32", reason="the script is one of sh")
def test_a_pip_that_somebody_has_written_says_itself_where_it_lies(environment, tmp_path: Path) -> None:
    """No interpreter is in its first line, and none beside it."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    pip = folder / "pip"
    said = f"pip 26.3 from {environment.site}/pip (python 3.11)"
    pip.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{said}"\n', "utf-8")
    pip.chmod(0o755)

    found = find_targets(parse_command(["pip", "install", "riga"]), {"PATH": f"{folder}:/bin"}, str(tmp_path))

    assert str(environment.prefix) in [target.prefix for target in found]
