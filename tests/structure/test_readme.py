"""README and code say the same. `python tests/structure/test_readme.py` writes the generated parts anew."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from ci_guard.cli.commands import COMMANDS
from ci_guard.model.category import Category
from ci_guard.policy.show import reference_table

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
POLICY = re.compile(r"(?s)(<!-- policy -->\n).*?(<!-- /policy -->)")


def with_policy(text: str) -> str:
    return POLICY.sub(lambda found: f"{found[1]}{reference_table().strip()}\n{found[2]}", text)


def test_the_policy_reference_is_that_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_policy(text) == text, "run `python tests/structure/test_readme.py`"


def test_every_category_is_named() -> None:
    text = README.read_text(encoding="utf-8")
    assert [category for category in Category if f"`{category}`" not in text] == []


def test_every_command_is_named_and_no_other() -> None:
    text = README.read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `ci-guard (?!\[)(\w+)", text, re.MULTILINE)) | {"run"}
    assert named == set(COMMANDS)


def test_the_examples_of_the_command_line_are_understood(tmp_path: Path) -> None:
    from rig.stand_ins import path_with

    text = README.read_text(encoding="utf-8")
    lines = re.findall(r"(?:bat '|run: )(ci-guard [^'#\n]+?)(?:'|\s{2,}|$)", text, re.MULTILINE)
    assert len(lines) >= 2
    for line in lines:
        words = ["--dry-run", *shlex.split(line)[1:]]
        path = path_with(tmp_path, words[words.index("--") + 1])
        done = subprocess.run(
            [sys.executable, "-m", "ci_guard", *words],
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    README.write_text(with_policy(README.read_text(encoding="utf-8")), encoding="utf-8")
