"""What GitHub reads beside the workflow, and leaves out in silence where it does not understand it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rig.events import HANG

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
CASES = [
    *(("github-issue-forms", path) for path in FORMS),
    ("github-issue-config", GITHUB / "ISSUE_TEMPLATE" / "config.yml"),
    ("dependabot", GITHUB / "dependabot.yml"),
]


@pytest.mark.parametrize(("schema", "path"), CASES, ids=[path.name for _, path in CASES])
def test_it_is_valid(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["wrong-diagnosis.yml", "defect.yml"])
def test_a_report_of_a_defect_asks_for_what_is_needed_to_look_at_it(name: str) -> None:
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / name).read_text(encoding="utf-8"))
    assert {"record", "product", "version"} <= {field["id"] for field in form["body"]}


def test_every_folder_with_versions_is_watched_and_a_fresh_release_waits() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert [update for update in updates if not update["cooldown"]["default-days"]] == []
    watched = {
        (update["package-ecosystem"], folder)
        for update in updates
        for folder in update.get("directories", [update.get("directory")])
    }
    locked = {
        ("npm", f"/{path.parent.relative_to(ROOT).as_posix()}")
        for path in (ROOT / "tests" / "npm").glob("*/package-lock.json")
    }
    assert locked | {("pip", "/"), ("pip", "/integrations/pyz"), ("github-actions", "/")} == watched
