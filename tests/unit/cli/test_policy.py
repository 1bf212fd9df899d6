import json
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.policy.schema import schema
from ci_guard.policy.starter import SCHEMA_FILE, starter


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
