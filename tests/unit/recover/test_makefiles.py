"""Makefiles: which steps of tools the recipes of the asked targets tell."""

import os
from pathlib import Path
from typing import Any

import pytest

from ci_guard.command_line.parse import parse
from ci_guard.knowledge.load import load_knowledge
from ci_guard.recover.steps import read_steps

WRAPPERS = load_knowledge(()).wrappers
MAKEFILE = """\
UV := uv --quiet
SYNC = $(UV) sync
export FLAGS ?= --frozen  # as locked
.PHONY: all install front tools

all: install front

install: .venv
.venv: pyproject.toml
\t@$(SYNC) ${FLAGS}

front:
\tcd front && \\
\t    npm ci
\t-npm install $$OPTION

tools: ; uv tool install ruff
"""
INSTALL = ("uv", ("--quiet", "sync", "--frozen"), ".")
FRONT = [("npm", ("ci",), "front"), ("npm", ("install", "$OPTION"), ".")]
LINES = [
    ("make", [INSTALL, *FRONT]),
    ("make -j4 install", [INSTALL]),
    ("make -j 4 install FLAGS=--locked", [("uv", ("--quiet", "sync", "--locked"), ".")]),
    ("make tools", [("uv", ("tool", "install", "ruff"), ".")]),
    ("make -f other.mk", []),
    ("make nothing", []),
    ("nmake install", []),
]


def _steps(folder: Path, line: str) -> list[tuple[str, tuple[str, ...], str]]:
    told = parse(line.split(), WRAPPERS)
    steps = read_steps(told, {"PATH": os.environ["PATH"]}, str(folder), WRAPPERS)
    assert (steps[-1].name, steps[-1].directory) == ("", str(folder))
    return [(step.name, step.words, os.path.relpath(step.directory, folder)) for step in steps if step.name]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_the_recipes_of_the_asked_targets(tmp_path: Path, line: str, expected: list[Any]) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE, "utf-8")
    assert _steps(tmp_path, line) == expected


def test_a_makefile_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "makefile").write_text("install:\n\tuv sync\n", "utf-8")
    assert _steps(tmp_path, "make -C sub") == [("uv", ("sync",), "sub")]
    assert _steps(tmp_path, "make -C not-there") == []


def test_targets_that_need_each_other_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("a: b\n\tuv sync\nb: a\n\tnpm ci\n", "utf-8")
    assert {name for name, _, _ in _steps(tmp_path, "make")} == {"uv", "npm"}
