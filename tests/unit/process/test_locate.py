"""The right program is found, and where there is none the error helps."""

import os
import sys
from pathlib import Path

import pytest

from ci_guard.errors import CommandNotExecutable, CommandNotFound, UsageError
from ci_guard.process.locate import locate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="execute permissions and PATH of POSIX")


def program(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def path_of(*directories: Path) -> dict[str, str]:
    return {"PATH": os.pathsep.join(map(str, directories))}


def test_the_search_path_is_that_of_the_command(tmp_path):
    first, second = program(tmp_path / "a" / "tool"), program(tmp_path / "b" / "tool")
    assert locate("tool", path_of(first.parent, second.parent)) == str(first)
    assert locate("tool", path_of(second.parent, first.parent)) == str(second)


def test_what_cannot_be_executed_is_passed_by_if_something_better_follows(tmp_path):
    program(tmp_path / "a" / "tool", 0o644)
    (tmp_path / "b" / "tool").mkdir(parents=True)
    good = program(tmp_path / "c" / "tool")
    assert locate("tool", path_of(tmp_path / "a", tmp_path / "b", tmp_path / "c")) == str(good)


def test_a_name_with_a_slash_is_not_searched(tmp_path, monkeypatch):
    program(tmp_path / "bin" / "tool")
    monkeypatch.chdir(tmp_path)
    assert locate("bin/tool", {"PATH": ""}) == "bin/tool"
    with pytest.raises(CommandNotFound) as caught:
        locate("./tool", path_of(tmp_path / "bin"))
    assert str(tmp_path) in (caught.value.hint or "")


def test_without_a_path_the_system_s_default_is_searched():
    assert locate("sh", {}).endswith("/sh")


def test_a_missing_program_is_127_with_suggestions_and_the_places_searched(tmp_path):
    program(tmp_path / "frobnicate")
    with pytest.raises(CommandNotFound) as caught:
        locate("frobnicat", path_of(tmp_path, tmp_path / "missing"))
    assert caught.value.exit_status == 127
    assert "`frobnicat`" in str(caught.value)
    assert caught.value.hint == f"did you mean `frobnicate`? searched {tmp_path}:{tmp_path / 'missing'}"


def test_a_whole_command_line_in_one_argument_is_explained(tmp_path):
    with pytest.raises(CommandNotFound) as caught:
        locate("uv sync", path_of(tmp_path))
    assert "separately" in (caught.value.hint or "")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX only")
def test_a_file_without_permission_is_126(tmp_path):
    found = program(tmp_path / "tool", 0o644)
    for name in (str(found), "tool"):
        with pytest.raises(CommandNotExecutable) as caught:
            locate(name, path_of(tmp_path))
        assert caught.value.exit_status == 126
        assert "chmod +x" in (caught.value.hint or "")


def test_a_directory_is_126(tmp_path):
    with pytest.raises(CommandNotExecutable, match="is a directory"):
        locate(str(tmp_path), {})


def test_an_empty_name_is_a_mistake():
    with pytest.raises(UsageError, match="empty"):
        locate("", {"PATH": "/bin"})


@pytest.mark.parametrize(
    ("program", "advice"),
    [
        ("cd", "`cd` is a shell builtin, not a program: write `ci-guard -- sh -c 'cd ...'`"),
        ("source", "ci-guard -- sh -c 'source ...'"),
        ("export", "ci-guard -- sh -c 'export ...'"),
        ("FOO=bar", "`FOO=bar` sets a variable, which only a shell does"),
        ("=x", "searched"),
    ],
)
def test_what_is_the_shell_s_own_is_named_so(program, advice):
    with pytest.raises(CommandNotFound) as caught:
        locate(program, {"PATH": ""})
    assert advice in (caught.value.hint or "")
