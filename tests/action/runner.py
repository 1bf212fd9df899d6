"""A small runner of composite actions: evaluates their expressions, runs their steps, reads their files.

After actions/runner: CompositeActionHandler.cs, ScriptHandler.cs, ScriptHandlerHelpers.cs. Knows of the
expressions what actions like ours use; anything else is an error, so that nothing is passed by unseen.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rig import ci_readers as readers

SECONDS = 300  # against a hang
SHELLS = {
    "bash": (".sh", ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")),
    "pwsh": (".ps1", ("pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-File")),
}
POWERSHELL_FIRST = "$ErrorActionPreference = 'stop'\n"
POWERSHELL_LAST = "\nif (Test-Path variable:\\LASTEXITCODE) { exit $LASTEXITCODE }\n"
SYSTEMS = {"win32": "Windows", "darwin": "macOS"}
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
TOKEN = re.compile(r"\s*(\|\||&&|==|!=|'(?:[^']|'')*'|[A-Za-z_][\w.-]*|\Z)")


@dataclass
class Ended:
    """What the workflow sees of the action."""

    status: int
    output: str
    outputs: dict[str, str]
    summary: str
    steps: list[str] = field(default_factory=list)  # the ids of the steps that ran

    @property
    def commands(self) -> list[readers.Command]:
        return readers.github(self.output)


class Expressions:
    """The values of `${{ }}`."""

    def __init__(self, contexts: Mapping[str, Any]) -> None:
        self._contexts = contexts

    def filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: str(self.value(found[1])), text)

    def value(self, text: str) -> object:
        tokens = self._tokens(text)
        value = self._either(tokens)
        assert tokens == [], text
        return value

    def _tokens(self, text: str) -> list[str]:
        tokens, at = [], 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            assert found is not None, text
            assert found[1], f"an expression that this runner does not know: {text}"
            tokens.append(found[1])
            at = found.end()
        return tokens

    def _either(self, tokens: list[str]) -> object:
        value = self._compared(tokens)
        while tokens and tokens[0] in ("||", "&&"):
            operator, other = tokens.pop(0), self._compared(tokens)
            value = (value or other) if operator == "||" else (value and other)
        return value

    def _compared(self, tokens: list[str]) -> object:
        value = self._single(tokens.pop(0))
        if tokens and tokens[0] in ("==", "!="):
            operator, other = tokens.pop(0), self._single(tokens.pop(0))
            same = str(value).lower() == str(other).lower()  # GitHub ignores the case of texts
            return same if operator == "==" else not same
        return value

    def _single(self, token: str) -> object:
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        value: Any = self._contexts
        first, *names = token.split(".")
        assert first in self._contexts, f"an unknown context: {token}"
        for name in (first, *names):
            value = value.get(name, "") if isinstance(value, Mapping) else ""
        return value


def run(action: Path, inputs: Mapping[str, str], folder: Path, workspace: Path, **variables: str) -> Ended:
    """Run the action in `action`; `folder` is what the runner has for a job.

    Raises AssertionError for inputs that the action does not name, as GitHub warns of them.
    """
    told = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))
    assert set(inputs) <= set(told["inputs"])
    assert told["runs"]["using"] == "composite"
    temporary = folder / "temp"
    temporary.mkdir(parents=True, exist_ok=True)
    steps: dict[str, Any] = {}
    given = {name: each.get("default", "") for name, each in told["inputs"].items()} | dict(inputs)
    expressions = Expressions(
        {
            "inputs": given,
            "steps": steps,
            "github": {"action_path": str(action), "workspace": str(workspace)},
            "runner": {"os": SYSTEMS.get(sys.platform, "Linux"), "temp": str(temporary)},
        }
    )
    ended = Ended(0, "", {}, "")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CI_GUARD", "PYTHON"))}
    marks = {"GITHUB_ACTIONS": "true", "CI": "true", "RUNNER_TEMP": str(temporary)}
    for number, step in enumerate(told["runs"]["steps"]):
        condition = step.get("if", "")
        if ended.status or (condition and not expressions.value(condition)):
            continue
        identity = step.get("id", str(number))
        ended.steps.append(identity)
        files = {
            name: temporary / f"{name}-{number}-{os.urandom(4).hex()}" for name in ("OUTPUT", "STEP_SUMMARY")
        }
        for path in files.values():
            path.touch()
        of_step = {name: expressions.filled(str(value)) for name, value in step.get("env", {}).items()}
        of_files = {f"GITHUB_{name}": str(path) for name, path in files.items()}
        ended.status, output = _script(
            step, expressions, temporary, workspace, kept | marks | variables | of_step | of_files
        )
        ended.output += output
        steps[identity] = {"outputs": readers.github_file(files["OUTPUT"].read_text(encoding="utf-8"))}
        ended.summary += files["STEP_SUMMARY"].read_text(encoding="utf-8")
    ended.outputs = {name: expressions.filled(each["value"]) for name, each in told["outputs"].items()}
    return ended


def _script(
    step: Mapping[str, Any],
    expressions: Expressions,
    temporary: Path,
    workspace: Path,
    environment: dict[str, str],
) -> tuple[int, str]:
    suffix, command = SHELLS[step["shell"]]
    script = temporary / f"{os.urandom(8).hex()}{suffix}"
    text = expressions.filled(step["run"])
    if suffix == ".ps1":
        text = f"{POWERSHELL_FIRST}{text}{POWERSHELL_LAST}"
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*command, str(script)],
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,  # two pipes, as the runner has them
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
    )
    return done.returncode, done.stdout + done.stderr
