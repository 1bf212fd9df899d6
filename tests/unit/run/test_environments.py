"""What a run does to the environments of its command: real files, a real interpreter, a little `uv`."""

import errno
import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.history import Fault, RepairAction
from ci_guard.recover import promise
from ci_guard.recover.families.npm import NodeModules
from ci_guard.recover.families.pip import Pip
from ci_guard.recover.family import RepairOutcome
from ci_guard.run.environments import Environments
from unit.recover.conftest import Environment
from unit.run.contexts import context_of, locked

WRAPPERS = load_knowledge(()).wrappers
posix = pytest.mark.skipif(sys.platform == "win32", reason="the little uv is a script with a first line")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / ".venv")


def pip(environment: Environment, *words: str) -> list[str]:
    name = "python.exe" if sys.platform == "win32" else "python"
    return [str(environment.scripts / name), "-m", "pip", "install", *words]


@pytest.fixture
def little_uv(tmp_path: Path) -> Path:
    """A program that is called uv, and the file in which it notes what it was asked for."""
    noted = tmp_path / "asked"
    folder = tmp_path / "programs"
    folder.mkdir()
    program = folder / "uv"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{noted}"\n')
    program.chmod(0o755)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "1"\n')
    return noted


def of_pip(tmp_path: Path, argv: list[str]) -> Environments:
    # pip falls back to the user's own packages where it may not write
    environ = os.environ | {"PYTHONNOUSERSITE": "1", "HOME": str(tmp_path), "APPDATA": str(tmp_path)}
    return Environments(context_of(tmp_path, argv, environ=environ), WRAPPERS)


def of_uv(tmp_path: Path) -> Environments:
    path = os.pathsep.join((str(tmp_path / "programs"), os.environ["PATH"]))
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("UV_", "VIRTUAL_ENV"))
    }
    return Environments(context_of(tmp_path, ["uv", "sync"], environ=environ | {"PATH": path}), WRAPPERS)


@pytest.mark.parametrize("folder", ["app", "typing_extensions", "ruamel.yaml", "Old_Name"])
def test_what_was_repaired_is_remembered_for_the_verification(
    environment: Environment, tmp_path: Path, folder: str
) -> None:
    argv = pip(environment, folder)
    environments = of_pip(tmp_path, argv)
    (environment.install(folder) / "INSTALLER").unlink()
    stale = environment.site / folder / "legacy.py"
    stale.write_text("old = True\n")
    attempts = [locked(argv, environment.site / folder / "__init__.py")]
    mending = environments.repair(attempts)
    assert mending.refusal is None
    assert [(each.action, Path(each.target).name) for each in mending.repairs] == [
        (RepairAction.REMOVE, f"{folder}-1.0.dist-info")
    ]
    environment.install(folder, "2.0")
    verification = environments.verify(attempts)
    assert verification.whole
    assert verification.environments == (str(environment.prefix),)
    assert verification.removed == (str(stale),)


def test_without_a_repair_nothing_is_stale(environment: Environment, tmp_path: Path) -> None:
    argv = pip(environment, "app")
    environment.install("app")
    own = environment.site / "app" / "own.py"
    own.write_text("mine = True\n")
    verification = of_pip(tmp_path, argv).verify([locked(argv)])
    assert verification.whole
    assert verification.removed == ()
    assert own.exists()


def test_pip_never_removes_itself(environment: Environment, tmp_path: Path) -> None:
    argv = pip(environment, "--upgrade", "pip")
    (environment.install("pip") / "INSTALLER").unlink()
    assert of_pip(tmp_path, argv).repair([locked(argv)]) == RepairOutcome()
    assert (environment.site / "pip" / "__init__.py").exists()


def test_a_package_that_was_needed_for_a_build_only_is_not_missed(
    environment: Environment, tmp_path: Path
) -> None:
    argv = pip(environment, "app")
    environment.install("app")
    verification = of_pip(tmp_path, argv).verify([locked(argv, packages=("setuptools",))])
    assert verification.whole


@pytest.mark.parametrize("argv", [["make"], ["/usr/bin/make", "all"], ["no-such-program"]])
def test_what_nobody_knows_is_neither_repaired_nor_called_whole(tmp_path: Path, argv: list[str]) -> None:
    environments = of_pip(tmp_path, argv)
    assert environments.repair([locked(argv)]) == RepairOutcome()
    assert environments.folders(argv) == ()
    verification = environments.verify([locked(argv)])
    assert verification.whole is None
    assert verification.reason == f"ci-guard cannot examine what `{Path(argv[0]).name}` installed"


def test_the_folders_that_a_command_installs_into(environment: Environment, tmp_path: Path) -> None:
    argv = pip(environment, "app")
    folders = of_pip(tmp_path, argv).folders(argv)
    assert str(environment.site) in folders
    assert str(environment.scripts) in folders


@posix
@pytest.mark.parametrize(
    "line", ["git -C sub checkout main", "make -C sub", "npm --prefix=sub ci", "sh -c 'cd sub && npm ci'"]
)
def test_the_directories_that_a_line_names(tmp_path: Path, line: str) -> None:
    (tmp_path / "sub").mkdir()
    argv = shlex.split(line)
    found = Environments(context_of(tmp_path, argv, environ=os.environ), WRAPPERS).directories(argv)
    assert str(tmp_path / "sub") in found


@posix
def test_a_package_that_could_not_be_verified_leaves_the_cache_once(
    environment: Environment, tmp_path: Path, little_uv: Path
) -> None:
    environments = of_uv(tmp_path)
    environment.install("typing_extensions")
    (environment.site / "typing_extensions" / "__init__.py").unlink()
    (environment.scripts / "typing_extensions").unlink()
    attempts = [locked(["uv", "sync"])]
    assert environments.verify(attempts).whole is False
    repairs = environments.repair(attempts).repairs
    cleaned = [each for each in repairs if each.action is RepairAction.CLEAN_CACHE]
    assert [(each.target, each.project) for each in cleaned] == [("typing-extensions", "typing-extensions")]
    assert "cache clean typing-extensions" in little_uv.read_text().splitlines()
    again = environments.repair(attempts).repairs
    assert [each for each in again if each.action is RepairAction.CLEAN_CACHE] == []


@posix
def test_an_environment_that_is_broken_itself_is_no_package_of_the_cache(
    tmp_path: Path, little_uv: Path
) -> None:
    environments = of_uv(tmp_path)
    attempts = [locked(["uv", "sync"])]
    verification = environments.verify(attempts)
    assert verification.faults == (Fault(project=None, path=str(tmp_path / ".venv"), what="missing"),)
    assert environments.repair(attempts) == RepairOutcome()
    assert "cache clean" not in (little_uv.read_text() if little_uv.exists() else "")


@posix
def test_a_file_that_has_vanished_takes_its_packages_out_of_the_cache(
    tmp_path: Path, little_uv: Path
) -> None:
    attempt = locked(["uv", "sync"], packages=("ruff",), vanished=True)
    repairs = of_uv(tmp_path).repair([attempt]).repairs
    assert [(each.action, each.target) for each in repairs] == [(RepairAction.CLEAN_CACHE, "ruff")]
    assert "cache clean ruff" in little_uv.read_text().splitlines()


def test_a_defect_of_ours_costs_neither_the_next_attempt_nor_the_green(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    """Nor is the result called whole: nobody has looked at it."""

    def stumbles(*_given: object) -> None:
        raise RecursionError("brackets without end")

    monkeypatch.setattr(promise, "repair", stumbles)
    monkeypatch.setattr(promise, "verify", stumbles)
    argv = pip(environment, "a")
    environments = of_pip(tmp_path, argv)
    attempts = [locked(argv)]
    assert environments.repair(attempts) == RepairOutcome()
    assert environments.verify(attempts).whole is None
    assert capfd.readouterr().err.count("please report it with these lines") == 2


@pytest.fixture
def two_projects(tmp_path: Path) -> tuple[list[str], Path, Path]:
    """A line that installs into two projects of npm, in each of which a package is cut off."""
    roots = tmp_path / "one", tmp_path / "two"
    for root in roots:
        _install(root)
        (root / "node_modules" / "riga" / "package.json").write_text("{", "utf-8")
    return ["sh", "-c", "npm --prefix one install && npm --prefix two install"], *roots


def _install(root: Path) -> None:
    modules = root / "node_modules"
    (modules / "riga").mkdir(parents=True, exist_ok=True)
    (modules / "riga" / "package.json").write_text('{"version": "1.0.0"}', "utf-8")
    note = {"lockfileVersion": 3, "packages": {"node_modules/riga": {"version": "1.0.0"}}}
    (modules / ".package-lock.json").write_text(json.dumps(note), "utf-8")
    (root / "package.json").write_text("{}", "utf-8")


def of_npm(tmp_path: Path, argv: list[str]) -> Environments:
    environ = os.environ | {"npm_config_cache": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    return Environments(context_of(tmp_path, argv, environ=environ), WRAPPERS)


def stumble_at(monkeypatch: pytest.MonkeyPatch, root: Path, method: str, error: Exception) -> None:
    """Let this method of the installation there raise."""
    real = getattr(NodeModules, method)

    def stumbles(self: NodeModules, *given: Any) -> Any:
        if self.root == str(root):
            raise error
        return real(self, *given)

    monkeypatch.setattr(NodeModules, method, stumbles)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RecursionError("brackets without end"), "please report it with these lines"),
        (PermissionError(errno.EACCES, "No", "/a/note"), "since `/a/note` cannot be used: No"),
        (
            PermissionError(errno.EACCES, "No", promise.__file__),
            "since a file of ci-guard itself cannot be used",
        ),
    ],
)
@pytest.mark.parametrize("put_back", [True, False])
def test_what_goes_wrong_in_one_project_costs_the_other_nothing(
    tmp_path: Path,
    two_projects: tuple[list[str], Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd,
    error: Exception,
    said: str,
    put_back: bool,
) -> None:
    argv, one, two = two_projects
    stumble_at(monkeypatch, one, "_tree", error)
    environments, attempts = of_npm(tmp_path, argv), [locked(argv)]

    assert [each.target for each in environments.repair(attempts).repairs] == [str(two / "node_modules/riga")]
    _install(two)
    if not put_back:
        shutil.rmtree(two / "node_modules" / "riga")
    found = environments.verify(attempts)

    told = capfd.readouterr().err
    assert f"no more is repaired in `{one / 'node_modules'}`" in told
    assert f"what lies in `{one / 'node_modules'}` is not verified" in told
    assert told.count(said) == 2
    assert found.whole is (None if put_back else False)
    if put_back:
        why = (
            f"ci-guard could not examine `{one / 'node_modules'}` ({type(error).__name__}); all else is whole"
        )
        assert (found.reason, found.environments) == (why, (str(two / "node_modules"),))


def test_a_line_that_cannot_be_read_after_a_repair_leaves_the_promise(
    tmp_path: Path, two_projects: tuple[list[str], Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    argv, one, two = two_projects
    environments, attempts = of_npm(tmp_path, argv), [locked(argv)]
    assert len(environments.repair(attempts).repairs) == 2

    def stumbles(*_given: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("ci_guard.run.environments.read_steps", stumbles)
    assert environments.verify(attempts).whole is False  # nobody has put it back
    assert environments.folders(argv) == ()
    assert environments.directories(argv) == ()
    for root in (one, two):
        _install(root)
    assert environments.verify(attempts).whole is None


def test_a_cache_that_cannot_be_cleaned_costs_no_repair_and_no_refusal(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    def stumbles(*_given: object) -> None:
        raise RuntimeError

    argv = pip(environment, "app")
    (environment.install("app") / "INSTALLER").unlink()
    monkeypatch.setattr(Pip, "clean_cache", stumbles)
    mending = of_pip(tmp_path, argv).repair([locked(argv, packages=("app",), vanished=True)])
    assert [each.project for each in mending.repairs] == ["app"]
    assert f"no more is repaired in `{tmp_path}`" in capfd.readouterr().err
