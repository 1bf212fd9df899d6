"""`ci-guard jenkins` as a person or a pipeline calls it."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ci_guard.cli import main
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Diagnosis, Match
from ci_guard.reports.json import render
from rig import records as held_to_schema
from rig.controller import logs
from rig.controller.fake import TOKEN, USER
from rig.controller.world import Made, Node, World, case
from rig.events import HANG, until
from unit.jenkins.conftest import Run, Start
from unit.reports import samples

pytestmark = pytest.mark.program

APP = "team/app/feature%2Fx"
MARKER = "uv sync [antivirus lock]"


@pytest.fixture
def team(world: World) -> World:
    """Two jobs in folders, four agents, one kind of build each."""
    for number, log, result in (
        (1, logs.passed("win-1"), "SUCCESS"),
        (2, logs.recovered("win-2"), "SUCCESS"),
        (3, logs.unsolvable("win-2"), "FAILURE"),
        (4, logs.both("win-3"), "FAILURE"),
        (5, logs.locked("win-1"), "FAILURE"),
    ):
        world.add(APP, Made(number, log, result, parameters={"other": "0"}))
    world.add(APP, Made(6, b"Started by user admin\n", None, building=True, parameters={"other": "1"}))
    world.add("team/nightly", Made(1, logs.freestyle("win-1"), "FAILURE", agent="win-1"))
    for name in (f"win-{number}" for number in range(1, 10)):
        world.nodes[name] = Node(name, ("windows",))
    world.nodes["Built-In Node"] = Node("Built-In Node", ("built-in",))
    return world


# --- scan


def test_a_folder_is_scanned_as_a_table(team: World, start: Start, run: Run) -> None:
    status, out, err = run(start(), "scan", "team")
    lines = [line.split() for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert lines[0] == ["build", "result", "agent", "category", "recovered", "lost", "tool", "path"]
    assert [" ".join(line[:6]) for line in lines[1:7]] == [
        f"{APP} #2 SUCCESS win-2 antivirus_lock yes",
        f"{APP} #3 FAILURE win-2 resolution no",
        f"{APP} #4 FAILURE win-3 antivirus_lock no",
        f"{APP} #4 FAILURE win-3 resolution no",
        f"{APP} #5 FAILURE win-1 antivirus_lock no",
        "team/nightly #1 FAILURE win-1 antivirus_lock no",
    ]
    assert out.endswith("6 builds, 4 antivirus locks in 4 of them\n")


def _objects(out: str) -> dict[tuple[str, int], dict[str, Any]]:
    found = [json.loads(line) for line in out.splitlines()]
    assert len({(one["job"], one["number"]) for one in found}) == len(found)
    return {(one["job"], one["number"]): one for one in found}


def test_json_has_one_line_for_each_finished_build(team: World, start: Start, run: Run) -> None:
    fake = start()
    # the same job four times: by name, by address, by its folders
    names = (APP, f"{fake.url}job/team/job/app/job/feature%252Fx/5/", "team/app", "team")
    status, out, _ = run(fake, "scan", "--format", "json", *names)
    found = _objects(out)
    assert status == 0
    assert sorted(found) == [*((APP, number) for number in range(1, 6)), ("team/nightly", 1)]
    assert [found[APP, number]["failed_by_locks_only"] for number in range(1, 6)] == [False] * 4 + [True]
    (told,) = found[APP, 2]["incidents"]
    assert (told["recovered"], told["attempts"], told["lost"], told["agent"]) == (True, 2, 26.0, "win-2")
    assert told["match"]["path"] == logs.PATH
    assert told["match"]["code"] == {"namespace": "win32", "number": 5}
    (told,) = found[APP, 5]["incidents"]
    assert told["lost"] == found[APP, 5]["duration"] == 60.0
    assert found["team/nightly", 1]["agents"] == ["win-1"]


def test_a_second_scan_fetches_only_what_is_new(team: World, start: Start, run: Run) -> None:
    fake = start()
    _, first, _ = run(fake, "scan", "team", "--format", "json", "--state", "kept")
    fake.asked.clear()
    team.builds[APP][-1].building = False
    team.builds[APP][-1].result = "SUCCESS"
    _, second, _ = run(fake, "scan", "team", "--format", "json", "--state", "kept")
    assert [path for path in fake.asked if "consoleText" in path] == [
        "GET /jenkins/job/team/job/app/job/feature%252Fx/6/consoleText"
    ]
    later = _objects(second)
    assert later.pop((APP, 6))["incidents"] == []
    assert later == _objects(first)


def test_more_builds_than_a_page_come_from_several(world: World, start: Start, run: Run) -> None:
    for number in range(1, 141):
        world.add("app", Made(number))
    _, out, _ = run(start(), "scan", "app", "--last", "120", "--format", "json", "--state", "none")
    assert sorted(number for _, number in _objects(out)) == list(range(21, 141))


def test_a_build_that_begins_between_two_pages_counts_no_other_twice(
    world: World, start: Start, run: Run
) -> None:
    for number in range(1, 121):
        world.add("app", Made(number))

    def fault(path: str, before: int) -> None:
        if path.endswith("{100,120}") and not before:
            world.add("app", Made(121))

    _, out, _ = run(start(fault), "scan", "app", "--last", "120", "--format", "json")
    assert sorted(number for _, number in _objects(out)) == list(range(2, 121))


def test_no_more_requests_at_a_time_than_allowed(world: World, start: Start, run: Run) -> None:
    for number in range(1, 41):
        world.add("app", Made(number))
    fake = start(lambda path, before: "slow" if "consoleText" in path else None)
    assert run(fake, "scan", "app", "--concurrency", "3")[0] == 0
    assert fake.most_at_once == 3


def test_the_test_report_tells_what_the_log_does_not(world: World, start: Start, run: Run) -> None:
    skipped = case("ci-guard.antivirus-lock", MARKER, "SKIPPED", "FLAKY (antivirus): attempt 1 of 4")
    step = case("ci-guard.guarded-step", "uv sync")
    failed = case("ci-guard.guarded-step", "uv sync", "FAILED")
    world.add("app", Made(1, logs.passed("w"), tests=[step, skipped, case("t", "x")]))
    world.add("app", Made(2, logs.passed("w"), "UNSTABLE", tests=[failed, skipped, case("t", "x")]))
    world.add("app", Made(3, logs.locked("w"), "FAILURE", tests=[failed, skipped, case("t", "x", "FAILED")]))
    _, out, _ = run(start(), "scan", "app", "--format", "json")
    found = {number: one for (_, number), one in _objects(out).items()}
    assert {number: [lock["recovered"] for lock in one["incidents"]] for number, one in found.items()} == {
        1: [True],
        2: [False],
        3: [False],  # told by both, counted once
    }
    assert [found[number]["failed_tests"] for number in (1, 2, 3)] == [0, 0, 1]
    assert [found[number]["failed_by_locks_only"] for number in (1, 2, 3)] == [False, True, False]


def test_the_reports_of_modules_count_too(world: World, start: Start, run: Run) -> None:
    skipped = case("ci-guard.antivirus-lock", MARKER, "SKIPPED", "FLAKY (antivirus): attempt 1 of 4")
    world.add("app", Made(1, logs.passed("w"), tests=[skipped], of_modules=True))
    assert run(start(), "scan", "app")[1].endswith("1 build, 1 antivirus lock in 1 of them\n")


def test_a_person_sees_how_far_it_is(
    team: World, start: Start, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    assert run(start(), "scan", "team")[0] == 0
    assert "builds  [" in shown.getvalue()
    assert "100%" in shown.getvalue()


def test_records_are_written_once_for_each_incident(team: World, start: Start, run: Run) -> None:
    fake = start()
    for _ in range(2):
        assert run(fake, "scan", "team", "--records", "records")[0] == 0
    records = [json.loads(path.read_bytes()) for path in sorted(Path("records").iterdir())]
    assert len(records) == 7  # six incidents, one build without
    assert {record["schema"] for record in records} == {"ci-guard/run/1"}
    for each in records:
        held_to_schema.check(each)
    outcomes = sorted((record["build"]["number"], record["outcome"]) for record in records)
    assert outcomes == [
        (1, "failed"),
        (1, "passed"),
        (2, "flaky"),
        (3, "failed"),
        (4, "failed"),
        (4, "failed"),
        (5, "failed"),
    ]
    flaky = next(record for record in records if record["outcome"] == "flaky")
    assert [attempt["category"] for attempt in flaky["attempts"]] == ["antivirus_lock"] * 2 + [None]
    assert (flaky["agent"], flaky["duration"]) == ("win-2", 26.0)


def test_secrets_of_a_log_are_not_shown_nor_kept(world: World, start: Start, run: Run) -> None:
    secret = "hunter2hunter2"
    world.add("app", Made(1, logs.locked("w").replace(b"uv sync", f"uv sync --password {secret}".encode())))
    world.builds["app"][0].parameters = {"PASSWORD": secret}
    _, out, err = run(start(), "scan", "app", "--format", "json", "--state", "kept")
    assert "--password ***" in out
    assert secret not in out + err
    assert all(secret not in file.read_text() for file in Path("kept").rglob("*.jsonl"))


def test_a_log_that_a_proxy_has_cut_is_read_again(world: World, start: Start, run: Run) -> None:
    world.add("app", Made(1, logs.locked("w"), "FAILURE"))
    world.add("app", Made(2, b"the controller died in this build\n", "FAILURE"))
    cut = "GET /jenkins/job/app/1/consoleText"
    fake = start(lambda path, before: "shortened" if path == cut and before == 0 else None)
    assert run(fake, "scan", "app")[1].endswith("2 builds, 1 antivirus lock in 1 of them\n")
    assert fake.asked[cut] == 2
    assert fake.asked["GET /jenkins/job/app/2/consoleText"] == 3


def test_a_log_that_is_gone_is_told_and_the_others_are_read(world: World, start: Start, run: Run) -> None:
    for number in (1, 2, 3):
        world.add("app", Made(number))
    fake = start(lambda path, before: "503" if path.endswith("/2/consoleText") else None)
    status, out, err = run(fake, "scan", "app", "--tries", "2")
    assert status == 125
    assert out == "2 builds, 0 antivirus locks in 0 of them\n"
    assert "1 build could not be read" in err
    assert "app #2" in err
    assert "HTTP 503" in err


def test_a_controller_that_goes_away_ends_the_scan_and_the_next_goes_on(
    world: World, start: Start, run: Run
) -> None:
    for number in range(1, 61):
        world.add("app", Made(number))
    down = [True]
    fake = start(
        lambda path, before: (
            "503" if down[0] and "consoleText" in path and path < "GET /jenkins/job/app/5" else None
        )
    )
    status, _, err = run(fake, "scan", "app", "--last", "60", "--tries", "1", "--state", "kept")
    assert status == 125
    assert "10 builds in a row could not be read" in err
    assert "goes on where it stopped" in err
    down[0] = False
    before = sum(fake.served[path] for path in fake.served if "consoleText" in path)
    assert run(fake, "scan", "app", "--last", "60", "--state", "kept")[:2] == (
        0,
        "60 builds, 0 antivirus locks in 0 of them\n",
    )
    assert before > 0
    assert sum(fake.served[path] for path in fake.served if "consoleText" in path) == 60


def test_a_login_in_the_middle_ends_the_scan(world: World, start: Start, run: Run) -> None:
    for number in range(1, 61):
        world.add("app", Made(number))
    fake = start(lambda path, before: "login" if path.endswith("/50/consoleText") else None)
    status, _, err = run(fake, "scan", "app", "--last", "60")
    assert (status, "login page" in err) == (125, True)
    assert fake.faults["login"] == 1
    assert sum("consoleText" in path for path in fake.asked) < 60


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process only")
def test_an_interrupt_ends_the_scan_and_keeps_what_was_read(world: World, start: Start) -> None:
    for number in range(1, 61):
        world.add("app", Made(number, logs.passed("w")))
    fake = start(lambda path, before: "silence" if "job/app/1/" in path or "job/app/2/" in path else None)
    environment = {**os.environ, "JENKINS_URL": fake.url, "JENKINS_USER": USER, "JENKINS_API_TOKEN": TOKEN}
    words = ["jenkins", "scan", "app", "--last", "60", "--state", "kept", "--timeout", "1", "--tries", "100"]
    scan = subprocess.Popen([sys.executable, "-m", "ci_guard", *words], env=environment)
    until(lambda: _kept() >= 58 or scan.poll() is not None)
    scan.send_signal(signal.SIGINT)
    assert scan.wait(HANG) == 130
    assert _kept() == 58


def _kept() -> int:
    return sum(file.read_bytes().count(b'"schema"') for file in Path("kept").rglob("*.jsonl"))


# --- fleet


def test_the_fleet_names_agents_jobs_tools_and_paths(team: World, start: Start, run: Run) -> None:
    _, out, _ = run(start(), "fleet", "team", "--format", "json")
    fleet = json.loads(out)
    assert (fleet["builds"], fleet["incidents"], fleet["recovered"], fleet["lost"]) == (6, 4, 1, 146.0)
    assert {one["name"]: (one["builds"], one["incidents"]) for one in fleet["by"]["agent"]} == {
        "win-1": (3, 2),
        "win-2": (2, 1),
        "win-3": (1, 1),
    }
    assert [(one["name"], one["per_100_builds"]) for one in fleet["by"]["job"]] == [
        ("team/nightly", 100.0),
        (APP, 60.0),
    ]
    assert [one["name"] for one in fleet["by"]["tool"]] == ["uv"]
    assert [one["name"] for one in fleet["by"]["path"]] == ["Scripts\\httpx.exe"]


def test_the_fleet_as_tables(team: World, start: Start, run: Run) -> None:
    _, out, _ = run(start(), "fleet", "team")
    assert out.startswith("4 antivirus locks in 6 builds; 1 recovered; 2.4 min lost\n")
    assert re.search(r"^win-1  3       2      66.7     0          2.0 min  team/\S+ #\d+$", out, re.MULTILINE)


# --- describe

MET = replace(samples.GAVE_UP.attempts[0], diagnosis=Diagnosis(category=Category.ANTIVIRUS_LOCK))
LOCKED = replace(
    MET, diagnosis=Diagnosis(category=Category.ANTIVIRUS_LOCK, match=Match(signature="s", path=logs.PATH))
)


def record(outcome: RunOutcome, *attempts: Attempt, **values: object) -> bytes:
    run = replace(samples.make_run(outcome, attempts), **values)  # type: ignore[arg-type]
    return render(samples.shown(run))


RECORD = record(RunOutcome.FLAKY, LOCKED, samples.make_success(2), name="sync")
LINE = f"[ci-guard sync] passed after a retry (antivirus lock) at attempt 2 on {logs.PATH}"


def test_a_description_is_written_once_and_keeps_what_others_wrote(
    team: World, start: Start, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("run.json").write_bytes(RECORD)
    made = team.builds[APP][-1]
    made.description = "release candidate"
    monkeypatch.setenv("JOB_NAME", APP)
    monkeypatch.setenv("BUILD_NUMBER", "6")
    fake = start()
    assert run(fake, "describe", "run.json")[1] == (
        f"release candidate\n{LINE}\n{APP} #6: would get this description; add --yes to write it\n"
    )
    assert made.description == "release candidate"
    for _ in range(2):
        assert run(fake, "describe", "run.json", "--yes")[:2] == (0, f"{APP} #6: described\n")
    assert made.description == f"release candidate\n{LINE}"
    assert fake.asked["POST /jenkins/job/team/job/app/job/feature%252Fx/6/submitDescription"] == 1


def test_what_is_no_record_is_told(team: World, start: Start, run: Run) -> None:
    Path("run.json").write_text("{}")
    status, _, err = run(start(), "describe", "run.json", "--job", APP, "--build", "5")
    assert (status, "is not a record of ci-guard" in err) == (125, True)


def test_a_description_that_may_not_be_changed_is_told(team: World, start: Start, run: Run) -> None:
    Path("run.json").write_bytes(RECORD)
    fake = start()
    fake.mode = "unchanging"
    status, _, err = run(fake, "describe", "run.json", "--job", APP, "--build", "5", "--yes")
    assert (status, "Run/Update" in err) == (125, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            record(RunOutcome.PASSED, samples.make_success(), name="", command=("npm", "ci")),
            "[ci-guard npm ci] passed\n",
        ),
        (
            record(RunOutcome.GAVE_UP, MET, MET, name="x", category=Category.ANTIVIRUS_LOCK),
            "[ci-guard x] gave up (antivirus lock) at attempt 2\n",
        ),
    ],
)
def test_other_ends_are_told_too(team: World, start: Start, run: Run, content: bytes, told: str) -> None:
    Path("run.json").write_bytes(content)
    assert run(start(), "describe", "run.json", "--job", APP, "--build", "5")[1].startswith(told)


# --- rerun


def test_builds_that_only_locks_made_fail_run_again_once(team: World, start: Start, run: Run) -> None:
    team.builds["team/nightly"][0].parameters = {"target": "x64", "clean": True}
    fake = start()
    dry = run(fake, "rerun", "team")
    assert dry[:2] == (
        0,
        f"{APP} #5: would be run again; add --yes to do it\n"
        "team/nightly #1: would be run again; add --yes to do it\n",
    )
    assert team.queued == []
    _, out, _ = run(fake, "rerun", "team", "--yes")
    assert out.count("started again after an antivirus lock, queue item 90") == 2
    assert sorted(team.queued) == [
        (APP, {"other": "0"}),
        ("team/nightly", {"target": "x64", "clean": "true"}),
    ]
    _, out, _ = run(fake, "rerun", "team", "--yes")
    assert out.count("not run again: marked: started again") == 2
    assert len(team.queued) == 2


def test_a_second_run_that_locks_made_fail_too_is_left_to_people(
    world: World, start: Start, run: Run
) -> None:
    world.add("app", Made(1, logs.locked("w"), "FAILURE"))
    fake = start()
    run(fake, "rerun", "app", "--yes")
    again = world.builds["app"][-1]
    again.building, again.result, again.log = False, "FAILURE", logs.locked("w")
    _, out, _ = run(fake, "rerun", "app", "--yes")
    assert "app #2: not run again: it is itself a rerun" in out
    assert len(world.queued) == 1


def _cause(kind: str, text: str, **more: object) -> list[dict[str, Any]]:
    return [{"_class": kind, "shortDescription": text, **more}]


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (Made(2, result="SUCCESS"), "#2 with the same parameters passed"),
        (Made(2, result=None, building=True), "#2 with the same parameters is running"),
        (
            Made(
                2,
                result="FAILURE",
                causes=_cause("org.jenkinsci.plugins.workflow.cps.replay.ReplayCause", "Replayed #1"),
            ),
            "run again as #2",
        ),
        (
            Made(
                2,
                result="FAILURE",
                causes=_cause(
                    "com.sonyericsson.rebuild.RebuildCause",
                    "Rebuilds build #1",
                    upstreamBuild=1,
                    upstreamProject="app",
                ),
            ),
            "run again as #2",
        ),
        (
            Made(
                2,
                result="FAILURE",
                causes=_cause(
                    "com.chikli.hudson.plugin.naginator.NaginatorCause",
                    "Started by Naginator after build #1 failure",
                ),
            ),
            "run again as #2",
        ),
    ],
)
def test_what_runs_already_is_not_run_again(
    world: World, start: Start, run: Run, later: Made, told: str
) -> None:
    world.add("app", Made(1, logs.locked("w"), "FAILURE"))
    world.add("app", later)
    _, out, _ = run(start(), "rerun", "app", "--yes")
    assert f"app #1: not run again: {told}\n" in out
    assert world.queued == []


def test_only_the_newest_of_builds_that_are_alike_runs_again(world: World, start: Start, run: Run) -> None:
    for number, target in ((1, "a"), (2, "a"), (3, "b")):
        world.add("app", Made(number, logs.locked("w"), "FAILURE", parameters={"target": target}))
    _, out, _ = run(start(), "rerun", "app", "--yes")
    assert [form for _, form in world.queued] == [{"target": "b"}, {"target": "a"}]
    assert "app #1: not run again: app #2 has the same parameters" in out


def test_a_password_that_is_not_told_keeps_a_build_from_running(world: World, start: Start, run: Run) -> None:
    world.add("app", Made(1, logs.locked("w"), "FAILURE", parameters={"PASSWORD": None}))
    _, out, _ = run(start(), "rerun", "app", "--yes")
    assert "does not tell the value of the parameter `PASSWORD`" in out
    assert world.queued == []


def test_a_lost_answer_leaves_the_mark_so_that_nothing_runs_twice(
    world: World, start: Start, run: Run
) -> None:
    world.add("app", Made(1, logs.locked("w"), "FAILURE"))
    fake = start(lambda path, before: "done-then-reset" if path.endswith("/build") else None)
    status, _, err = run(fake, "rerun", "app", "--yes")
    assert (status, "it may have been done" in err) == (125, True)
    assert world.builds["app"][0].description == "[ci-guard re-run] requested"
    run(fake, "rerun", "app", "--yes")
    assert len(world.queued) == 1


def test_a_refused_start_takes_the_mark_back(world: World, start: Start, run: Run) -> None:
    made = world.add("app", Made(1, logs.locked("w"), "FAILURE", description="theirs"))
    fake = start(lambda path, before: "503" if path.endswith("/build") else None)
    assert run(fake, "rerun", "app", "--yes", "--tries", "2")[0] == 125
    assert made.description == "theirs"
    assert world.queued == []


# --- quarantine


@pytest.fixture
def sick(world: World) -> World:
    """win-1 and win-2 lock every build, win-3 none."""
    for number in range(1, 31):
        agent = f"win-{number % 3 + 1}"
        locks = agent != "win-3"
        log = logs.locked(agent) if locks else logs.passed(agent)
        world.add("app", Made(number, log, "FAILURE" if locks else "SUCCESS"))
    for name in (f"win-{number}" for number in range(1, 10)):
        world.nodes[name] = Node(name, ("windows",))
    world.nodes["Built-In Node"] = Node("Built-In Node")
    return world


def test_agents_over_the_limit_are_taken_out_with_the_evidence(sick: World, start: Start, run: Run) -> None:
    fake = start()
    _, out, _ = run(fake, "quarantine", "app", "--max", "2")
    assert (
        out.count(
            "would be taken offline; add --yes to do it: 10 antivirus locks in 10 builds, 100.0 per 100"
        )
        == 2
    )
    assert not any(node.offline for node in sick.nodes.values())
    assert run(fake, "quarantine", "app", "--max", "2", "--yes")[0] == 0
    assert [node.name for node in sick.nodes.values() if node.offline] == ["win-1", "win-2"]
    reason = sick.nodes["win-1"].reason
    assert reason.startswith("Disconnected by robot : ci-guard quarantine: 10 antivirus locks in 10 builds")
    assert logs.PATH in reason
    assert "app #30" in reason
    _, out, _ = run(fake, "quarantine", "app", "--yes")
    assert out.count("stays: it is offline already") == 2


def test_one_agent_at_a_time_if_nothing_else_is_said(sick: World, start: Start, run: Run) -> None:
    out = run(start(), "quarantine", "app", "--yes")[1]
    assert "win-2: stays: no more than 1 at a time (--max)" in out
    assert [node.name for node in sick.nodes.values() if node.offline] == ["win-1"]


@pytest.mark.parametrize(("bearers", "out"), [(2, 0), (3, 1), (5, 1), (6, 2), (9, 2)])
def test_no_more_than_a_third_of_a_label(sick: World, start: Start, run: Run, bearers: int, out: int) -> None:
    for number in range(bearers + 1, 10):
        del sick.nodes[f"win-{number}"]
    run(start(), "quarantine", "app", "--max", "9", "--yes")
    assert sum(node.offline for node in sick.nodes.values()) == out


def test_the_fleet_has_a_page(sick: World, start: Start, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "fleet.html"
    assert run(start(), "fleet", "app", "--html", str(page))[0] == 0
    assert "20 of 30 builds" in page.read_text(encoding="utf-8")


def test_the_last_agent_of_a_label_stays(sick: World, start: Start, run: Run) -> None:
    sick.nodes["win-2"].labels = ("windows", "gpu")
    sick.nodes["win-3"].offline = True
    run_out = run(start(), "quarantine", "app", "--max", "2", "--yes")[1]
    assert "win-1: offline" in run_out
    assert "win-2: stays: it is the last agent with the label `gpu`" in run_out
    assert not sick.nodes["win-2"].offline


def test_the_last_agent_of_all_stays_without_labels_too(sick: World, start: Start, run: Run) -> None:
    for node in sick.nodes.values():
        node.labels = ()
    for number in range(3, 10):
        sick.nodes[f"win-{number}"].offline = True
    out = run(start(), "quarantine", "app", "--max", "2", "--yes")[1]
    assert "win-2: stays: it is the last agent that is online" in out
    assert [sick.nodes[f"win-{n}"].offline for n in (1, 2)] == [True, False]


def test_agents_under_the_limits_stay(sick: World, start: Start, run: Run) -> None:
    assert (
        "no agent with at least 11 builds has"
        in run(start(), "quarantine", "app", "--least", "11", "--yes")[1]
    )


def test_only_what_ci_guard_took_out_is_brought_back(sick: World, start: Start, run: Run) -> None:
    fake = start()
    run(fake, "quarantine", "app", "--max", "2", "--yes")
    sick.nodes["win-3"].offline = sick.nodes["win-3"].temporarily = True
    sick.nodes["win-3"].reason = "Disconnected by anna : new disk"
    sick.nodes["win-2"].reason = "Disconnected by anna : I keep it"
    dry = run(fake, "quarantine", "--release")[1]
    assert dry.startswith("win-1: would be brought back")
    assert dry.count("\n") == 1
    assert run(fake, "quarantine", "--release", "win-1", "win-3", "--yes")[1] == (
        "win-1: brought back\nwin-3: left as it is: ci-guard did not take it out\n"
    )
    assert [node.name for node in sick.nodes.values() if node.offline] == ["win-2", "win-3"]


@pytest.mark.parametrize("fault", ["done-then-reset", "reset"])
def test_a_lost_answer_does_not_toggle_an_agent_twice(
    sick: World, start: Start, run: Run, fault: str
) -> None:
    fake = start(lambda path, before: fault if path.endswith("toggleOffline") and before == 0 else None)
    run(fake, "quarantine", "app", "--yes")
    status, out, _ = run(fake, "quarantine", "--release", "win-1", "--yes")
    assert fake.asked["POST /jenkins/computer/win-1/toggleOffline"] == 1
    assert sick.nodes["win-1"].offline is (fault == "reset")
    assert (status, out) == ((125, "") if fault == "reset" else (0, "win-1: brought back\n"))


def test_an_agent_that_may_not_be_taken_out_is_told(sick: World, start: Start, run: Run) -> None:
    fake = start()
    fake.mode = "unchanging"
    status, out, err = run(fake, "quarantine", "app", "--max", "2", "--yes")
    assert (status, out) == (125, "")
    assert err.count("Agent/Disconnect") == 2


def test_the_own_node_of_the_controller_and_agents_that_are_gone_stay(
    sick: World, start: Start, run: Run
) -> None:
    del sick.nodes["win-1"]
    for number in range(31, 51):
        log = logs.locked("w").replace(b"Running on w ", b"Running on Jenkins ")
        sick.add("app", Made(number, log, "FAILURE"))
    _, out, _ = run(start(), "quarantine", "app")
    assert "built-in: stays: it is the controller's built-in node" in out
    assert "win-1: stays: the controller no longer has an agent of this name" in out


# --- access


def test_without_an_address_or_half_of_the_credentials(
    start: Start, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jenkins", "scan", "app"]) == 125
    assert "set JENKINS_URL" in capsys.readouterr().err
    status, _, err = run(start(), "scan", "app", token=None)
    assert (status, "JENKINS_API_TOKEN is not set" in err) == (125, True)


def test_a_login_page_is_told_with_the_remedy(team: World, start: Start, run: Run) -> None:
    fake = start()
    fake.mode = "login"
    status, out, err = run(fake, "scan", "team")
    assert (status, out) == (125, "")
    assert "answers with a login page instead of data" in err
    assert "hint: set JENKINS_USER and JENKINS_API_TOKEN" in err


def test_the_token_has_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("scan", "fleet", "describe", "rerun", "quarantine"):
        assert main(["jenkins", command, "--help"]) == 0
        assert "token" not in capsys.readouterr().out.lower()


def test_without_the_extra_it_is_said_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['jenkins'] = None\n"
        "from ci_guard.cli import main\nsys.exit(main(['jenkins', 'scan', 'app']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 125
    assert 'pip install "ci-guard[jenkins]"' in done.stderr
