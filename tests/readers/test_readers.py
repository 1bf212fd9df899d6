"""What real readers of JUnit files show: flaky as flaky or as passed with a note, failures as failed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import junitparser
import pytest
import xmlschema
from junitparser import xunit2

from readers import runs
from rig import node

READ = Path(__file__).with_name("read.mjs")
SECONDS = 300
PASSED, FLAKY, FAILED, SKIPPED = "passed", "flaky", "failed", "skipped"
# the readers' own words
WORDS = {
    "passed": PASSED,
    "succeeded": PASSED,
    "PASS": PASSED,
    "success": PASSED,
    "flaky": FLAKY,
    "failed": FAILED,
    "failure": FAILED,
    "error": FAILED,
    "FAIL": FAILED,
    "broken": FAILED,
    "skipped": SKIPPED,
    "SKIP": SKIPPED,
    "✓": PASSED,
    "?": FLAKY,
    "✗": FAILED,
    "!": FAILED,
    "⊘": SKIPPED,
}
KNOWS_FLAKY = ("junitparser xunit2", "junit-to-ctrf", "xunit-viewer")
BY_NODE = ("junit-to-ctrf", "junit2json", "junitxml-to-javascript", "test-results-parser")
READERS = ("junitparser", "junitparser xunit2", "junit2html", *BY_NODE, "xunit-viewer", "allure")
LOCKED = ("flaky", "gave_up")  # in every such run an antivirus lock was met
CASES_PER_FILE = 2
VIEWED = re.compile(r"^ {5}(\S) (.+) time=[\d.]+$", re.MULTILINE)

Seen = dict[str, str]
Files = dict[str, Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files by the names of their steps: `sample flaky`, `real flaky`, ..."""
    sampled = runs.render_samples(tmp_path_factory.mktemp("samples"))
    real = runs.make_real(tmp_path_factory.mktemp("real"))
    return {f"sample {name}": path for name, path in sampled.items()} | {
        f"real {name}": path for name, path in real.items()
    }


@pytest.fixture(scope="module")
def by_node(files: Files) -> dict[str, dict[str, dict[str, object]]]:
    """What the libraries of npm read."""
    words = ["node", str(READ), str(node.installed("readers")), *map(str, files.values())]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shown(files: Files, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> object:
    """What each reader shows of all files: {step: state}. Read when first asked for."""
    found: dict[str, Seen] = {}

    def look(reader: str) -> Seen:
        if reader not in found:
            if reader in BY_NODE:
                found[reader] = _from_node(request.getfixturevalue("by_node")[reader], files)
            elif reader == "allure":
                found[reader] = _allure(files, tmp_path_factory.mktemp("allure"))
            else:
                read = {"junitparser": _base, "junitparser xunit2": _xunit2, "junit2html": _html}
                one = read.get(reader, _viewer)
                found[reader] = {key: value for path in files.values() for key, value in one(path).items()}
        return found[reader]

    return look


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_shows_each_outcome_as_it_was(reader: str, files: Files, shown: object) -> None:
    seen = shown(reader)  # type: ignore[operator]
    assert len(seen) == CASES_PER_FILE * len(files), "every case is seen, and none is merged with another"
    assert {step: seen[step] for step in files} == {step: _expected(reader, step) for step in files}
    noted = {step: seen[f"{step} [antivirus lock]"] for step in files}
    assert {step for step, state in noted.items() if state != PASSED} >= {
        step for step in files if step.endswith(LOCKED)
    }
    assert set(noted.values()) == {PASSED, SKIPPED}, "the note is never a failure"


def _expected(reader: str, step: str) -> str:
    _, _, outcome = step.partition(" ")
    if outcome == "flaky":
        return FLAKY if reader in KNOWS_FLAKY else PASSED
    return PASSED if outcome == "passed" else FAILED


@pytest.mark.parametrize("reader", BY_NODE)
def test_a_reader_counts_two_tests_a_file(
    reader: str, by_node: Mapping[str, Mapping[str, Mapping[str, object]]]
) -> None:
    counts = {file: seen["tests"] for file, seen in by_node[reader].items()}
    assert counts == dict.fromkeys(counts, CASES_PER_FILE)


def test_a_check_of_the_file_alone_agrees(files: Files) -> None:
    script = node.installed("readers") / "node_modules" / "verify-junit-xml" / "src" / "script.js"
    for step, path in files.items():
        done = subprocess.run(["node", str(script), str(path)], capture_output=True, timeout=SECONDS)
        assert (done.returncode == 0) == step.endswith(("passed", "flaky")), step


def test_what_a_run_really_wrote_is_valid(files: Files, xunit_schema: xmlschema.XMLSchema10) -> None:
    for path in files.values():
        xunit_schema.validate(str(path))


def _from_node(seen: Mapping[str, Mapping[str, object]], files: Files) -> Seen:
    return {
        str(case): WORDS[str(word)]
        for path in files.values()
        for case, word in seen[str(path)].items()
        if case != "tests"
    }


def _base(path: Path) -> Seen:
    """The flavour that EnricoMi/publish-unit-test-result-action reads with."""
    states = {junitparser.Failure: FAILED, junitparser.Error: FAILED, junitparser.Skipped: SKIPPED}
    document = junitparser.JUnitXml.fromfile(str(path))
    assert document.tests == CASES_PER_FILE
    return {
        case.name: next((states[type(result)] for result in case.result if type(result) in states), PASSED)
        for suite in document
        for case in suite
    }


def _xunit2(path: Path) -> Seen:
    def state(case: Any) -> str:  # of xunit2, which junitparser does not say
        if case.is_flaky:
            return FLAKY
        return FAILED if case.is_failure or case.is_error else SKIPPED if case.is_skipped else PASSED

    return {case.name: state(case) for suite in xunit2.JUnitXml.fromfile(str(path)) for case in suite}


def _html(path: Path) -> Seen:
    from junit2htmlreport.parser import Junit

    report = Junit(str(path))
    return {
        case.name: WORDS[case.outcome()]
        for suite in report.suites
        for group in suite.classes.values()
        for case in group.cases
    }


def _viewer(path: Path) -> Seen:
    program = node.installed("readers") / "node_modules" / "xunit-viewer" / "bin" / "xunit-viewer.js"
    options = ["--console", "--no-color", "--clear", "false", "--output", str(path.with_suffix(".html"))]
    done = subprocess.run(
        ["node", str(program), "-r", str(path), *options],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return {name: WORDS[sign] for sign, name in VIEWED.findall(done.stdout)}


def _allure(files: Files, folder: Path) -> Seen:
    results, report = folder / "results", folder / "report"
    results.mkdir()
    for path in files.values():
        shutil.copy(path, results)
    program = node.installed("readers") / "node_modules" / "allure-commandline" / "dist" / "bin" / "allure"
    suffix = ".bat" if sys.platform == "win32" else ""
    done = subprocess.run(
        [f"{program}{suffix}", "generate", str(results), "--output", str(report)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "JAVA_OPTS": "-Xmx512m"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cases = [json.loads(path.read_text("utf-8")) for path in (report / "data" / "test-cases").iterdir()]
    return {case["name"]: WORDS[case["status"]] for case in cases if not case["hidden"]}
