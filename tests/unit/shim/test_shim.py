"""Shims: the real program is guarded once, whatever stands on the PATH; nothing else is touched."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.errors import UsageError
from ci_guard.shim import folder as shims
from ci_guard.shim import program
from ci_guard.shim.program import INSTALLED, MARK, without_shims
from rig.events import HANG

pytestmark = pytest.mark.program
posix = pytest.mark.skipif(sys.platform == "win32", reason="the shims of POSIX are scripts")
LOCK = "error: failed to remove file x.exe: Access is denied. (os error 5)"
FAST = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\nwait_for_unlock: false\n"
FAILS = Path(__file__).parents[2] / "programs" / "fails_until.py"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a policy, a real `uv` that is locked once, and a `make` that starts it."""
    (tmp_path / ".ci-guard.yml").write_text(FAST, encoding="utf-8")
    (tmp_path / "real").mkdir()
    for name, line in (
        ("uv", f"'{sys.executable}' '{FAILS}' 2 3 '{LOCK}'"),
        ("makes", "uv sync"),
    ):
        path = tmp_path / "real" / name
        path.write_text(f'#!/bin/sh\necho "{name} $@ (guard: $CI_GUARD)"\n{line}\n', encoding="utf-8")
        path.chmod(0o755)
    return tmp_path


def start(
    place: Path, *words: str, path: tuple[str, ...] = ("shims", "real")
) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    folders = [str(place / name) for name in path]
    return subprocess.run(
        words,
        cwd=place,
        env=environment | {"PATH": os.pathsep.join((*folders, environment["PATH"]))},
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def install(place: Path, *tools: str, python: str = sys.executable, guard: str = INSTALLED) -> None:
    shims.install(place / "shims", tools, python, guard, windows=False)


@posix
def test_a_script_that_nobody_edits_is_guarded(place: Path) -> None:
    install(place, "uv")
    done = start(place, "makes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("uv sync (guard: 1)") == 2
    assert "ci-guard: recovered at attempt 2 of 6" in done.stderr


@posix
@pytest.mark.parametrize(
    "path", [("shims", "shims", "real"), ("other", "shims", "real"), ("shims", "real", "other")]
)
def test_no_shim_starts_another(place: Path, path: tuple[str, ...]) -> None:
    install(place, "uv", "makes")
    shims.install(place / "other", ["uv"], sys.executable, INSTALLED, windows=False)
    done = start(place, "makes", path=path)
    assert (done.returncode, done.stdout.count("makes  (guard: 1)")) == (0, 2), done.stderr
    assert done.stderr.count("ci-guard: recovered") == 1, "the outer guard is the only one"


@posix
@pytest.mark.parametrize(
    ("python", "guard"), [("/no/such/python", INSTALLED), (sys.executable, "/no/such/ci-guard.pyz")]
)
def test_without_ci_guard_the_real_program_runs(place: Path, python: str, guard: str) -> None:
    install(place, "env", python=python, guard=guard)
    done = start(place, "env", "echo", "two words", "*")
    assert (done.returncode, done.stdout) == (0, "two words *\n"), done.stderr


@posix
def test_where_the_guard_has_gone_the_shim_says_so_once(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same from within: what the shim starts is told, and none of its own folders is left to search."""
    install(place, "env")
    monkeypatch.setenv("PATH", os.pathsep.join((str(place / "shims"), os.environ["PATH"])))
    gone = str(place / "gone.pyz")
    assert program.main(gone, "env", "sh", "-c", "echo started; exit 7") == 7
    assert str(place / "shims") not in os.environ["PATH"]
    assert program.main(gone, "there-is-none-such", "x") == 127
    told = capfd.readouterr()
    assert told.out == "started\n"
    assert told.err.splitlines() == [
        "ci-guard: warning: `env` runs without a guard: ci-guard is no longer installed",
        "ci-guard: warning: `there-is-none-such` runs without a guard: ci-guard is no longer installed",
        "ci-guard: error: there is no program `there-is-none-such`",
    ]


@posix
def test_arguments_and_status_pass_untouched(place: Path) -> None:
    install(place, "env")
    code = "import sys; print(sys.argv[1:]); sys.exit(7)"
    done = start(place, "env", sys.executable, "-c", code, "a b", "$HOME", '"', "")
    assert (done.returncode, done.stdout) == (7, "['a b', '$HOME', '\"', '']\n")


def test_only_what_is_ours_is_taken_away(place: Path) -> None:
    install(place, "uv", "npm")
    own = place / "shims" / "mine"
    own.write_text("#!/bin/sh\n", encoding="utf-8")
    assert shims.shimmed(place / "shims") == ["npm", "uv"]
    assert shims.remove(place / "shims", ["uv", "pip"]) == ["uv"]
    assert shims.remove(place / "shims", []) == ["npm"]
    assert [each.name for each in (place / "shims").iterdir()] == ["mine"]
    own.unlink()
    install(place, "uv")
    shims.remove(place / "shims", [])
    assert not (place / "shims").exists()


@posix
def test_the_list_says_what_is_guarded(place: Path) -> None:
    install(place, "uv", "nothing-of-this-name")
    path = os.pathsep.join((str(place / "shims"), str(place / "real")))
    found = {each.tool: each for each in shims.shims(place / "shims", {"PATH": path})}
    assert (found["uv"].real, found["uv"].first) == (str(place / "real" / "uv"), True)
    assert found["nothing-of-this-name"].real is None
    turned = os.pathsep.join(reversed(path.split(os.pathsep)))
    (uv,) = [each for each in shims.shims(place / "shims", {"PATH": turned}) if each.tool == "uv"]
    assert not uv.first


@pytest.mark.parametrize("tool", ["python", "ci-guard", "a/b", "", "CMD"])
def test_some_names_can_be_no_shim(place: Path, tool: str) -> None:
    with pytest.raises(UsageError):
        install(place, tool)
    assert not (place / "shims").exists()


def test_the_files_for_windows(place: Path) -> None:
    written = shims.install(place / "shims", ["npm"], r"C:\py 3\python.exe", INSTALLED, windows=True)
    script = (place / "shims" / "npm.cmd").read_text(encoding="utf-8")
    assert '"C:\\py 3\\python.exe" -P ' in script
    assert "%*" in script
    assert "exit /b %ERRORLEVEL%" in script
    for path in written:
        if path.suffix == ".exe":
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as inside:
                code = inside.read("__main__.py").decode()
            compile(code, "__main__.py", "exec")
            assert "npm" in code
    assert shims.shimmed(place / "shims") == ["npm"]


def test_folders_of_shims_leave_the_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / MARK).write_bytes(b"")
    path = os.pathsep.join((str(tmp_path / "a"), str(tmp_path), "", str(tmp_path / "a")))
    assert without_shims(path) == os.pathsep.join((str(tmp_path), ""))


def test_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_PATH", raising=False)
    monkeypatch.delenv("TF_BUILD", raising=False)
    monkeypatch.setenv("CI_GUARD_STATE", str(tmp_path))
    assert main(["shim", "install", "uv"]) == 0
    assert f"{tmp_path / 'shims'}" in capsys.readouterr().out.splitlines()[-1]
    assert main(["shim", "list"]) == 0
    assert capsys.readouterr().out.startswith("uv: ")
    assert main(["shim", "remove"]) == 0
    assert "removed the shim of uv" in capsys.readouterr().out
    assert main(["shim", "list"]) == 0
    assert "there is no shim in" in capsys.readouterr().err
    told = tmp_path / "path"
    monkeypatch.setenv("GITHUB_PATH", str(told))
    assert main(["shim", "install", "uv"]) == 0
    assert told.read_text(encoding="utf-8") == f"{tmp_path / 'shims'}\n"
