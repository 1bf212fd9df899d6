"""A tool that fails is asked for its version where a defect of some versions explains the failure."""

import sys
from pathlib import Path

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis
from ci_guard.run.versions import with_version

KNOWLEDGE = load_knowledge()
LOST = (
    "error: Failed to install: httpx-0.28.1-py3-none-any.whl (httpx==0.28.1)\n"
    "  Caused by: Failed to persist temporary file to C:\\u\\Scripts\\httpx.exe: failed to persist temporary "
    "file: The system cannot find the file specified. (os error 2)\n"
)


def fake_uv(folder: Path, says: str) -> str:
    program = folder / "uv"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return str(program)


def judged(text: str, argv: tuple[str, ...], folder: Path) -> Diagnosis:
    said = classify_text(text, exit_status=2, argv=argv, knowledge=KNOWLEDGE)
    return with_version(said, text, argv, KNOWLEDGE, str(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script of sh")
@pytest.mark.parametrize(
    ("says", "category", "once"),
    [
        ("uv 0.5.23 (6e5f11c2d 2025-01-22)", Category.ANTIVIRUS_LOCK, False),
        ("uv 0.5.11", Category.ANTIVIRUS_LOCK, False),
        ("uv 0.5.25 (x)", Category.ANTIVIRUS_BLOCK, True),
        ("uv 0.9.30", Category.ANTIVIRUS_BLOCK, True),
        ("what?", Category.ANTIVIRUS_BLOCK, True),
    ],
)
def test_the_tool_tells_its_version(tmp_path: Path, says: str, category: Category, once: bool) -> None:
    found = judged(LOST, (fake_uv(tmp_path, says), "tool", "install", "httpx"), tmp_path)
    assert (found.category, found.retry_once) == (category, once)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script of sh")
def test_behind_a_shell_as_well(tmp_path: Path) -> None:
    line = f"cd . && {fake_uv(tmp_path, 'uv 0.5.23')} sync"
    assert judged(LOST, ("sh", "-c", line), tmp_path).category is Category.ANTIVIRUS_LOCK


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script of sh")
@pytest.mark.parametrize("argv", [("make", "all"), ("./build.sh",), ("npm", "run", "setup")])
def test_behind_a_script_the_one_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...]
) -> None:
    fake_uv(tmp_path, "uv 0.5.23")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert judged(LOST, argv, tmp_path).category is Category.ANTIVIRUS_LOCK


def test_what_the_output_tells_is_not_asked_again(tmp_path: Path) -> None:
    found = judged("DEBUG uv 0.5.23 (x)\n" + LOST, ("no-such-uv", "sync"), tmp_path)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert "uv 0.5.23" in found.advice[0]


def test_a_tool_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    found = judged(LOST, (str(tmp_path / "uv"), "sync"), tmp_path)
    assert (found.category, found.retry_once) == (Category.ANTIVIRUS_BLOCK, True)
