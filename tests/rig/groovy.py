"""The Jenkins library under real Groovy: npm-groovy-lint's jars and `tests/jenkinslib/Harness.groovy`."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rig import node

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "integrations" / "jenkins"
HARNESS = ROOT / "tests" / "jenkinslib" / "Harness.groovy"
JARS = Path("node_modules", "npm-groovy-lint", "lib", "java", "groovy", "lib")
SECONDS = 300


def play(scenarios: Mapping[str, Mapping[str, object]], folder: Path) -> dict[str, Any]:
    """What `ciGuard` did in each scenario (`answers`), and what it is made of (`inventory`)."""
    given, answers = folder / "scenarios.json", folder / "answers.json"
    given.write_text(json.dumps(scenarios), encoding="utf-8")
    path = os.pathsep.join([str(node.installed("groovy") / JARS / "*"), str(LIBRARY / "src")])
    words = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-cp", path]
    words += ["groovy.ui.GroovyMain", str(HARNESS), str(LIBRARY / "vars" / "ciGuard.groovy")]
    done = subprocess.run([*words, str(given), str(answers)], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(answers.read_text(encoding="utf-8"))


def lint(folder: Path, *files: Path) -> "subprocess.CompletedProcess[str]":
    """What npm-groovy-lint says of copies of these files, by our rules; needs no network."""
    program = node.installed("groovy") / "node_modules" / "npm-groovy-lint" / "lib" / "index.js"
    for file in files:
        (folder / f"{file.name}{'' if file.suffix == '.groovy' else '.groovy'}").write_bytes(
            file.read_bytes()
        )
    rules = ROOT / "tests" / "jenkinslib" / "rules.json"
    words = ["node", str(program), "--noserver", "--failon", "info", "--output", "txt", "--path", str(folder)]
    return subprocess.run(
        [*words, "--config", str(rules)],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
    )
