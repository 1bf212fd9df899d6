"""Real uv and pip under ci-guard, with system calls that the kernel really refuses."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from junitparser import xunit2 as xunit

from rig import compare, guard, python, records, tools, wheels
from rig.events import HANG
from rig.injector import Injector
from rig.junit import step_of

POLICY = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\n"
MANIFEST = (
    '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\ndependencies = ["rigapp=={}"]\n'
)


@dataclass
class Result:
    """One guarded run: its status, what was said, the record, the JUnit file."""

    status: int
    output: str
    record: dict[str, Any]
    junit: Path

    @property
    def categories(self) -> list[str | None]:
        return [attempt["category"] for attempt in self.record["attempts"]]

    def step(self) -> xunit.TestCase:
        return step_of(self.junit)


class Workshop:
    """A project, a throw-away Python, wheels; nothing of the machine's own."""

    def __init__(self, root: Path, wheel_folder: Path) -> None:
        self.root = root
        self.project = root / "project"
        self.project.mkdir()
        (self.project / ".ci-guard.yml").write_text(POLICY)
        self.base = root / "python"
        python.clone(self.base)
        self.variables = python.environment(root / "state", self.base / "bin" / "python3", wheel_folder)
        self.venv = self.project / ".venv"

    def want(self, version: str) -> None:
        (self.project / "pyproject.toml").write_text(MANIFEST.format(version))

    def run(self, *argv: str | Path) -> None:
        """An undisturbed command that must pass."""
        done = subprocess.run(
            argv, cwd=self.project, env=self.variables, capture_output=True, text=True, timeout=HANG
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def guarded(
        self,
        injector: Injector,
        real: list[str | Path],
        *words: str,
        attempts: int = 4,
        line: Sequence[str] | None = None,
        ahead: float | None = None,
    ) -> Result:
        """`ci-guard -- uv WORDS...` or the same with pip: the real program under the injector's rules.

        `line`: the guarded line, where it is not the program with its words. `ahead`: so many seconds the
        clock is set back when the program begins.
        """
        record, junit = self.root / "run.json", self.root / "run.xml"
        options = ["--attempts", str(attempts), "--report", f"json={record}", "--junit", str(junit)]
        variables = guard.variables(self.variables)
        name = "pip" if real[-1] == "pip" else Path(real[0]).name
        if name == "pip":
            injector.launcher(self.venv / "bin" / "pip", *real)
            variables["PATH"] = f"{self.venv / 'bin'}:{variables['PATH']}"
        else:
            variables["PATH"] = f"{injector.shim(name, *real)}:{variables['PATH']}"
        arguments = (*options, "--", *(line or (name, *words)))
        command = guard.command(*arguments)
        if ahead is not None:
            command, told = guard.under_a_clock(ahead, injector.log, *arguments)
            variables |= told
        done = subprocess.run(
            command,
            cwd=self.project,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANG,
        )
        return Result(done.returncode, done.stdout, records.read(record), junit)

    def says(self, program: Path) -> str:
        return compare.says(program, self.variables)


@pytest.fixture(scope="session")
def wheel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.write_all(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def workshop(tmp_path: Path, wheel_folder: Path) -> Workshop:
    return Workshop(tmp_path, wheel_folder)


@pytest.fixture
def refusing(tmp_path: Path) -> Callable[..., Injector]:
    return lambda *rules: Injector(rules, tmp_path)


@pytest.fixture(params=tools.UV_VERSIONS)
def uv(request: pytest.FixtureRequest) -> Path:
    return tools.uv(request.param)
