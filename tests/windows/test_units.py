"""The project's own unit tests under a real Windows CPython, on machines that are not Windows themselves."""

import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rig import cache, schema

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="here the unit tests run by themselves"),
    pytest.mark.timeout(3700),
]

ROOT = Path(__file__).parents[2]
# whole programs, but without what only Linux has
WHOLE = ("tests/e2e/test_demo.py", "tests/e2e/test_ci_servers.py")
ELSEWHERE = ("jenkins",)  # needs a library of which there is no wheel
# patterns and data alone, which no system changes; thousands of cases
PURE = ("diagnose/test_kinds.py", "diagnose/test_signatures.py", "diagnose/test_safety.py", "knowledge")
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "ci_guard", "dist", "build", "*.egg-info", "reports")
PASSED_AT_LEAST = 1800
SECONDS = 3600  # against a hang alone: each test in there has a limit of its own
# why a unit test may be skipped on Windows; anything else is a hole
REASONS = (
    r"POSIX",
    r"what other systems answer",
    r"this is Wine: ",  # for a real Windows only
    r"Windows has (job objects|one lock only)",
    r"this kernel offers no Landlock",
    r"only root can become another user",
    r"a process cannot send itself these signals on Windows",
    r"cmd\.exe quotes in another way",
    r"a closed pipe of Windows has no status of its own",
    r"a shell script (is no program there|stands for the agent)",
    r"a program of one script file cannot be started by its bare name",
    r"the page cannot write the language",
    r"makes links, which Windows refuses to plain users",
)


def _not_copied(folder: str, names: list[str]) -> set[str]:
    ignored = NOT_COPIED(folder, names)
    return ignored - {"reports"} if Path(folder).name == "unit" else ignored  # the tests of that room


@pytest.fixture
def tree(system) -> Path:
    """The project on drive C, without the package: it is installed, as users have it."""
    folder = system.drive / "tree"
    shutil.copytree(ROOT, folder, ignore=_not_copied)
    shutil.copytree(schema.archive().parent, folder / cache.DEFAULT.name / schema.NAME)
    return folder


@pytest.mark.skipif(
    not os.environ.get("TEST_CI_GUARD_WINDOWS_UNITS"),
    reason="the rooms that are new since 0.1 have not been gone through under Windows Python yet; "
    "set TEST_CI_GUARD_WINDOWS_UNITS=1 to run what there is",
)
def test_the_unit_tests_pass_under_windows_python(system, tree: Path) -> None:
    folders = sorted(
        f"tests/unit/{path.name}"
        for path in (tree / "tests" / "unit").iterdir()
        if path.is_dir() and path.name not in (*ELSEWHERE, *PURE)
    )
    report = tree / "units.xml"
    options = ["-q", "-p", "no:cacheprovider", f"--junitxml={system.spelled(report)}", "--durations=15"]
    options += [f"--ignore=tests/unit/{path}" for path in PURE]
    started = system.start([system.guard, "-m", "pytest", *options, *folders, *WHOLE], folder=tree)
    done = started.done(SECONDS)
    print(done.text[-3000:])
    assert done.status == 0, done.text
    outcomes = Counter(outcome(case) for case in ElementTree.parse(report).iter("testcase"))
    passed = outcomes.pop("passed")
    assert passed >= PASSED_AT_LEAST
    unexplained = [reason for reason in outcomes if not re.search("|".join(REASONS), reason)]
    assert unexplained == []


def outcome(case: ElementTree.Element) -> str:
    """`passed`, or why the test was skipped."""
    skipped = case.find("skipped")
    # of a whole module the message says `collection skipped` only, and the text why
    return "passed" if skipped is None else f"{skipped.get('message', '')} {skipped.text or ''}"
