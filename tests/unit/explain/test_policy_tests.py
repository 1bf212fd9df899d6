"""`ci-guard policy test`: a team pins what its own signatures lead to."""

import sys
from pathlib import Path

import pytest

from ci_guard.cli import main

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX devices")
POLICY = """version: 1
signatures:
  - {id: own.gadget, category: antivirus_lock, pattern: 'gadget is held'}
tests:
"""


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def outcome_of(tests: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    Path(".ci-guard.yml").write_text(POLICY + tests)
    status = main(["policy", "test"])
    out, err = capsys.readouterr()
    return status, out + err


def test_tests_that_pass(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.log").write_text("the gadget is held\n")
    status, said = outcome_of(
        "  - {name: gadget, text: 'the gadget is held', category: antivirus_lock, decision: retry}\n"
        "  - {file: a.log, decision: retry}\n"
        "  - {text: 'No space left on device', command: uv sync, exit_status: 2, decision: stop}\n",
        capsys,
    )
    assert status == 0
    assert "ok: gadget (own.gadget)" in said
    assert "3 passed, 0 failed" in said


def test_a_test_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = outcome_of("  - {text: 'the gadget is lost', category: antivirus_lock}\n", capsys)
    assert status == 1
    assert "FAILED: test 1" in said
    assert "expected category `antivirus_lock`, not `unknown`" in said


@pytest.mark.parametrize(
    ("tests", "mistake"),
    [
        ("  - {category: antivirus_lock}\n", "a test has a `text` or a `file`"),
        ("  - {text: a, file: b, category: unknown}\n", "a test has a `text` or a `file`"),
        ("  - {text: a}\n", "a test expects something"),
        ("  - {text: a, category: nonsense}\n", "nonsense"),
        ("  - {file: missing.log, decision: stop}\n", "missing.log"),
        pytest.param("  - {file: /dev/zero, decision: stop}\n", "/dev/zero", marks=posix),
        ("  []\n", "has no tests"),
    ],
)
def test_mistakes_are_told(tests: str, mistake: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = outcome_of(tests, capsys)
    assert status == 125
    assert mistake in said
