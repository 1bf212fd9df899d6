"""Real uv.exe, files that another process really holds, ci-guard in Windows Python."""

from pathlib import Path

import pytest

from rig import tools

OLDER_UV = "0.8.24"
V1, V2 = (f"rigapp {version} metadata {version} rigdep {version}" for version in ("1.0", "2.0"))
ONLY_IN_1 = "legacy.py"
LEFT_OVER = b"left over"
REPLACE, REMOVE = 5, 32  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION: what Windows says of a held file
two_versions = pytest.mark.parametrize("version", [OLDER_UV, tools.NEWEST_UV])


@pytest.fixture
def uv(workshop) -> None:
    workshop.use_uv(tools.NEWEST_UV)


@pytest.fixture
def synced(workshop) -> None:
    """The project has rigapp 1.0 and wants 2.0."""
    workshop.use_uv(tools.NEWEST_UV)
    upgrade(workshop)


def upgrade(workshop) -> None:
    workshop.want("1.0")
    workshop.run("uv", "sync")
    assert workshop.says("rigapp") == V1
    workshop.want("2.0")


def left_over(launcher: Path) -> Path:
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_bytes(LEFT_OVER)
    return launcher


def is_recovered(done, held: str, code: int) -> None:
    """It was green at the second attempt, and the record says what was in the way."""
    assert done.status == 0, done.output
    assert done.record["outcome"] == "flaky"
    assert done.categories == ["antivirus_lock", None]
    match = done.record["attempts"][0]["match"]
    assert match["path"] == held
    assert match["code"] == {"namespace": "win32", "number": code}
    assert done.step().is_flaky


def is_whole(done, workshop) -> None:
    """Version 2.0 is there, all of it and nothing else, and runs."""
    assert done.record["verification"]["whole"] is True
    assert workshop.versions() == workshop.versions("rigdep") == ["2.0"]
    assert workshop.says("rigapp") == workshop.says("rigapp-two") == V2
    assert not (workshop.site / "rigapp" / ONLY_IN_1).exists(), "a module of the old version was left"


@two_versions
def test_uv_outlasts_a_short_lock_by_itself(workshop, guard, holder, version: str) -> None:
    workshop.use_uv(version)
    workshop.make_venv()
    holder(left_over(workshop.scripts / "rigapp.exe"), seconds=3)
    done = guard("uv", "pip", "install", "rigapp==1.0")
    assert done.status == 0, done.output
    assert done.categories == [None]
    assert done.record["outcome"] == "passed"
    assert "ci-guard: " not in done.output
    assert workshop.says("rigapp") == V1


@two_versions
def test_a_launcher_held_longer_than_uv_waits(workshop, guard, holder, version: str) -> None:
    workshop.use_uv(version)
    workshop.want("2.0")
    workshop.make_venv()
    launcher = left_over(workshop.scripts / "rigapp.exe")
    done = guard.released_after_attempt_1(holder(launcher), "uv", "sync")
    is_recovered(done, workshop.system.spelled(launcher), REPLACE)
    is_whole(done, workshop)
    assert launcher.read_bytes() != LEFT_OVER
    assert done.record["attempts"][1]["repairs"], (
        "a plain second `uv sync` would have passed and done nothing"
    )


def test_a_launcher_held_for_ever(workshop, guard, holder) -> None:
    workshop.use_uv(OLDER_UV)  # which gives up sooner
    workshop.make_venv()
    launcher = left_over(workshop.scripts / "rigapp.exe")
    held = holder(launcher)
    words = ("uv", "pip", "install", "rigapp==2.0")
    done = guard(*words, options=("--attempts", "2"))
    assert done.status == 2, done.output
    assert (done.record["outcome"], done.record["exit_status"]) == ("gave_up", 2)
    assert (done.record["category"], done.categories) == ("file_in_use", ["antivirus_lock", "file_in_use"])
    assert "the same file was refused at each of the 2 attempts" in done.output
    assert not done.step().is_passed
    held.release()
    # the trap, without ci-guard: green, and nothing is repaired
    workshop.run(*words)
    assert launcher.read_bytes() == LEFT_OVER


@pytest.mark.parametrize(
    ("version", "name", "share"),
    [(tools.UV_VERSIONS[0], ONLY_IN_1, "r"), (tools.NEWEST_UV, "module_015.py", "")],
)
def test_a_half_removed_upgrade(workshop, guard, holder, version: str, name: str, share: str) -> None:
    workshop.use_uv(version)
    upgrade(workshop)
    module = workshop.site / "rigapp" / name
    done = guard.released_after_attempt_1(holder(module, share), "uv", "sync")
    is_recovered(done, workshop.system.spelled(module), REMOVE)
    is_whole(done, workshop)
    assert done.record["attempts"][1]["repairs"]
    assert "VERSION = '2.0'" in (workshop.site / "rigapp" / "module_015.py").read_text("utf-8")


def test_a_plain_second_upgrade_leaves_what_ci_guard_removes(workshop, holder, synced) -> None:
    """The trap of the test above: exit 0 with a warning, and modules of both versions."""
    held = holder(workshop.site / "rigapp" / ONLY_IN_1)
    failed = workshop.plain("uv", "sync")
    assert failed.status == 2, failed.text
    held.release()
    said = workshop.run("uv", "sync").text
    assert "Failed to uninstall package at" in said
    assert (workshop.site / "rigapp" / ONLY_IN_1).exists()


def test_a_removed_file_is_held_for_ever(workshop, guard, holder, synced) -> None:
    """uv removes it in vain at first; mended, it replaces it in vain, and names a fresh file that is gone."""
    module = workshop.site / "rigapp" / "module_015.py"
    holder(module)
    done = guard("uv", "sync", options=("--attempts", "3"))
    assert done.status == 2, done.output
    matches = [attempt["match"] for attempt in done.record["attempts"]]
    assert [match["path"] for match in matches] == [workshop.system.spelled(module)] * 3, done.output
    assert [match["code"]["number"] for match in matches] == [REMOVE, REPLACE, REPLACE], done.output
    waits = {attempt["waited"]["reason"] for attempt in done.record["attempts"][1:]}
    assert waits == {"the file is still held"}, done.output
    assert (done.record["outcome"], done.record["category"]) == ("gave_up", "file_in_use")
    assert not done.step().is_passed


@two_versions
def test_the_executable_of_a_tool_is_held(workshop, guard, holder, version: str) -> None:
    workshop.use_uv(version)
    workshop.run("uv", "tool", "install", "rigapp==1.0")
    executable = workshop.root / "tools-bin" / "rigapp.exe"
    words = ("uv", "tool", "install", "--force", "rigapp==2.0")
    done = guard.released_after_attempt_1(holder(executable), *words)
    is_recovered(done, workshop.system.spelled(executable), REMOVE)
    assert done.record["verification"]["whole"] is True
    for name in ("rigapp.exe", "rigapp-two.exe"):
        said = workshop.run(executable.with_name(name)).stdout.decode()
        assert " ".join(said.split()) == V2
    assert "rigapp" in workshop.run("uv", "tool", "list").text


def test_the_project_file_is_held(workshop, guard, holder, uv) -> None:
    workshop.want("2.0")
    manifest = workshop.project / "pyproject.toml"
    done = guard.released_after_attempt_1(holder(manifest), "uv", "sync")
    is_recovered(done, workshop.system.spelled(manifest), REMOVE)
    is_whole(done, workshop)


def cached(workshop, pattern: str) -> Path:
    """A file of rigapp in uv's cache."""
    return next((workshop.root / "cache-uv").glob(f"archive-v0/*/{pattern}"))


def test_an_entry_of_the_cache_is_held_when_it_is_cleaned(workshop, guard, holder, synced) -> None:
    entry = cached(workshop, "rigapp/module_015.py")
    done = guard.released_after_attempt_1(holder(entry), "uv", "cache", "clean")
    assert done.status == 0, done.output
    assert done.record["outcome"] == "flaky"
    assert done.categories == ["antivirus_lock", None]
    assert not entry.exists()


def test_an_entry_of_the_cache_is_held_when_it_is_installed(workshop, guard, holder, uv) -> None:
    workshop.make_venv()
    workshop.run("uv", "pip", "install", "rigapp==2.0")
    workshop.run("uv", "pip", "uninstall", "rigapp", "rigdep")
    entry = cached(workshop, "rigapp/module_015.py")
    words = ("uv", "pip", "install", "--link-mode", "copy", "rigapp==2.0")
    done = guard.released_after_attempt_1(holder(entry), *words)
    assert done.status == 0, done.output
    assert done.record["outcome"] == "flaky"
    assert done.categories == ["antivirus_lock", None]
    is_whole(done, workshop)


def test_a_program_of_the_environment_runs(workshop, guard, uv) -> None:
    """Nobody holds a file open, but Windows removes no program that runs."""
    workshop.make_venv()
    code = "import sys; print('begun', flush=True); sys.stdin.read()"
    running = workshop.system.start([workshop.scripts / "python.exe", "-I", "-c", code], folder=workshop.root)
    assert running.process.stdout.readline().strip() == b"begun"
    guarded = guard.start("uv", "venv", "--clear", ".venv")
    guarded.says("; next attempt in ")
    running.done()
    done = guard.ended(guarded)
    assert done.status == 0, done.output
    assert done.categories == ["antivirus_lock", None]
    assert done.record["attempts"][0]["match"]["code"] == {"namespace": "win32", "number": REPLACE}
    assert (workshop.venv / "pyvenv.cfg").exists()
    workshop.run(workshop.scripts / "python.exe", "-c", "import sys; assert sys.prefix != sys.base_prefix")


def test_a_tool_whose_executable_uv_could_not_remove_is_not_green(workshop, guard, holder, uv) -> None:
    """uv only logs (`-v`) that it could not remove it, takes it for another tool's, and drops the tool.

    Nothing in the output tells this from a real conflict: it ends at once, with uv's own word on `--force`.
    """
    workshop.run("uv", "tool", "install", "rigapp==1.0")
    holder(workshop.root / "tools-bin" / "rigapp.exe")
    done = guard("uv", "tool", "install", "rigapp==2.0")
    assert done.status == 2, done.output
    assert "Executable already exists: rigapp.exe (use `--force` to overwrite)" in done.stderr
    assert (done.record["outcome"], done.categories) == ("failed", ["configuration"])
    assert not done.step().is_passed
