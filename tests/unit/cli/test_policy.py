import json
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.policy.schema import schema
from ci_guard.policy.starter import SCHEMA_FILE, starter
from ci_guard.policy.table import KEYS


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI_GUARD_POLICY", raising=False)
    monkeypatch.delenv("CI_GUARD_ATTEMPTS", raising=False)


def test_init_writes_the_starter_and_its_schema_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "init"]) == 0
    assert Path(".ci-guard.yml").read_text(encoding="utf-8") == starter()
    assert json.loads(Path(SCHEMA_FILE).read_text(encoding="utf-8")) == schema()
    assert main(["policy", "check"]) == 0
    Path(".ci-guard.yml").write_text("version: 1\n", encoding="utf-8")
    assert main(["policy", "init"]) == 125
    assert Path(".ci-guard.yml").read_text(encoding="utf-8") == "version: 1\n"
    assert "is there already" in capsys.readouterr().err


def test_check_says_ok(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yml").write_text("version: 1\n", encoding="utf-8")
    assert main(["policy", "check", "a.yml"]) == 0
    assert capsys.readouterr().out == "a.yml: ok\n"


def test_check_lists_the_mistakes_of_all_files(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yml").write_text("version: 1\nattempts: 0\n", encoding="utf-8")
    Path("b.yml").write_text("version: 1\n", encoding="utf-8")
    Path("c.yml").write_text("versoin: 1\n", encoding="utf-8")
    assert main(["policy", "check", "a.yml", "b.yml", "c.yml", "d.yml"]) == 125
    out, err = capsys.readouterr()
    assert out == "b.yml: ok\n"
    for place in (
        "a.yml:2:11: ",
        "c.yml:1:1: unknown key `versoin`; did you mean `version`?",
        "read `d.yml`",
    ):
        assert place in err


def test_check_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check"]) == 125
    assert "ci-guard policy init" in capsys.readouterr().err


def test_show_is_for_a_command_and_takes_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    text = "version: 1\ncommands:\n  - match: uv run *\n    attempts: 9\n"
    Path(".ci-guard.yml").write_text(text, encoding="utf-8")
    assert main(["policy", "show", "--deadline", "1h", "--", "uv", "run", "--", "pytest"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["attempts:", "9", "#", ".ci-guard.yml:4"],
        ["deadline:", "1h", "#", "command", "line", "--deadline"],
    ]
    assert main(["policy", "show"]) == 0
    assert "attempts: 6 " in capsys.readouterr().out


def test_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()


def test_init_with_force_starts_over(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".ci-guard.yaml").write_text("version: 1\nattempts: 3\n", encoding="utf-8")
    assert main(["policy", "init"]) == 125
    assert "init --force" in capsys.readouterr().err
    assert main(["policy", "init", "--force"]) == 0
    assert Path(".ci-guard.yaml").read_text(encoding="utf-8") == starter()
    assert not Path(".ci-guard.yml").exists()  # two policies would be an error
    assert main(["policy", "check"]) == 0


def test_init_says_that_a_policy_stands_above(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".hg").mkdir()
    Path("sub").mkdir()
    assert main(["policy", "init"]) == 0
    assert "no longer counts" not in capsys.readouterr().err
    monkeypatch.chdir("sub")
    assert main(["policy", "init"]) == 0
    assert f"`{Path('..', '.ci-guard.yml')}` no longer counts in this folder" in capsys.readouterr().err


def test_check_warns_of_what_no_command_reaches(capsys: pytest.CaptureFixture[str]) -> None:
    text = "version: 1\ncommands:\n  - match: uv *\n  - match: uv sync *\n"
    Path("a.yml").write_text(text, encoding="utf-8")
    assert main(["policy", "check", "a.yml"]) == 0
    out, err = capsys.readouterr()
    assert out == "a.yml: ok, with 1 warning\n"
    assert "a.yml:4:12: `uv sync *` is never reached" in err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("reports: {junit: 'a/{setp}.xml'}", "did you mean `{step}`?"),
        ("reports: {junit: 'a/{step.xml'}", "means nothing"),
        ("tweaks: {deny: [uv.link-mode-cpy]}", "did you mean `uv.link-mode-copy`?"),
        ("deadline: 900", "add a unit: `900s` for seconds, `900m` for minutes"),
        ("patience: 120", "add a unit"),
        ("patience: {limit: 120}", "add a unit"),
    ],
)
def test_check_refuses(capsys: pytest.CaptureFixture[str], line: str, said: str) -> None:
    Path("a.yml").write_text(f"version: 1\n{line}\n", encoding="utf-8")
    assert main(["policy", "check", "a.yml"]) == 125
    assert said in capsys.readouterr().err


def test_show_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".ci-guard.yml").write_text("version: 1\nrecovery_time: 90s\n", encoding="utf-8")
    assert main(["policy", "show", "--format", "json", "--", "uv", "sync"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == ".ci-guard.yml"
    assert told["settings"]["recovery_time"] == {"value": "1m30s", "origin": [".ci-guard.yml:2"]}
    assert told["settings"]["attempts"] == {"value": 6, "origin": ["default"]}
    assert set(told["settings"]) == {key.name for key in KEYS}


def test_paths_of_reports_count_from_the_file_that_names_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".git").mkdir()
    Path("sub").mkdir()
    Path(".ci-guard.yml").write_text("version: 1\nreports: {junit: a.xml}\n", encoding="utf-8")
    monkeypatch.chdir("sub")
    assert main(["policy", "show", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)["settings"]["reports.junit"]["value"]
    assert Path(shown) == Path.cwd().parent / "a.xml"
    assert main(["policy", "show", "--format", "json", "--junit", "b.xml"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"]["reports.junit"]["value"] == "b.xml"


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_shown_holds_no_secret_and_is_a_policy_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_TOKEN", "canary-of-mine")
    Path(".ci-guard.yml").write_text(
        "version: 1\n"
        "environment: {NPM_TOKEN: canary-npm, HTTPS_PROXY: 'http://bob:canary-proxy@h:1', A: b, C: null}\n"
        "on_retry: [sh, -c, 'echo --password canary-retry canary-npm']\n"
        "fallback: [curl, -u, 'bob:canary-fallback', canary-of-mine]\n"
        "redact: ['ticket-[0-9]+', 'token=.']\n"
    )
    assert main(["policy", "show", "--format", form, "--", "x"]) == 0
    told = capsys.readouterr().out
    assert "canary" not in told
    assert "ticket-[0-9]+" in told
    assert "token=." in told
    if form == "yaml":
        Path(".ci-guard.yml").write_text(told)
        assert main(["policy", "check"]) == 0


@pytest.mark.parametrize(
    "line",
    [
        "environment: {A: HERE}",
        "environment: {HERE: a}",
        "on_retry: [sh, HERE]",
        "fallback: [HERE]",
        "reports: {junit: HERE}",
        "commands: [{match: HERE, attempts: 2}]",
        "tests: [{text: HERE, decision: stop}]",
        "tests: [{file: HERE, decision: stop}]",
    ],
)
def test_half_a_character_is_refused_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    """YAML can write it, and no system can hold it."""
    monkeypatch.chdir(tmp_path)
    Path(".ci-guard.yml").write_text("version: 1\n" + line.replace("HERE", r'"a\ud800b"') + "\n")
    for words in (["policy", "check"], ["policy", "test"], ["--dry-run", "--", "x"]):
        assert main(words) == 125
        assert f".ci-guard.yml:2:{line.index('HERE') + 1}: " in capsys.readouterr().err
