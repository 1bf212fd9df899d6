"""Names, descriptions, consoles, cache: values in, values out."""

import io
import json
from pathlib import Path

import pytest

from ci_guard.errors import GuardError
from ci_guard.jenkins.api.console import Console
from ci_guard.jenkins.api.description import line_about, with_line, without_line
from ci_guard.jenkins.api.names import job_name, job_path
from ci_guard.jenkins.scan_cache import ScanCache
from ci_guard.model.build import BUILT_IN_NODE, Build, Incident, ScannedBuild
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Match, Namespace
from rig.controller.trees import parse, prune


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("app", "job/app"),
        ("team/app/main", "job/team/job/app/job/main"),
        ("team/app/feature%2Fx", "job/team/job/app/job/feature%252Fx"),
        ("Team A/\u00fcber", "job/Team%20A/job/%C3%BCber"),
    ],
)
def test_a_name_and_the_address_in_the_browser_are_the_same_job(name: str, path: str) -> None:
    assert job_path(name) == path
    assert job_name(f"https://ci.example.com/jenkins/{path}/12/console") == name
    assert job_name(f"/{name}/") == name


def test_a_line_of_ours_is_added_replaced_and_taken_away() -> None:
    theirs = "release candidate\r\n<b>do not delete</b>"
    one = with_line(theirs, "uv sync", "flaky")
    two = with_line(with_line(one, "npm ci", "passed"), "uv sync", "gave up")
    assert one == f"{theirs}\n[ci-guard uv sync] flaky"
    assert two == f"{theirs}\n[ci-guard uv sync] gave up\n[ci-guard npm ci] passed"
    assert with_line(two, "uv sync", "gave up") == two
    assert without_line(without_line(two, "uv sync"), "npm ci") == theirs
    assert line_about(two, "uv sync") == "gave up"
    assert line_about(theirs, "uv sync") is None
    assert with_line("", "a", "b") == "[ci-guard a] b"


def test_two_lines_of_ours_become_one_and_no_markup_gets_in() -> None:
    doubled = "[ci-guard a] x\ntheirs\n[ci-guard a] y"
    assert with_line(doubled, "a", "z") == "[ci-guard a] z\ntheirs"
    assert "<" not in with_line("", "a] b\n", "<script>\nx")
    assert len(with_line("", "a]\nb", "c\nd").split("\n")) == 1


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_console_names_its_agents_and_times(size: int) -> None:
    log = (
        b"Started by user a\n"
        b"Building remotely on win-1 (windows vs2022) in workspace C:\\j\\w\n"
        b"[2026-11-22T09:14:03.123Z] [left] Running on win 2 in C:\\j\\w@2\n"
        b"12:14:03  Running on lin-3 in /var/j\n"
        b"Running on time in spite of everything\n"
        b"ci-guard: attempt 1 of 6 failed after 12.5 s: antivirus_lock\n"
        b"ci-guard: attempt 2 of 6 starts after 2.0 s (backoff)\n"
        b"Building in workspace /var/j"
    )
    console = Console(io.BytesIO(log))
    read = b""
    while part := console.read(size):
        read += part
    assert read == log
    assert console.agents == [
        (2, "win-1"),
        (3, "win 2"),
        (4, "lin-3"),
        (8, BUILT_IN_NODE),
    ]
    assert console.took == [(6, 12.5), (7, 2.0)]
    assert console.agent_at(1) is None
    assert console.agent_at(3) == "win 2"


MATCH = Match(
    signature="s", code=Code(Namespace.WIN32, 5), path="C:\\x", holders=("MsMpEng.exe",), line=3, excerpt="x"
)


def _scanned(number: int, started: float = 1.0) -> ScannedBuild:
    build = Build(
        job="a", number=number, url="u", result="FAILURE", building=False, started=started, duration=2.0
    )
    incident = Incident(category=Category.ANTIVIRUS_LOCK, agent="w", match=MATCH, lost=1.5)
    return ScannedBuild(build=build, agents=("w",), incidents=(incident,), failed_tests=1)


def test_the_memory_gives_back_what_it_was_given(tmp_path: Path) -> None:
    ScanCache(tmp_path, "u", "1").add(_scanned(1))
    assert ScanCache(tmp_path, "u", "1").of("a") == {(1, 1.0): _scanned(1)}
    assert ScanCache(tmp_path, "u", "2").of("a") == {}  # other signatures
    assert ScanCache(tmp_path, "v", "1").of("a") == {}  # another controller
    assert ScanCache(tmp_path, "u", "1").of("b") == {}


def test_a_line_that_was_cut_is_left_out_and_the_next_one_is_whole(tmp_path: Path) -> None:
    cache = ScanCache(tmp_path, "u", "1")
    cache.add(_scanned(1))
    (file,) = tmp_path.rglob("*.jsonl")
    file.write_bytes(file.read_bytes() + b'{"schema": "ci-guard/scan/2", "rea')
    cache.add(_scanned(2))
    with file.open("ab") as stream:
        stream.write(b"\xff\xfe\nnull\n[]\n" + json.dumps({"schema": "ci-guard/scan/2"}).encode())
    assert sorted(cache.of("a")) == [(1, 1.0), (2, 1.0)]


def test_a_memory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GuardError, match="cannot keep") as caught:
        ScanCache(tmp_path / "file", "u", "1").add(_scanned(1))
    assert "--state" in str(caught.value.hint)


def test_the_played_controller_prunes_as_the_real_one() -> None:
    value = {"_class": "J", "name": "a", "builds": [{"_class": "B", "n": n, "x": {"y": 1}} for n in range(5)]}
    assert prune(value, parse("name,builds[n]{1,3}")) == {
        "_class": "J",
        "name": "a",
        "builds": [{"_class": "B", "n": 1}, {"_class": "B", "n": 2}],
    }
    assert prune(value, parse("builds[x[y]]{0,1}"))["builds"] == [{"_class": "B", "x": {"y": 1}}]
