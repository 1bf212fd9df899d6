"""GitLab's example and component, run by the real `gitlab-ci-local`, in a shell as GitLab's runner would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rig import cache, tools

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the shell is one of POSIX"),
    pytest.mark.skipif(
        not (shutil.which("npm") and shutil.which("rsync")), reason="gitlab-ci-local needs npm and rsync"
    ),
]
ROOT = Path(__file__).parents[2]
RUNNER = "gitlab-ci-local"
VERSION = "4.61.1"  # the newest that runs on Debian's Node.js 18
SECONDS = 300  # against a hang alone
# `pytest` is the project's own program: what the job is about is the guard
PROJECT = """
[project]
name = "pytest"
version = "1.0"
[project.scripts]
pytest = "pytest:main"
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
"""
PYTEST = """
import sys
def main() -> None:
    with open(sys.argv[1].partition("=")[2], "w") as report:
        report.write("<testsuites/>")
"""


# pip is there already: what the component runs is the ci-guard that the job before has installed
COMPONENT = """
include:
  - local: templates/guard.yml
    inputs: {command: uv --version, package: pip, python: py, stage: deploy}
"""


def runner() -> Path:
    def install(folder: Path) -> None:
        wanted = f"{RUNNER}@{VERSION}"
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), wanted]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)

    return cache.kept(f"{RUNNER}-{VERSION}", install) / "node_modules" / ".bin" / RUNNER


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src" / "pytest").mkdir(parents=True)
    (folder / "src" / "pytest" / "__init__.py").write_text(PYTEST)
    (folder / "pyproject.toml").write_text(PROJECT)
    shutil.copytree(ROOT / "templates", folder / "templates")
    example = (ROOT / "examples" / "gitlab-ci.yml").read_text(encoding="utf-8")
    (folder / ".gitlab-ci.yml").write_text(f"{example}\n{COMPONENT}", encoding="utf-8")
    uv = tools.uv(tools.NEWEST_UV)
    for command in (
        [uv, "lock", "--offline", "--python", sys.executable],
        ["git", "init", "--quiet"],
        ["git", "remote", "add", "origin", "https://gitlab.example/team/project.git"],
        ["git", "add", "."],
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "x"],
    ):
        subprocess.run([str(word) for word in command], cwd=folder, check=True, capture_output=True)
    return folder


def test_gitlabs_example_and_the_component_run_with_a_checkout(project: Path, tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    subprocess.run([sys.executable, "-m", "venv", str(interpreter)], check=True, timeout=SECONDS)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "py").write_text(f'#!/bin/sh\nexec "{interpreter}/bin/python" "$@"\n')
    (programs / "py").chmod(0o755)
    (programs / "uv").symlink_to(tools.uv(tools.NEWEST_UV))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    done = subprocess.run(
        [runner(), "--force-shell-executor", "--variable", f"GUARD_PACKAGE={ROOT}"],
        cwd=project,
        env={
            **plain,
            "PATH": f"{programs}{os.pathsep}{plain['PATH']}",
            "UV_PYTHON": sys.executable,
            "UV_OFFLINE": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    reports = project / "reports"
    assert ElementTree.parse(reports / "TEST-ci-guard-install.xml").find(".//testcase") is not None
    assert ElementTree.parse(reports / "TEST-ci-guard-guarded.xml").find(".//testcase") is not None
    assert (reports / "TEST-pytest.xml").is_file()
    assert (project / ".venv" / "bin" / "pytest").is_file()
