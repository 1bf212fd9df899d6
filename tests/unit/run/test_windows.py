"""A whole run on Windows: recovered from a real lock, stopped as CI servers do, refused by real rights."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rig import records
from rig.events import HANG, until
from rig.holder import held

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="share modes, consoles and rights of Windows")

PROJECT = Path(__file__).parents[3]
PROGRAMS = PROJECT / "tests" / "programs"
NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW: a console of its own that is not shown
GITHUB = (7.5, 2.5)  # seconds between Ctrl+C and Ctrl+Break, and from there to the end
REMOVE = "import os, sys; os.remove(sys.argv[1]); print('done')"


def start(report: Path, *command: str, **popen: Any) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    path = os.pathsep.join([str(PROJECT), environment.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "ci_guard", "--report", f"json={report}", "--attempts", "4", "--", *command],
        env={**environment, "PYTHONPATH": path},
        cwd=report.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **popen,
    )


def python(code: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", code, *map(str, arguments))


def record_in(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = records.read(report)
    return found


def send(pid: int, event: str) -> None:
    sender = [sys.executable, "-I", str(PROGRAMS / "sends_console_event.py"), str(pid), event]
    assert subprocess.run(sender, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def test_a_held_file_is_named_waited_for_and_removed(tmp_path: Path) -> None:
    file, report = tmp_path / "a.exe", tmp_path / "report.json"
    file.touch()
    with held(file, "r"):
        guard = start(report, *python(REMOVE, file))
        assert guard.stderr is not None
        said = b""
        while b"antivirus_lock" not in said:  # the first attempt has failed, and is judged
            line = guard.stderr.readline()
            assert line, said
            said += line
    out, err = guard.communicate(timeout=HANG)
    assert (guard.returncode, out.strip()) == (0, b"done"), err
    assert not file.exists()
    record = record_in(report)
    assert (record["outcome"], record["finished"]) == ("flaky", True)
    first = record["attempts"][0]
    assert (first["category"], first["match"]["code"]["number"]) == ("antivirus_lock", 32)
    assert any("sharing violation" in sentence for sentence in first["evidence"])
    assert any("Restart Manager" in each or "is held by" in each for each in first["evidence"])


@pytest.mark.windows_only("its icacls does nothing")
def test_missing_rights_are_not_retried(tmp_path: Path) -> None:
    file, report = tmp_path / "a.exe", tmp_path / "report.json"
    file.touch()
    user = f"{os.environ['USERDOMAIN']}\\{os.environ['USERNAME']}"
    subprocess.run(["icacls", file, "/deny", f"{user}:(WD)"], check=True, stdout=subprocess.DEVNULL)
    code = "import os, sys; os.close(os.open(sys.argv[1], os.O_WRONLY))"
    guard = start(report, *python(code, file))
    guard.communicate(timeout=HANG)
    subprocess.run(["icacls", file, "/remove:d", user], check=True, stdout=subprocess.DEVNULL)
    record = record_in(report)
    assert guard.returncode == 1
    assert [attempt["category"] for attempt in record["attempts"]] == ["permission"]


@pytest.mark.parametrize(
    "server", ["jenkins", pytest.param("github", marks=pytest.mark.windows_only("no Ctrl+Break"))]
)
def test_the_report_is_on_disk_before_the_server_kills(tmp_path: Path, server: str) -> None:
    log, report = tmp_path / "log", tmp_path / "report.json"
    (tmp_path / ".ci-guard.yml").write_text("version: 1\ngrace: 2s\n")
    command = (sys.executable, "-I", str(PROGRAMS / "logs_console_events.py"), str(log))
    guard = start(report, *command, creationflags=NO_WINDOW)
    until(log.exists)
    send(guard.pid, "c")
    if server == "github":
        with contextlib.suppress(subprocess.TimeoutExpired):
            guard.wait(GITHUB[0])
        if guard.poll() is None:
            send(guard.pid, "break")
            time.sleep(GITHUB[1])  # by the clock: that of GitHub
    else:
        until(lambda: record_in(report)["finished"])  # within what `grace` says: Jenkins kills after five
    guard.kill()
    guard.communicate(timeout=HANG)
    record = record_in(report)
    assert (record["outcome"], record["finished"]) == ("aborted", True)
    assert record["attempts"][0]["stopped"]["rungs"] == ["ask", "end"]
    assert log.read_text().split() == ["ready", "SIGINT"]


def test_a_variable_of_the_policy_means_the_same_in_any_case(tmp_path: Path) -> None:
    (tmp_path / ".ci-guard.yml").write_text("version: 1\nenvironment: {Tool_Home: new, tool_GONE: null}\n")
    code = "import os; print([(n, v) for n, v in sorted(os.environ.items()) if n.startswith('TOOL_')])"
    environment = {**os.environ, "TOOL_HOME": "old", "TOOL_GONE": "old", "PYTHONPATH": str(PROJECT)}
    environment["PYTHONPATH"] += os.pathsep + os.environ.get("PYTHONPATH", "")
    done = subprocess.run(
        [sys.executable, "-m", "ci_guard", "--", *python(code)],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[('TOOL_HOME', 'new')]", done.stderr


def test_an_argument_that_no_batch_file_may_get(tmp_path: Path) -> None:
    (tmp_path / "tool.cmd").write_bytes(b"@echo off\r\n")
    report = tmp_path / "run.json"
    done = start(report, str(tmp_path / "tool.cmd"), 'say "hi"')
    done.communicate(timeout=HANG)
    record = record_in(report)
    assert done.returncode == record["exit_status"] == 125
    assert (record["outcome"], record["finished"], record["category"]) == (
        "not_started",
        True,
        "configuration",
    )
