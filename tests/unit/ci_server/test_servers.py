"""Each host by itself: hostile texts, limits, and what is told of which outcome."""

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ci_guard.ci_server import buildkite, github, plain, teamcity
from ci_guard.ci_server.detect import PLAIN, SERVERS
from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.model.category import Category, RunOutcome
from ci_guard.redact.values import RedactedText
from rig import ci_readers as readers

HOSTILE = (
    "two\nlines\r\nand\rmore",
    "::error::a",
    "x\n::add-mask::y\n::stop-commands::z",
    "##vso[task.complete result=Failed;]",
    "##VSO[task.setvariable variable=a]b",
    "##[error]c ##[group]",
    "##teamcity[buildProblem description='x']",
    "a|b'c[d]e|'|n%0A%AZP25%25;,:=",
    "\x1b[31mred\x1b[0m \x1b[0Ksection_end:1:x\r\x1b[0K",
    "Ü 😀 \u2028 \ud800",
    "",
    "x" * 1_500_000,
)
LOCKED = Category.ANTIVIRUS_LOCK
LEVELS = [
    (RunOutcome.PASSED, None, None),
    (RunOutcome.FLAKY, None, "warning"),
    (RunOutcome.GAVE_UP, LOCKED, "error"),
    (RunOutcome.TIMED_OUT, Category.TIMEOUT, "error"),
    (RunOutcome.FAILED, Category.ANTIVIRUS_BLOCK, "error"),
    (RunOutcome.FAILED, Category.UNKNOWN, None),
    (RunOutcome.FAILED, Category.PERMISSION, None),
    (RunOutcome.ABORTED, Category.INTERRUPTED, None),
    (RunOutcome.NOT_STARTED, Category.COMMAND_NOT_FOUND, "error"),
]


def closing(
    outcome: RunOutcome = RunOutcome.FLAKY, category: Category | None = LOCKED, text: str = "t"
) -> RunSummary:
    status = 0 if outcome in (RunOutcome.FLAKY, RunOutcome.PASSED) else 2
    return RunSummary(
        outcome=outcome,
        attempts=2,
        exit_status=status,
        category=category,
        name=RedactedText(text),
        lines=(RedactedText(text), RedactedText(text)),
        summary=RedactedText(text),
    )


def host(name: str, environment: Mapping[str, str] = os.environ, **more: bool) -> plain.Host:
    module = plain if name == PLAIN else importlib.import_module(f"ci_guard.ci_server.{name}")
    made = module.Host(environment, **more)
    assert isinstance(made, plain.Host)
    return made


def told(
    name: str, end: RunSummary, environment: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> str:
    for part in host(name, environment).closing_steps():
        part(end)
    out, err = capsys.readouterr()
    assert out == "", "stdout belongs to the command"
    return err


@pytest.mark.parametrize("name", [*SERVERS, PLAIN])
def test_every_server_has_a_module_and_stays_silent_about_a_first_attempt_that_passes(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = host(name, {}, shield=False)
    made.begin(1, 6)
    made.end(1, at_line_start=True)
    assert told(name, closing(RunOutcome.PASSED, None, ""), {}, capsys) == ""


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_github_gets_one_annotation_whatever_the_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (annotation,) = readers.github(told("github", closing(text=text), {}, capsys))
    assert annotation.name == "warning"
    assert list(annotation.properties) == ["title"]
    assert len(annotation.data) <= 4096
    if len(text) < 100 and "##" not in text and "\ud800" not in text:
        assert annotation.data == f"{text}\n{text}"
        assert annotation.properties["title"] == f"ci-guard: {text}: flaky"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_azure_obeys_our_commands_only(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = told("azure", closing(text=text), {"AGENT_TEMPDIRECTORY": str(tmp_path)}, capsys)
    issue, *upload, complete = readers.azure(said)
    assert (issue.name, issue.properties, complete.name) == (
        "task.logissue",
        {"type": "warning"},
        "task.complete",
    )
    assert complete.properties == {"result": "SucceededWithIssues"}
    assert [each.name for each in upload] == (["task.uploadsummary"] if text else [])
    assert said.count("\n") == 2 + len(upload)
    for each in upload:
        assert Path(each.data).is_file()


@pytest.mark.parametrize("text", HOSTILE[:-1], ids=range(len(HOSTILE) - 1))
def test_teamcity_reads_what_we_meant(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (message,) = readers.teamcity(told("teamcity", closing(text=text), {}, capsys))
    assert message.properties["status"] == "WARNING"
    if "\ud800" not in text:
        assert message.properties["text"] == f"ci-guard: {text}: flaky\n{text}\n{text}"


def test_teamcity_is_told_of_no_error_and_escapes_all_but_ascii() -> None:
    assert teamcity.escape("ä|'[]\r\n😀") == "|0x00E4|||'|[|]|r|n|0xD83D|0xDE00"


@pytest.mark.parametrize(("outcome", "category", "level"), LEVELS)
def test_how_loudly_each_outcome_is_told(
    outcome: RunOutcome, category: Category | None, level: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    end = closing(outcome, category)
    names = [each.name for each in readers.github(told("github", end, {}, capsys))]
    assert names == ([level] if level else [])
    azure = readers.azure(told("azure", end, {}, capsys))
    assert [each.properties["type"] for each in azure if each.name == "task.logissue"] == names
    assert ("task.complete" in {each.name for each in azure}) is (outcome is RunOutcome.FLAKY)
    statuses = [each.properties["status"] for each in readers.teamcity(told("teamcity", end, {}, capsys))]
    assert statuses == ([{"warning": "WARNING", "error": "FAILURE"}[level]] if level else [])


@pytest.mark.parametrize("at_line_start", [True, False])
@pytest.mark.parametrize("number", [1, 2])
def test_the_shield_of_github_is_closed_at_the_beginning_of_a_line(
    number: int, at_line_start: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    made = host("github")
    made.begin(number, 6)
    plain.write("::error::from the command\n##[add-mask]x\n::endgroup::" + ("\n" if at_line_start else ""))
    made.end(number, at_line_start=at_line_start)
    plain.write("::notice::afterwards\n")
    names = [command.name for command in readers.github(capsys.readouterr().err)]
    group = number > 1
    assert names == [*["group"] * group, "stop-commands", *["endgroup"] * group, "notice"]


def test_no_two_shields_have_the_same_token(capsys: pytest.CaptureFixture[str]) -> None:
    made = host("github")
    for number in range(1, 20):
        made.begin(number, 20)
        made.end(number, at_line_start=True)
    shields = [each.data for each in readers.github(capsys.readouterr().err) if each.name == "stop-commands"]
    assert len(set(shields)) == 19
    assert all(len(token) == 32 for token in shields)


@pytest.mark.parametrize("before", ["", "mine=1\n", "mine=1"])
def test_outputs_are_added_to_those_of_others(
    before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out"
    file.write_bytes(before.encode())
    end = RunSummary(
        outcome=RunOutcome.FLAKY,
        attempts=3,
        exit_status=0,
        category=LOCKED,
        report="C:\\ä\nx=1\nghadelimiter\n<<a",
    )
    told("github", end, {"GITHUB_OUTPUT": str(file)}, capsys)
    assert readers.github_file(file.read_bytes().decode()) == {
        **({"mine": "1"} if before else {}),
        "outcome": "flaky",
        "attempts": "3",
        "category": "antivirus_lock",
        "recovered": "true",
        "report": "C:\\ä\nx=1\nghadelimiter\n<<a",
    }


def test_the_summary_never_makes_the_runner_drop_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    summarise = host("github", {"GITHUB_STEP_SUMMARY": str(file)}).closing_steps()[1]
    summarise(closing(text="### one"))
    summarise(closing(text="### two"))
    assert file.read_text().split("\n") == ["", "### one", "", "### two", ""]
    room = github.SUMMARY_LIMIT - file.stat().st_size
    with pytest.raises(OSError, match="is full"):
        summarise(closing(text="x" * room))
    assert file.stat().st_size + room == github.SUMMARY_LIMIT
    summarise(closing(text="x" * (room - 2)))
    assert file.stat().st_size == github.SUMMARY_LIMIT


@pytest.mark.parametrize("at_line_start", [True, False])
def test_gitlab_gets_a_section_for_each_further_attempt(
    at_line_start: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    made = host("gitlab")
    for number in (1, 2, 3):
        made.begin(number, 6)
        plain.write(f"said {number}" + ("\n" if at_line_start or number == 1 else ""))
        made.end(number, at_line_start=at_line_start)
    sections = readers.gitlab(capsys.readouterr().err)
    assert [section.properties["title"] for section in sections] == [
        "ci-guard: attempt 2 of 6",
        "ci-guard: attempt 3 of 6",
    ]
    assert [section.data for section in sections] == ["said 2\n", "said 3\n"]
    assert len({section.name for section in sections}) == 2


def test_teamcity_blocks_are_closed_as_they_were_opened(capsys: pytest.CaptureFixture[str]) -> None:
    made = host("teamcity")
    made.begin(2, 6)
    plain.write("no end of line")
    made.end(2, at_line_start=False)
    opened, closed = readers.teamcity(capsys.readouterr().err)
    assert (opened.name, closed.name, opened.properties) == ("blockOpened", "blockClosed", closed.properties)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_line_of_our_own_is_a_command_to_any_server(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    plain.say(RedactedText(text))
    said = capsys.readouterr().err
    assert all(line.startswith("ci-guard: ") for line in said.split("\n")[:-1])
    assert readers.github(said) == readers.azure(said) == readers.teamcity(said) == []


@pytest.mark.parametrize(
    ("name", "variable", "value"), [("github", "RUNNER_DEBUG", "1"), ("azure", "SYSTEM_DEBUG", "True")]
)
def test_a_debug_run_is_verbose(name: str, variable: str, value: str) -> None:
    assert host(name, {variable: value}).verbose
    assert not host(name, {}).verbose


@pytest.fixture
def agent(tmp_path: Path) -> dict[str, str]:
    """A program called `buildkite-agent` that keeps its words and its input; AGENT_DOES says more."""
    if sys.platform == "win32":
        pytest.skip("a program of one script file cannot be started by its bare name on Windows")
    program = tmp_path / "buildkite-agent"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys, time\n"
        f"open('{tmp_path}/words', 'w').write(' '.join(sys.argv[1:]))\n"
        f"exec(os.environ.get('AGENT_DOES', ''))\nopen('{tmp_path}/text', 'w').write(sys.stdin.read())\n"
    )
    program.chmod(0o755)
    return {"PATH": str(tmp_path)}


def test_buildkite_is_annotated_by_its_agent(agent: dict[str, str], tmp_path: Path) -> None:
    for part in host("buildkite", agent).closing_steps():
        part(closing(text="### ä"))
    assert (tmp_path / "words").read_text().startswith("annotate --style warning --context ci-guard-")
    assert (tmp_path / "text").read_bytes().decode() == "### ä"


@pytest.mark.parametrize("text", ["short", "x" * 1_000_000])
def test_an_agent_that_hangs_is_left(
    agent: dict[str, str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buildkite, "AGENT_SECONDS", 0.5)
    # the agent would sleep beyond the limit that every test has
    with pytest.raises(buildkite.subprocess.TimeoutExpired):
        host("buildkite", agent | {"AGENT_DOES": "time.sleep(3600)"}).closing_steps()[1](closing(text=text))


def test_without_an_agent_buildkite_gets_groups_only(capsys: pytest.CaptureFixture[str]) -> None:
    made = host("buildkite", {"PATH": ""})
    made.begin(2, 6)
    made.end(2, at_line_start=True)
    for part in made.closing_steps():
        part(closing(RunOutcome.GAVE_UP))
    assert capsys.readouterr().err.splitlines() == ["--- ci-guard: attempt 2 of 6", "^^^ +++"]
