"""Every example is loaded, and every command line in one is understood."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rig.events import HANG
from rig.stand_ins import path_with

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
POLICIES = sorted(EXAMPLES.glob("policies/*.yml"))
WITH_ACTION = EXAMPLES / "github-workflow.yml"
DASHBOARD = EXAMPLES / "grafana-dashboard.json"
PIPELINES = [
    ROOT / "Jenkinsfile",
    *sorted(path for path in EXAMPLES.iterdir() if path.is_file() and path not in (WITH_ACTION, DASHBOARD)),
]
# a step's words in Groovy quotes, or behind a YAML key or dash
STEP = re.compile(
    r"(?:'@?|- run: |- script: |^\s+- )(?:(?:\S*[\\/])?ci-guard|py(?:thon)? -m ci_guard)"
    r"((?: [^'\n]*)? -- [^'\n]+)",
    re.MULTILINE,
)
LIBRARY_STEP = re.compile(r"ciGuard(?: |\(command: )'([^']+)'")  # what the Jenkins library puts behind `--`
SCHEMAS = {"gitlab-ci.yml": "vendor.gitlab-ci", "azure-pipelines.yml": "vendor.azure-pipelines"}


def guard(*words: str, directory: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    return subprocess.run(
        [sys.executable, "-m", "ci_guard", *words],
        cwd=directory,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def shown(policy: Path, command: str, directory: Path) -> str:
    shutil.copy(policy, directory / ".ci-guard.yml")
    done = guard("policy", "show", "--", *command.split(), directory=directory)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_every_policy_is_right(policy: Path, tmp_path: Path) -> None:
    done = guard("policy", "check", str(policy), directory=tmp_path)
    assert done.returncode == 0, done.stderr
    assert policy.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=")


@pytest.mark.parametrize(
    ("policy", "command", "line"),
    [
        ("minimal", "uv sync", "reports/TEST-ci-guard-{step}.xml"),
        ("corporate-windows-agent", "uv tool install ruff", "attempts: 12"),
        ("corporate-windows-agent", "uv sync", "attempts: 8"),
        ("corporate-windows-agent", "pip install x", "PIP_NO_COMPILE"),
        ("network-too", "uv sync", "retry_on: [antivirus_lock, network]"),
        ("own-signature", "packer", "packer.busy"),
        ("fallback", "uv sync --frozen", "--no-cache"),
    ],
)
def test_every_policy_does_what_it_says(policy: str, command: str, line: str, tmp_path: Path) -> None:
    assert line in shown(EXAMPLES / "policies" / f"{policy}.yml", command, tmp_path)


def test_a_signature_of_ones_own_is_used(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "policies" / "own-signature.yml", tmp_path / ".ci-guard.yml")
    packer = "import sys; sys.exit('packer: artifact out/app.msi is busy')"
    words = ["--attempts", "1", "--report", "json=run.json", "--", sys.executable, "-c", packer]
    assert guard(*words, directory=tmp_path).returncode == 1
    (attempt,) = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["attempts"]
    assert (attempt["category"], attempt["match"]["signature"]) == ("antivirus_lock", "packer.busy")


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda path: path.name)
def test_every_command_line_is_understood(pipeline: Path, tmp_path: Path) -> None:
    text = pipeline.read_text(encoding="utf-8")
    if pipeline.suffix == ".yml":
        assert yaml.safe_load(text)
    lines = [*STEP.findall(text), *(f"-- {command}" for command in LIBRARY_STEP.findall(text))]
    named = re.findall(r"ci-guard [^'\n]* -- |-m ci_guard|\bciGuard\b", text)
    assert len(lines) == len(named) > 0, "no line is missed"

    for line in lines:
        words = line.replace("\\\\", "/").split()
        program = words.index("--") + 1
        if "/" in words[program]:  # of a checkout or an environment that the pipeline makes
            words[program] = sys.executable
        path = path_with(tmp_path / "programs", words[program])
        done = guard("--dry-run", *words, directory=tmp_path, PATH=path)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def check(pipeline: Path, schema: str) -> "subprocess.CompletedProcess[str]":
    # Azure's schema has patterns that are none in the Unicode mode of JavaScript
    options = ["--builtin-schema", schema, "--regex-variant", "nonunicode"]
    command = [sys.executable, "-m", "check_jsonschema", *options, str(pipeline)]
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG)


def test_the_github_workflow_is_valid_and_gives_the_action_what_it_knows() -> None:
    done = check(WITH_ACTION, "vendor.github-workflows")
    assert done.returncode == 0, done.stdout + done.stderr
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    text = WITH_ACTION.read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    used = [step for step in job["steps"] if step.get("uses") == "./.ci-guard"]
    assert used
    for step in used:
        assert set(step["with"]) <= set(action["inputs"])
    outputs = re.findall(r"steps\.guarded\.outputs\.(\w+)", text)
    assert outputs
    assert set(outputs) <= set(action["outputs"])


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_pipeline_is_valid_and_a_mistake_would_be_seen(name: str, schema: str, tmp_path: Path) -> None:
    pipeline = EXAMPLES / name
    done = check(pipeline, schema)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / name
    text = pipeline.read_text(encoding="utf-8")
    wrong.write_text(re.sub(r"\b(script|task):", r"\1s:", text, count=1), encoding="utf-8")
    assert check(wrong, schema).returncode == 1


def test_every_kind_of_pipeline_for_jenkins_is_there() -> None:
    kinds = {path.name.partition(".")[2] for path in EXAMPLES.glob("Jenkinsfile.*")}
    assert kinds == {
        f"{syntax}-{way}" for syntax in ("declarative", "scripted") for way in ("plain", "library")
    }
