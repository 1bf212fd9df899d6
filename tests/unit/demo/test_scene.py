"""Where pip comes from, and that the user's settings stay outside."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from ci_guard.demo import scene
from ci_guard.demo.scene import Scene
from ci_guard.errors import GuardError

pytestmark = pytest.mark.program


def test_an_environment_has_pip_and_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("CI_GUARD_ATTEMPTS", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    environment = Scene(tmp_path).environment("fresh")
    assert not {"PIP_TARGET", "CI_GUARD_ATTEMPTS", "PYTHONPATH"} & set(environment.variables())
    ended = environment.run(("python", "-c", "import pip, sys; print(pip.__file__, sys.prefix)"))
    assert ended.status == 0
    assert str(tmp_path / "pip" / "pip") in ended.output
    assert str(environment.path) in ended.output
    listed = environment.run(("python", "-m", "pip", "list", "--path", str(environment.site)))
    assert (listed.status, listed.output.strip()) == (0, "")
    with pytest.raises(FileNotFoundError, match="demo-app"):
        environment.run(("demo-app",))


def test_without_the_wheel_the_pip_of_this_python_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "library" / "pip"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").write_text("MARK = 'taken'\n")
    monkeypatch.setattr(scene, "_wheel_places", list)
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: importlib.util.spec_from_file_location(name, package / "__init__.py"),
    )
    (tmp_path / "scene").mkdir()
    Scene(tmp_path / "scene")
    assert os.listdir(tmp_path / "scene" / "pip" / "pip") == ["__init__.py"]


def test_a_python_without_pip_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "_wheel_places", list)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(GuardError, match="no pip") as caught:
        Scene(tmp_path)
    assert "ensurepip" in str(caught.value.hint)


def test_a_python_without_venv_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Scene(tmp_path)
    monkeypatch.setitem(sys.modules, "venv", None)
    with pytest.raises(GuardError, match="`venv`"):
        made.environment("fresh")
