"""`ci-guard explain` and `ci-guard tools` as a person or a script calls them."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.knowledge.load import load_knowledge

LOG = (
    "+ uv sync\n"
    "error: Failed to install: httpx-0.28.1-py3-none-any.whl (httpx==0.28.1)\n"
    "  Caused by: Failed to persist temporary file to C:\\w\\v\\Scripts\\httpx.exe: "
    "failed to persist temporary file: Access is denied. (os error 5)\n"
    "NPM_TOKEN=npm_0123456789abcdefghijABCDEFGHIJ012345\n"
)
SECRET = "npm_0123456789abcdefghijABCDEFGHIJ012345"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI_GUARD_POLICY", raising=False)


def test_json_is_one_object_a_line_as_the_contract_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.log").write_text(LOG)
    Path("b.log.gz").write_bytes(gzip.compress(b"  No solution found when resolving dependencies\n"))
    assert main(["explain", "--format", "json", "a.log", "b.log.gz"]) == 0
    out, err = capsys.readouterr()
    first, second = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert {"file", "tool", "category", "retryable", "match", "advice"} <= set(first)
    assert (first["file"], first["tool"], first["category"], first["retryable"]) == (
        "a.log",
        "uv",
        "antivirus_lock",
        True,
    )
    assert first["match"]["code"] == {"namespace": "win32", "number": 5}
    assert first["match"]["line"] == 3
    assert (second["file"], second["category"], second["retryable"]) == ("b.log.gz", "resolution", False)


def test_text_shows_the_line_and_keeps_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.log").write_text(LOG)
    assert main(["explain", "a.log"]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("a.log: antivirus lock: ")
    assert "> 3 |   Caused by: Failed to persist" in out
    assert "    4 | NPM_TOKEN=***" in out
    assert SECRET not in out
    assert "win32 5 ERROR_ACCESS_DENIED" in out


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(LOG.encode()))))
    assert main(["explain", "--format", "json", *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["category"]) == ("-", "antivirus_lock")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    assert main(["explain", *arguments]) == 0
    assert capsys.readouterr().out.startswith("standard input: antivirus lock")


def test_what_cannot_be_read_is_said_and_the_others_are_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.log").write_text(LOG)
    Path("bare").mkdir()
    assert main(["explain", "--format", "json", "missing.log", "bare", "a.log"]) == 125
    out, err = capsys.readouterr()
    assert json.loads(out)["file"] == "a.log"
    assert "cannot read `missing.log`" in err
    assert "there is no log in `bare`" in err


def test_a_damaged_archive_is_explained_as_far_as_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.gz").write_bytes(gzip.compress((LOG + "x" * 100).encode())[:-12])
    assert main(["explain", "--format", "json", "a.gz"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["category"] == "antivirus_lock"
    assert "gzip" in found["warnings"][0]


def test_signatures_of_the_policy_count(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".ci-guard.yml").write_text(
        "version: 1\nsignatures:\n  - {id: own.gadget, category: antivirus_lock, pattern: 'gadget is held'}\n"
    )
    Path("a.log").write_text("the gadget is held\n")
    assert main(["explain", "--format", "json", "a.log"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["match"]["signature"], found["retryable"]) == ("own.gadget", True)


def test_a_mistake_in_the_policy_is_said_first(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.yml").write_text("versoin: 1\n")
    Path("a.log").write_text(LOG)
    assert main(["explain", "--policy", "p.yml", "a.log"]) == 125
    assert "did you mean `version`" in capsys.readouterr().err


def test_tools_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools"]) == 0
    out, _ = capsys.readouterr()
    for tool in load_knowledge().tools:
        assert f"\n{tool.name} " in f"\n{out}"


@pytest.mark.parametrize("tool", load_knowledge().tools, ids=lambda tool: tool.name)
def test_all_that_is_known_about_a_tool_is_shown(tool, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", tool.programs[0].upper()]) == 0
    out, _ = capsys.readouterr()
    for entry in (
        *tool.signatures,
        *tool.tweaks,
        *tool.releases,
        *tool.remedies,
        *tool.fallbacks,
        *tool.notes,
    ):
        assert entry.reference in out
    for signature in tool.signatures:
        assert signature.id in out
    for tweak in tool.tweaks:
        assert tweak.id in out
    assert max(map(len, out.splitlines())) < 1000


def test_an_unknown_tool_is_an_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "cargoo"]) == 125
    assert "cargo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("3", "(exit status 3)"),
        ("137", "(exit status 137: signal 9)"),
        ("0xC0000005", "(exit status 3221225477: 0xC0000005)"),
        ("-1073741819", "(exit status -1073741819: 0xC0000005)"),
        ("3221225477", "(exit status 3221225477: 0xC0000005)"),
    ],
)
def test_a_failure_without_a_word_of_error_shows_its_last_lines(
    given: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.log").write_text("starting\nquux exploded\n\n")
    assert main(["explain", "--exit-status", given, "a.log"]) == 0
    out = capsys.readouterr().out
    assert "not one that ci-guard knows" in out
    assert told in out
    assert "2 | quux exploded" in out
    assert main(["explain", "--exit-status", "0", "a.log"]) == 0
    assert "quux" not in capsys.readouterr().out


def test_an_exit_status_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.log").write_text("starting\n")
    assert main(["explain", "--exit-status", "0xfrob", "a.log"]) == 125
    assert "0xfrob" in capsys.readouterr().err
