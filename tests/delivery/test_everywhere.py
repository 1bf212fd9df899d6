"""The files by which other tools find ci-guard: each valid in its own format, each runs what there is."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ci_guard.policy.schema import schema
from ci_guard.policy.starter import starter
from rig.events import HANG

ROOT = Path(__file__).parents[2]
# how each writes the command line, and what stands for its parameters
GUARDS = {
    "templates/guard.yml": (r"\$\[\[ inputs\.(\w+) \]\]", r"- (\S+ -m ci_guard .+)"),
    "integrations/azure/guard.yml": (r"\$\{\{ parameters\.(\w+) \}\}", r"script: (python -m ci_guard .+)"),
    "integrations/circleci/orb.yml": (
        r"<< parameters\.(\w+) >>",
        r"(?s)>-\n\s+(\S+ -m ci_guard .+?)\n\s+- store",
    ),
}
VALUES = {"command": f"{sys.executable} -c pass", "python": "python", "name": "step", "package": "ci-guard"}


def test_the_hook_of_pre_commit_checks_what_we_look_for() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    for name in (".ci-guard.yml", "sub/.ci-guard.yaml"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "x.ci-guard.yml.bak")


def test_the_hook_finds_a_mistake(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    policy = tmp_path / ".ci-guard.yml"
    for text, status in ((starter(), 0), ("version: 1\nattemps: 3\n", 125)):
        policy.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "ci_guard", *shlex.split(hook["entry"])[1:], str(policy)]
        assert subprocess.run(command, capture_output=True, timeout=HANG).returncode == status


@pytest.mark.parametrize("name", GUARDS)
def test_a_template_runs_a_command_line_that_is_understood(name: str, tmp_path: Path) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert list(yaml.safe_load_all(text))
    parameter, line = GUARDS[name]
    named = set(re.findall(parameter, text))
    assert named - {"job", "stage", "publish"} <= set(VALUES)
    (found,) = re.findall(line, re.sub(parameter, lambda each: VALUES.get(each[1], "x"), text))
    words = shlex.split(found)[3:]
    command = [sys.executable, "-m", "ci_guard", "--dry-run", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
    assert "TEST-step.xml" in done.stderr or "TEST-ci-guard-step.xml" in done.stderr


def test_the_component_of_gitlab_has_a_head_and_a_valid_body(tmp_path: Path) -> None:
    head, body = (ROOT / "templates" / "guard.yml").read_text(encoding="utf-8").split("\n---\n")
    inputs: dict[str, Any] = yaml.safe_load(head)["spec"]["inputs"]
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", body)) == set(inputs)
    job = tmp_path / "job.yml"
    job.write_text(re.sub(r"\$\[\[ inputs\.(\w+) \]\]", r"\1", body), encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(job)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout


def test_the_orb_of_circleci_is_valid() -> None:
    orb = ROOT / "integrations" / "circleci" / "orb.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.circle-ci", str(orb)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout
    (guard,) = yaml.safe_load(orb.read_text(encoding="utf-8"))["commands"].values()
    for each in guard["parameters"].values():
        assert each["description"]


def test_the_template_of_azure_declares_its_parameters() -> None:
    text = (ROOT / "integrations" / "azure" / "guard.yml").read_text(encoding="utf-8")
    template = yaml.safe_load(text)
    declared = {each["name"] for each in template["parameters"]}
    assert set(re.findall(r"parameters\.(\w+)", text)) == declared
    assert [each["name"] for each in template["parameters"] if "default" not in each] == ["command"]


def test_the_schema_is_ready_for_the_store() -> None:
    entry = json.loads((ROOT / "integrations" / "schemastore" / "catalog-entry.json").read_text("utf-8"))
    assert {"name", "description", "fileMatch", "url"} == set(entry)
    made = json.loads(json.dumps(schema()))
    jsonschema.Draft202012Validator.check_schema(made)
    jsonschema.validate({"version": 1, "attempts": 3}, made)
    described = [
        name for name, each in made["$defs"].items() if not (each.get("description") or "properties" in each)
    ]
    assert described == []


def test_the_devcontainer_installs_what_contributing_says() -> None:
    told = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert "--group dev --editable ." in told["postCreateCommand"]
    assert "3.11" in told["image"]
