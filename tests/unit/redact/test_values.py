"""What is not redacted cannot leave: the type checker refuses it, and only this package says that it is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import ci_guard

pytestmark = pytest.mark.program

ROOT = Path(__file__).parents[3]
PACKAGE = Path(ci_guard.__file__).parent
SNIPPET = """
from pathlib import Path
from ci_guard.ci_server.plain import say
from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.model.category import RunOutcome
from ci_guard.model.history import Run
from ci_guard.redact.redacted import redact_run
from ci_guard.redact.secrets import Secrets, redact_text
from ci_guard.reports import json, junit, markdown
from ci_guard.reports.formats import find_format
from ci_guard.reports.target import find_target
from ci_guard.reports.write import write_reports
from ci_guard.run.summary import summary_of

def use(run: Run, text: str, secrets: Secrets) -> None:
"""
# a call with what is not redacted, and the same call with what is
CALLS = {
    "junit.render(run)": "junit.render(shown)",
    "json.render(run)": "json.render(shown)",
    "markdown.render(run)": "markdown.render(shown)",
    "find_format(text).render(run)": "find_format(text).render(shown)",
    "write_reports(run, [], text)": "write_reports(shown, [], text)",
    "find_target(text, run, text)": "find_target(text, shown, text)",
    "summary_of(run, text)": "summary_of(shown, text)",
    "say(text)": "say(line)",
    "RunSummary(outcome=RunOutcome.FLAKY, attempts=1, exit_status=0, lines=(text,))": (
        "RunSummary(outcome=RunOutcome.FLAKY, attempts=1, exit_status=0, lines=(line,))"
    ),
    "RunSummary(outcome=RunOutcome.FLAKY, attempts=1, exit_status=0, name=text)": (
        "RunSummary(outcome=RunOutcome.FLAKY, attempts=1, exit_status=0, name=line)"
    ),
    "RunSummary(outcome=RunOutcome.FLAKY, attempts=1, exit_status=0, summary=text)": (
        "RunSummary(outcome=RunOutcome.FLAKY, attempts=1, exit_status=0, summary=line)"
    ),
}


def test_the_type_checker_refuses_what_is_not_redacted(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="the type checker is not installed here")
    head = SNIPPET + "    shown, line = redact_run(run, secrets), redact_text(text, secrets)\n"
    lines = [call for pair in CALLS.items() for call in pair]
    snippet = tmp_path / "snippet.py"
    snippet.write_text(head + "".join(f"    {line}\n" for line in lines), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")),
            *("--no-error-summary", "--follow-imports=silent", "--ignore-missing-imports", str(snippet)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    first = head.count("\n") + 1
    refused = {
        lines[int(number) - first] for number in re.findall(r"snippet\.py:(\d+): error: ", done.stdout)
    }
    assert refused == set(CALLS), done.stdout + done.stderr


def test_nobody_else_calls_a_value_redacted() -> None:
    makes = re.compile(r"\bRedacted(?:Run|Text)\(")
    makers = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if makes.search(path.read_text(encoding="utf-8"))
    }
    assert makers == {"redact"}
