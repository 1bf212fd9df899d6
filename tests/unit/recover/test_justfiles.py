"""Justfiles: which steps of tools the recipes of the asked names tell."""

import os
from pathlib import Path

import pytest

from ci_guard.command_line.parse import parse
from ci_guard.knowledge.load import load_knowledge
from ci_guard.recover.steps import read_steps

WRAPPERS = load_knowledge(()).wrappers
JUSTFILE = """\
set shell := ["bash", "-uc"]
set dotenv-load

export uv := "uv --quiet"
flags := '--frozen'
alias i := install

# everything
[default]
all: install (front "x")

@install: prepared && tools
    @{{uv}} sync {{ flags }}
    echo "done"

prepared:

[group("front")]
front folder="front" *more:
  cd {{folder}} && \\
     npm ci
  -npm install $OPTION

tools:
\t#!/usr/bin/env bash
\tset -e
\tcd tools
\tuv tool install ruff
"""
INSTALL = ("uv", ("--quiet", "sync", "--frozen"), ".")
TOOL = ("uv", ("tool", "install", "ruff"), "tools")
FRONT = [("npm", ("ci",), "front"), ("npm", ("install", "$OPTION"), ".")]
LINES = [
    ("just", [TOOL, INSTALL, *FRONT]),
    ("just install", [TOOL, INSTALL]),
    ("just i", [TOOL, INSTALL]),
    ("just --yes flags=--locked install", [TOOL, ("uv", ("--quiet", "sync", "--locked"), ".")]),
    ("just front ui", [("npm", ("ci",), "ui"), ("npm", ("install", "$OPTION"), ".")]),
    ("just front", FRONT),
    ("just nothing", []),
    ("just -f other", []),
    ("just -d sub prepared tools", [("uv", ("tool", "install", "ruff"), "sub/tools")]),
]


def _steps(folder: Path, line: str) -> list[tuple[str, tuple[str, ...], str]]:
    told = parse(line.split(), WRAPPERS)
    steps = read_steps(told, {"PATH": os.environ["PATH"]}, str(folder), WRAPPERS)
    assert (steps[-1].name, steps[-1].directory) == ("", str(folder))
    return [
        (step.name, step.words, Path(os.path.relpath(step.directory, folder)).as_posix())
        for step in steps
        if step.name
    ]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_the_recipes_of_the_asked_names(tmp_path: Path, line: str, expected: list) -> None:
    (tmp_path / "justfile").write_text(JUSTFILE, "utf-8")
    assert sorted(_steps(tmp_path, line)) == sorted(expected)


def test_a_justfile_above_runs_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "Justfile").write_text("install:\n  uv sync\n", "utf-8")
    (tmp_path / "sub").mkdir()
    assert _steps(tmp_path / "sub", "just install") == [("uv", ("sync",), "..")]


def test_a_justfile_for_powershell(tmp_path: Path) -> None:
    text = 'set windows-shell := ["pwsh.exe", "-c"]\ninstall:\n  uv sync; npm ci\n'
    (tmp_path / "justfile").write_text(text, "utf-8")
    assert {name for name, _, _ in _steps(tmp_path, "just")} == {"uv", "npm"}


def test_recipes_that_need_each_other_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "justfile").write_text("a: b\n\tuv sync\nb: a\n\tnpm ci\n", "utf-8")
    assert {name for name, _, _ in _steps(tmp_path, "just")} == {"uv", "npm"}
