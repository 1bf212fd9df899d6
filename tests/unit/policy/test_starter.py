import re
from pathlib import Path

import jsonschema
import yaml

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.invocation import Invocation
from ci_guard.model.policy import Policy
from ci_guard.policy.resolve import resolve
from ci_guard.policy.schema import schema
from ci_guard.policy.starter import starter
from ci_guard.policy.table import KEYS


def uncommented() -> str:
    return re.sub(r"(?m)^#(?=\w|  +[\w-])", "", starter())


def policy_of(directory: Path, text: str, command: str = "pip") -> Policy:
    (directory / ".ci-guard.yml").write_text(text, encoding="utf-8")
    return resolve(Invocation(command=tuple(command.split())), {}, str(directory), parse_command).policy


def test_the_starter_changes_nothing(tmp_path: Path) -> None:
    assert policy_of(tmp_path, starter()) == Policy()


def test_every_default_is_there_to_be_changed(tmp_path: Path) -> None:
    assert policy_of(tmp_path, uncommented()) == Policy()
    assert policy_of(tmp_path, uncommented(), "uv tool install x").attempts == 10
    shown = yaml.safe_load(uncommented())
    for key in KEYS:
        head, _, member = key.name.partition(".")
        assert head in shown
        assert not member or member in shown[head]


def test_the_schema_accepts_the_starter_with_and_without_its_comments() -> None:
    for text in (starter(), uncommented()):
        jsonschema.Draft202012Validator(schema()).validate(yaml.safe_load(text))
