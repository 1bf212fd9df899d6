"""Tools that keep environments themselves: where they keep them, what is at fault, what is taken away."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.history import Verification
from ci_guard.recover import promise
from ci_guard.recover.family import Installation, RepairOutcome, Step, Trail
from ci_guard.recover.python.target import TargetKind
from ci_guard.recover.python.venv import foreign
from ci_guard.recover.steps import family_of, read_steps
from unit.recover.drive import NoStumbles, find_targets, trail

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the places are those of POSIX")

PLACES = [
    ("poetry install", "project/.venv", {}),
    ("poetry install", "home/.cache/pypoetry/virtualenvs/demo-x-py3.11", {}),
    ("poetry install", "kept/demo-x-py3.11", {"POETRY_VIRTUALENVS_PATH": "kept"}),
    ("poetry -C sub install", "project/sub/.venv", {}),
    ("pdm sync", "project/.venv", {}),
    ("pdm sync", "elsewhere", {"VIRTUAL_ENV": "elsewhere"}),
    ("hatch env create", "home/.local/share/hatch/env/virtual/demo/abc/demo", {}),
    ("hatch run test", "kept/env/virtual/demo/abc/demo", {"HATCH_DATA_DIR": "kept"}),
    ("hatch env create", "project/special", {}),
    ("pipenv sync", "home/.local/share/virtualenvs/demo-x", {}),
    ("tox run -e py", "project/.tox/py", {}),
    ("tox --workdir work", "project/work/py", {}),
    ("nox", "project/.nox/tests", {}),
    ("pre-commit install-hooks", "home/.cache/pre-commit/repoabc/py_env-python3.11", {}),
    ("pipx install app", "home/.local/share/pipx/venvs/app", {}),
    ("pipx upgrade app", "kept/venvs/app", {"PIPX_HOME": "kept"}),
    ("python3 -m venv env", "project/env", {}),
    ("virtualenv --python 3.11 env", "project/env", {}),
]


@pytest.mark.parametrize(("line", "place", "variables"), PLACES)
def test_where_the_tools_keep_their_environments(
    environment, tmp_path: Path, line: str, place: str, variables: dict[str, str]
) -> None:
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    for folder in (project, project / "sub"):
        text = '[tool.hatch.envs.default]\npath = "special"\n'
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    shutil.copytree(environment.prefix, tmp_path / place, symlinks=True)
    given = {name: str(tmp_path / value) for name, value in variables.items()}
    given |= {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    found = find_targets(parse_command(line.split()), given, str(project))
    assert [each.prefix for each in found] == [str(tmp_path / place)]
    assert found[0].kind in (TargetKind.MANAGED, TargetKind.VENV)


@pytest.mark.parametrize("line", ["poetry build", "pipx list", "pdm lock", "pipenv check"])
def test_what_installs_nothing_has_nothing_to_look_at(environment, tmp_path: Path, line: str) -> None:
    shutil.copytree(environment.prefix, tmp_path / "project" / ".venv", symlinks=True)
    assert find_targets(parse_command(line.split()), {"HOME": str(tmp_path)}, str(tmp_path / "project")) == ()


class Pipx:
    """What `pipx install app` leaves."""

    def __init__(self, environment, root: Path) -> None:
        environment.install("app")
        self.prefix = root / "pipx" / "venvs" / "app"
        shutil.copytree(environment.prefix, self.prefix, symlinks=True)
        self.links = root / "links"
        self.links.mkdir()
        (self.links / "app").symlink_to(self.prefix / "bin" / "app")
        self.metadata = self.prefix / "pipx_metadata.json"
        self.metadata.write_text(json.dumps({"main_package": {"package": "app", "apps": ["app"]}}))
        self.variables = {"PIPX_HOME": str(root / "pipx"), "PIPX_BIN_DIR": str(self.links)}
        self.root = root

    def mend(self, since: float) -> RepairOutcome:
        """Repair it after a failed attempt."""
        seen = trail(since)
        return promise.repair(self._found(seen), seen, NoStumbles())

    def examine(self, since: float) -> Verification:
        """Verify it after an attempt that passed."""
        seen = trail(since)
        return promise.verify(self._found(seen), seen, (), "pipx", NoStumbles())

    def _found(self, seen: Trail) -> tuple[Installation, ...]:
        return promise.find_installations(self._steps(), seen, family_of, NoStumbles())

    def _steps(self) -> tuple[Step, ...]:
        return read_steps(parse_command(["pipx", "install", "app"]), self.variables, str(self.root))


@pytest.fixture
def pipx(environment, tmp_path: Path) -> Pipx:
    return Pipx(environment, tmp_path)


def test_a_whole_program_of_pipx_has_no_fault(pipx: Pipx, begun: float) -> None:
    assert pipx.examine(begun).faults == ()
    assert pipx.mend(begun) == RepairOutcome()


def test_a_launcher_that_pipx_has_rewritten_is_no_fault(pipx: Pipx, begun: float) -> None:
    (pipx.prefix / "bin" / "app").write_text("#!/env/bin/python -E\n", encoding="utf-8")
    assert pipx.examine(begun).faults == ()
    assert pipx.mend(begun) == RepairOutcome()


@pytest.mark.parametrize("gone", ["metadata", "link", "launcher", "record"])
def test_what_pipx_would_call_installed_is_made_anew(pipx: Pipx, begun: float, gone: str) -> None:
    places = {
        "metadata": pipx.metadata,
        "link": pipx.links / "app",
        "launcher": pipx.prefix / "bin" / "app",
        "record": next(pipx.prefix.glob("lib/python*/site-packages/app-*/RECORD")),
    }
    places[gone].unlink()
    assert pipx.examine(begun).whole is False
    mending = pipx.mend(begun)
    assert not pipx.prefix.exists()
    assert not (pipx.links / "app").is_symlink()
    assert [each.path for each in mending.owed] == [str(pipx.prefix)]


def test_another_program_of_pipx_is_not_looked_at(pipx: Pipx) -> None:
    pipx.metadata.unlink()
    later = time.time() + 1000
    assert pipx.mend(later) == RepairOutcome()
    assert pipx.prefix.exists()
    assert pipx.examine(later).whole is None


def test_tox_makes_a_spoilt_environment_anew_and_never_takes_pip_alone(environment, tmp_path: Path) -> None:
    info = environment.install("pip")
    prefix = tmp_path / "project" / ".tox" / "py"
    shutil.copytree(environment.prefix, prefix, symlinks=True)
    seen = trail(time.time() - 1)
    steps = read_steps(parse_command(["tox"]), {"HOME": str(tmp_path)}, str(tmp_path / "project"))
    found = promise.find_installations(steps, seen, family_of, NoStumbles())
    assert promise.repair(found, seen, NoStumbles()) == RepairOutcome()
    (next(prefix.glob(f"lib/python*/site-packages/{info.name}")) / "INSTALLER").unlink()
    mending = promise.repair(found, seen, NoStumbles())
    assert [each.target for each in mending.repairs] == [str(prefix)]
    assert not prefix.exists()


def test_a_folder_with_somebodys_data_is_never_removed(environment, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    shutil.copytree(environment.prefix, prefix, symlinks=True)
    (prefix / ".project").write_text("pipenv notes the project here")
    assert not foreign(str(prefix))
    (prefix / "results.csv").write_text("mine")
    (prefix / "pyvenv.cfg").unlink()
    seen = trail(time.time() - 1)
    steps = read_steps(parse_command(["virtualenv", "env"]), dict(os.environ), str(tmp_path))
    found = promise.find_installations(steps, seen, family_of, NoStumbles())
    mending = promise.repair(found, seen, NoStumbles())
    assert mending.repairs == ()
    assert mending.refusal is not None
    assert (prefix / "results.csv").read_text() == "mine"


def test_conda_is_looked_at_and_never_touched(tmp_path: Path) -> None:
    meta = tmp_path / "env" / "conda-meta"
    meta.mkdir(parents=True)
    (meta / "zlib-1.json").write_text(json.dumps({"name": "zlib", "files": ["lib/libz.so", "a.pyc"]}))
    seen = trail(time.time() - 1)
    steps = read_steps(parse_command(["conda", "install", "-p", "env", "zlib"]), {}, str(tmp_path))
    found = promise.find_installations(steps, seen, family_of, NoStumbles())
    verification = promise.verify(found, seen, (), "conda", NoStumbles())
    assert [fault.path for fault in verification.faults] == [str(tmp_path / "env" / "lib" / "libz.so")]
    assert promise.repair(found, seen, NoStumbles()) == RepairOutcome()
    (tmp_path / "env" / "lib").mkdir()
    (tmp_path / "env" / "lib" / "libz.so").touch()
    assert promise.verify(found, seen, (), "conda", NoStumbles()).whole is True


@pytest.mark.parametrize(("line", "anew"), [("hatch env create", True), ("poetry install", False)])
def test_hatch_does_not_go_on_with_an_environment_that_it_has_begun(
    environment, tmp_path: Path, line: str, anew: bool
) -> None:
    """It says that the environment exists already, and ends with exit status 0 without the packages."""
    place = ".hatch/demo" if anew else ".venv"
    prefix = tmp_path / place
    prefix.parent.mkdir(exist_ok=True)
    environment.prefix.rename(prefix)
    seen = trail(time.time() - 60)
    steps = read_steps(parse_command(line.split()), {"HOME": str(tmp_path)}, str(tmp_path))
    found = promise.find_installations(steps, seen, family_of, NoStumbles())
    mending = promise.repair(found, seen, NoStumbles())
    assert [each.target for each in mending.repairs] == [str(prefix)] * anew
