"""A real little program, locked twice, under the guard as each CI server starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.ci_server.detect import PLAIN, SERVERS
from rig import ci_readers as readers
from rig.events import HANG

pytestmark = pytest.mark.traced
PROGRAMS = Path(__file__).parents[1] / "programs"
FAILS = str(PROGRAMS / "fails_until.py")
LOCK = "error: failed to remove file `{folder}/x.exe`: Access is denied. (os error 5)"
NOISE = "x ##vso[task.complete result=Failed;] ##[error]y\n::error::z\n##teamcity[message text='w']"
SECRET = "hunter2hunter2"
MARKS = {
    "github": {"GITHUB_ACTIONS": "true"},
    "gitlab": {"GITLAB_CI": "true"},
    "azure": {"TF_BUILD": "True"},
    "teamcity": {"TEAMCITY_VERSION": "2025.11"},
    "buildkite": {"BUILDKITE": "true", "PATH": ""},
    "jenkins": {"JENKINS_URL": "http://jenkins.example"},
    "plain": {},
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    policy = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\nwait_for_unlock: false\n"
    (tmp_path / ".ci-guard.yml").write_text(policy, encoding="utf-8")
    return tmp_path


def run(home: Path, name: str, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CI_GUARD")}
    files = {"GITHUB_OUTPUT": str(home / "out"), "GITHUB_STEP_SUMMARY": str(home / "summary")}
    agent = {"AGENT_TEMPDIRECTORY": str(home), "DEPLOY_TOKEN": SECRET}
    return subprocess.run(
        [sys.executable, "-m", "ci_guard", *words],
        cwd=home,
        env=environment | files | agent | MARKS[name] | variables,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=HANG,
    )


def locked(home: Path, until: int, *more: str) -> list[str]:
    return ["--", sys.executable, FAILS, str(until), "2", LOCK.format(folder=home), *more]


def test_every_server_is_tried() -> None:
    assert set(MARKS) == {*SERVERS, PLAIN}


@pytest.mark.parametrize("name", MARKS)
def test_a_first_attempt_that_passes_says_nothing_but_the_shield(home: Path, name: str) -> None:
    done = run(home, name, *locked(home, 1))
    assert (done.returncode, done.stdout) == (0, "attempt 1\n")
    commands = readers.github(done.stderr)
    assert [command.name for command in commands] == (["stop-commands"] if name == "github" else [])
    assert len(done.stderr.splitlines()) == 2 * len(commands)
    assert not (home / "summary").exists()
    assert run(home, name, "--no-shield", *locked(home, 1)).stderr == ""


@pytest.mark.parametrize("name", MARKS)
def test_a_recovered_step_stays_green_and_stdout_the_commands(home: Path, name: str) -> None:
    done = run(home, name, "--report", "json=run.json", *locked(home, 3, SECRET, NOISE))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "attempt 1\nattempt 2\nattempt 3\n"
    assert json.loads((home / "run.json").read_text(encoding="utf-8"))["host"] == name
    own = [line for line in done.stderr.splitlines() if line.startswith(("ci-guard: ", "::warning"))]
    assert any("recovered at attempt 3" in line for line in own)
    assert SECRET not in "".join(own)


def test_github_shows_a_recovered_step(home: Path) -> None:
    done = run(home, "github", "--name", "sync", "--junit", "{step}.xml", *locked(home, 3, NOISE))
    commands = [command for command in readers.github(done.stderr) if command.name != "stop-commands"]
    assert [command.name for command in commands] == ["group", "endgroup"] * 2 + ["warning"]
    assert commands[-1].properties == {"title": "ci-guard: sync: flaky"}
    assert "attempt 2 of 6" in commands[-1].data
    assert "access is denied" in commands[-1].data.lower() or "Windows error 5" in commands[-1].data
    assert readers.github_file((home / "out").read_text(encoding="utf-8")) == {
        "outcome": "flaky",
        "attempts": "3",
        "category": "antivirus_lock",
        "recovered": "true",
        "report": str(home / "sync.xml"),
    }
    assert (home / "sync.xml").is_file()
    assert "### ci-guard: sync: passed after recovery" in (home / "summary").read_text(encoding="utf-8")


def test_github_shows_a_defeat_as_an_error_and_a_failure_of_the_command_not_at_all(home: Path) -> None:
    done = run(home, "github", "--attempts", "2", *locked(home, 9))
    assert done.returncode == 2
    assert [each.name for each in readers.github(done.stderr)].count("error") == 1
    outputs = readers.github_file((home / "out").read_text(encoding="utf-8"))
    assert (outputs["outcome"], outputs["attempts"], outputs["recovered"]) == ("gave_up", "2", "false")
    done = run(home, "github", "--", sys.executable, "-c", "import sys; sys.exit('AssertionError')")
    assert [each.name for each in readers.github(done.stderr)] == ["stop-commands"]


def test_a_command_that_is_not_there_closes_the_shield(home: Path) -> None:
    done = run(home, "github", "--", "there-is-no-such-program")
    assert done.returncode == 127
    assert [each.name for each in readers.github(done.stderr)] == ["stop-commands", "error"]
    outputs = readers.github_file((home / "out").read_text(encoding="utf-8"))
    assert (outputs["outcome"], outputs["category"]) == ("not_started", "command_not_found")


def test_output_without_an_end_of_line_leaves_the_shield_closed(home: Path) -> None:
    done = run(home, "github", "--", sys.executable, "-c", "import sys; sys.stderr.write('::error::x')")
    assert done.returncode == 0
    assert [each.name for each in readers.github(done.stderr)] == ["stop-commands"]


def test_azure_turns_yellow_and_gets_the_summary(home: Path) -> None:
    own = run(home, "azure", *locked(home, 2)).stderr
    issue, upload, complete = readers.azure(own)
    assert (issue.properties["type"], complete.properties["result"]) == ("warning", "SucceededWithIssues")
    assert "passed after recovery" in Path(upload.data).read_text(encoding="utf-8")
    red = run(home, "azure", "--attempts", "2", *locked(home, 9))
    assert (red.returncode, [each.name for each in readers.azure(red.stderr)]) == (
        2,
        ["task.logissue", "task.uploadsummary"],
    )


def test_the_inner_of_two_guards_leaves_the_server_to_the_outer(home: Path) -> None:
    inner = [sys.executable, "-m", "ci_guard", *locked(home, 1)]
    done = run(home, "github", "--", *inner)
    assert [each.name for each in readers.github(done.stderr)] == ["stop-commands"]
    assert (home / "out").read_text(encoding="utf-8").count("outcome<<") == 1


def test_debug_logging_tells_the_reasons(home: Path) -> None:
    quiet = run(home, "github", *locked(home, 2)).stderr
    assert "evidence" not in quiet
    assert "ci-guard:   line " in run(home, "github", *locked(home, 2), RUNNER_DEBUG="1").stderr


def test_a_host_is_named_by_option_and_by_variable(home: Path) -> None:
    assert "stop-commands" in run(home, "plain", *locked(home, 1), CI_GUARD_HOST="github").stderr
    assert run(home, "github", "--host", "plain", *locked(home, 1)).stderr == ""
    wrong = run(home, "plain", "--host", "githup", *locked(home, 1))
    assert (wrong.returncode, wrong.stdout) == (125, "")
    assert "github" in wrong.stderr


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_a_file_that_cannot_be_written_is_a_warning(home: Path, variable: str) -> None:
    done = run(home, "github", *locked(home, 2), **{variable: str(home / "no" / "such" / "folder")})
    assert done.returncode == 0
    assert done.stderr.count("ci-guard: warning: the CI server could not be told: ") == 1
    other = {"GITHUB_OUTPUT": "summary", "GITHUB_STEP_SUMMARY": "out"}[variable]
    assert (home / other).is_file(), "the rest is told all the same"
    assert [each.name for each in readers.github(done.stderr)].count("warning") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the agent")
def test_an_agent_that_fails_is_a_warning(home: Path) -> None:
    agent = home / "buildkite-agent"
    agent.write_text("#!/bin/sh\nexit 3\n")
    agent.chmod(0o755)
    done = run(home, "buildkite", *locked(home, 2), PATH=str(home))
    assert done.returncode == 0
    assert "warning: the CI server could not be told: " in done.stderr
