"""The project's own unit tests under a real Windows CPython, on machines that are not Windows themselves."""

import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rig import cache, schema
from rig.windows import Windows

VARIABLE = "TEST_CI_GUARD_WINDOWS_UNITS"  # `all`: what is left out below, too

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="here the unit tests run by themselves"),
    pytest.mark.timeout(3700),
]

ROOT = Path(__file__).parents[2]
# a room, or some files of it, and how many of its tests pass at the least: a skipped room is a hole. Each run
# of pytest costs seconds there before its first test: several share one, and are told apart by its report
RUNS: tuple[Mapping[str, int], ...] = (
    {"unit/recover": 330},
    {
        "unit/process": 150,
        "unit/machine": 70,
        "unit/patience": 60,
        "unit/windows": 15,
    },
    {
        "unit/agent": 50,
        "unit/ci_server": 115,
        "unit/cli": 135,
        "unit/command_line/test_programs.py": 5,
        "unit/demo": 10,
        "unit/doctor": 20,
        "unit/policy/test_find.py": 5,
        "unit/reports/test_write.py": 25,
        "unit/run/test_startup.py": 1,
        "unit/run/test_versions.py": 2,
        "unit/run/test_windows.py": 3,
        "unit/shim": 5,
        "unit/test_time_limit.py": 10,
        "unit/test_unguarded.py": 10,
    },
)
PIECES = {piece: least for run in RUNS for piece, least in run.items()}
# what takes minutes there, and shows of Windows what the pieces show
LONG = ("unit/run", "unit/run/test_line_starts.py", "unit/run/test_hints.py", "unit/test_bundle.py",
        "e2e/test_demo.py", "e2e/test_ci_servers.py")  # fmt: skip
# values alone, thousands of cases of them
PURE = ("command_line", "config", "diagnose", "explain", "fleet", "knowledge", "model", "policy", "record",
        "redact", "reports", "retry", "test_random_name.py")  # fmt: skip
ELSEWHERE = ("jenkins", "telemetry")  # need libraries that are not there
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "ci_guard", "dist", "build", "*.egg-info", "reports")
PASSED = "passed"
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
    r"no (?:zsh|fish|bash|pwsh) here|the script is one of sh",
    r"there any program may be executed|elsewhere there is no lib64",
    r"\b(shell script|scripts? of sh|script with a first line|shell's)\b",
    r"npm writes command files instead of links on Windows",
    r"there is no git on this machine",  # under Wine
    r"mounting needs root and Linux|not asked on Windows",
    r"this system has no /dev/full",
    r"a folder in the place of the file says the same there",
    r"a program of one script file cannot be started by its bare name",
    r"the page cannot write the language",
    r"makes links, which Windows refuses to plain users",
)


def _not_copied(folder: str, names: list[str]) -> set[str]:
    ignored = NOT_COPIED(folder, names)
    return ignored - {"reports"} if Path(folder).name == "unit" else ignored  # the tests of that room


@pytest.fixture(scope="module")
def tree(system: Windows) -> Path:
    """The project on drive C, without the package: it is installed, as users have it."""
    folder = system.drive / "tree"
    shutil.copytree(ROOT, folder, ignore=_not_copied)
    shutil.copytree(schema.archive().parent, folder / cache.DEFAULT.name / schema.NAME)
    return folder


@pytest.mark.parametrize("pieces", RUNS, ids=lambda pieces: next(iter(pieces)))
def test_the_unit_tests_pass_under_windows_python(
    system: Windows, tree: Path, pieces: Mapping[str, int]
) -> None:
    outcomes = _outcomes(system, tree, *pieces)
    passed = {piece: outcomes[piece].pop(PASSED, 0) for piece in pieces}
    assert {piece: count for piece, count in passed.items() if count < pieces[piece]} == {}
    reasons = {reason for found in outcomes.values() for reason in found}
    assert [reason for reason in reasons if not re.search("|".join(REASONS), reason)] == []


@pytest.mark.skipif(os.environ.get(VARIABLE) != "all", reason=f"{VARIABLE}=all tests what is left out, too")
@pytest.mark.parametrize("piece", [*LONG, *(f"unit/{name}" for name in PURE)])
def test_what_is_left_out_passes_there_too(system: Windows, tree: Path, piece: str) -> None:
    assert _outcomes(system, tree, piece)[piece][PASSED]


def test_every_room_is_gone_through() -> None:
    rooms = {path.name for path in (ROOT / "tests" / "unit").iterdir() if path.is_dir()} - {"__pycache__"}
    assert rooms <= {piece.split("/")[1] for piece in PIECES} | {*PURE, *ELSEWHERE}


def _outcomes(system: Windows, tree: Path, *pieces: str) -> dict[str, Counter[str]]:
    """Of each piece how many passed, and why how many were skipped; a failure is one here."""
    report = tree / f"{pieces[0].replace('/', '-')}.xml"
    options = ["-q", "-p", "no:cacheprovider", f"--junitxml={system.spelled(report)}", "--durations=20"]
    options += [
        f"--ignore=tests/{each}" for each in LONG if not any(piece.startswith(each) for piece in pieces)
    ]
    words = ["--tb=short", *(f"tests/{piece}" for piece in pieces)]
    done = system.start([system.guard, "-m", "pytest", *options, *words], folder=tree).done(SECONDS)
    print(done.text)  # what took long, where a time is looked for
    assert done.status == 0, done.text
    found: dict[str, Counter[str]] = {piece: Counter() for piece in pieces}
    for case in ElementTree.parse(report).iter("testcase"):
        found[_piece(case, pieces)][outcome(case)] += 1
    return found


def _piece(case: ElementTree.Element, pieces: Sequence[str]) -> str:
    """The piece that a test is of; of a module that was skipped whole the name has the module."""
    place = (case.get("classname") or case.get("name") or "").replace(".", "/") + "/"
    return next(piece for piece in pieces if f"tests/{piece.removesuffix('.py')}/" in place)


def outcome(case: ElementTree.Element) -> str:
    """`passed`, or why the test was skipped."""
    skipped = case.find("skipped")
    # of a whole module the message says `collection skipped` only, and the text why
    return PASSED if skipped is None else f"{skipped.get('message', '')} {skipped.text or ''}"
