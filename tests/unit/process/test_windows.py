"""Commands on Windows: 32-bit statuses, batch files, the whole tree in a job, what the console sends."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ci_guard.errors import CommandNotExecutable
from ci_guard.model.process import Launch, Outcome
from ci_guard.process import supervise as supervision
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.locate import locate
from ci_guard.process.supervise import supervise
from programs import events_for_time
from rig.events import HANG, until

pytestmark = pytest.mark.skipif(
    sys.platform != "win32", reason="job objects, consoles and cmd.exe are Windows's"
)

PROGRAMS = Path(__file__).parents[2] / "programs"
PATIENT = HANG  # seconds: a rung that must not pass by itself
SYNCHRONIZE, WAIT_TIMEOUT = 0x100000, 258
NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW: a console of its own that is not shown, as services give
DETACHED = 0x8  # DETACHED_PROCESS: no console
SUSPENDED = 0x4
BREAKAWAY = 0x01000000
FAMILY = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open(sys.argv[1], 'w').write(str(child.pid))\n"
    "time.sleep(600)"
)


def run(*argv: str, environment: dict[str, str] | None = None, timeout: float | None = None) -> Outcome:
    launch = Launch(argv=argv, environment={**os.environ, **(environment or {})}, timeout=timeout)
    with Interruptions() as interruptions:
        return supervise(launch, interruptions)


def written(outcome: Outcome) -> str:
    return b"".join(capture.head for capture in outcome.captures).decode()


def runs(pid: int) -> bool:
    """Whether the process is alive."""
    import ctypes

    kernel = ctypes.WinDLL("kernel32")
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(SYNCHRONIZE, False, pid))
    if not handle:
        return False
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == WAIT_TIMEOUT)
    finally:
        kernel.CloseHandle(handle)


def number_in(file: Path) -> int:
    text = file.read_text() if file.exists() else ""
    return int(text or 0)


@pytest.mark.parametrize("status", [0, 1, 0xC0000142, 0xC000013A, 4294963248, 0xFFFFFFFF, 0x80000000])
def test_all_32_bits_of_a_status_come_back(python: Callable[..., tuple[str, ...]], status: int) -> None:
    outcome = run(*python(f"import ctypes; ctypes.WinDLL('kernel32').ExitProcess({status})"))
    assert (outcome.exit.code, outcome.exit.status, outcome.stopped) == (status, status, None)


def test_ci_guard_itself_ends_with_all_32_bits(
    python: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    command = python("import ctypes; ctypes.WinDLL('kernel32').ExitProcess(0xC0000142)")
    project = str(PROGRAMS.parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([project, os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-m", "ci_guard", "--", *command],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert done.returncode == 0xC0000142, done.stderr


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A batch file that passes its arguments on to a program, which prints them, as npm.cmd does."""
    (tmp_path / "shows.py").write_text("import json, sys; print(json.dumps(sys.argv[1:]))")
    file = tmp_path / "my tool.cmd"
    file.write_text(
        f'@"{sys.executable}" -I "%~dp0shows.py" %*\r\n@if "%~1"=="plain" exit /b 7\r\n@exit /b 3\r\n',
        newline="",
    )
    return file


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("plain",),
        ("install", "a b", "x&y", "a|b", "<in", ">out", "(x)", "a=b", "a;b,c", "", "@scope/pkg@^1.2"),
        ("C:\\my dir\\", "end"),
        pytest.param(
            ("C:\\dir\\", "100%", "https://x/%40a", "!PATH!", "^^", "größe"),
            marks=pytest.mark.windows_only("its cmd.exe takes quotes and percent signs apart by other rules"),
        ),
    ],
)
def test_a_batch_file_gets_its_arguments_as_they_are(batch: Path, arguments: tuple[str, ...]) -> None:
    outcome = run(str(batch), *arguments)
    assert json.loads(written(outcome)) == list(arguments)
    assert outcome.exit.status == (7 if arguments[:1] == ("plain",) else 3)


def test_a_batch_file_is_found_by_pathext_beside_the_script_for_other_shells(
    batch: Path, tmp_path: Path
) -> None:
    batch.rename(tmp_path / "npm.cmd")
    (tmp_path / "npm").write_text("#!/bin/sh\n")
    path = {"PATH": f"{tmp_path};{os.environ['PATH']}", "PATHEXT": ".EXE;.CMD"}
    assert json.loads(written(run("npm", "ci", environment=path))) == ["ci"]


def test_what_only_an_interpreter_runs_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("print()")
    path = {"PATH": str(tmp_path), "PATHEXT": ".PY;.EXE"}
    with pytest.raises(CommandNotExecutable) as caught:
        locate("tool", path)
    assert caught.value.exit_status == 126
    assert "`ci-guard -- py " in (caught.value.hint or "")
    (tmp_path / "tool.exe").write_bytes(b"MZ")
    assert locate("tool", path) == str(tmp_path / "tool.exe")


def test_the_command_and_its_children_keep_the_agent_s_cookies(
    python: Callable[..., tuple[str, ...]],
) -> None:
    cookies = {"BUILD_ID": "42", "JENKINS_NODE_COOKIE": "node", "RUNNER_TRACKING_ID": "github_1"}
    inner = f"import os; print([os.environ[name] for name in {list(cookies)}])"
    outcome = run(
        *python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"),
        environment=cookies,
    )
    assert written(outcome).strip() == str(list(cookies.values()))


@pytest.mark.parametrize("job", [True, False])
def test_the_whole_tree_is_ended_with_a_job_and_without(
    python: Callable[..., tuple[str, ...]],
    tmp_path: Path,
    job: bool,
    monkeypatch: pytest.MonkeyPatch,
    until: Callable[[Callable[[], Any]], Any],
) -> None:
    if not job:
        from ci_guard.process import _job

        def refuse(_self: object, _pid: int) -> None:
            raise PermissionError(13, "Access is denied")

        monkeypatch.setattr(_job.Job, "adopt", refuse)
    file = tmp_path / "pid"
    monkeypatch.setattr(supervision._Run, "__init__", supervision._Run.__init__)  # as it was, in the end
    events_for_time.be_over_at(str(file))
    outcome = run(*python(FAMILY, file), timeout=PATIENT)
    assert outcome.stopped is not None
    assert outcome.stopped.rungs == ("end",)
    assert [remark for remark in outcome.remarks if "no job object" in remark] == list(outcome.remarks)
    assert bool(outcome.remarks) is not job
    until(lambda: not runs(number_in(file)))


def test_the_tree_ends_with_ci_guard(
    drive: Any,
    python: Callable[..., tuple[str, ...]],
    tmp_path: Path,
    until: Callable[[Callable[[], Any]], Any],
) -> None:
    file = tmp_path / "pid"
    driven = drive.start(*python(FAMILY, file))
    pid = until(lambda: number_in(file))
    assert runs(pid)
    driven.process.kill()
    until(lambda: not runs(pid))


def test_a_daemon_outlives_a_command_that_ended_by_itself(
    python: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "pid"
    code = FAMILY.replace("600)'])", "600)'], stdout=-3, stderr=-3)").rpartition("\n")[0]
    assert run(*python(code, file)).passed
    pid = number_in(file)
    try:
        assert runs(pid)
    finally:
        os.kill(pid, 9)


def test_a_program_may_start_another_one_outside_its_job(python: Callable[..., tuple[str, ...]]) -> None:
    code = "print(subprocess.call([sys.executable, '-c', ''], creationflags=int(sys.argv[1])))"
    assert written(run(*python(f"import subprocess, sys; {code}", BREAKAWAY))).strip() == "0"


def test_inside_the_agent_s_own_job(
    drive: Any,
    python: Callable[..., tuple[str, ...]],
    tmp_path: Path,
    until: Callable[[Callable[[], Any]], Any],
) -> None:
    from ci_guard.process import _job

    job = _job.Job()
    file = tmp_path / "pid"
    launch = {"timeout": PATIENT, "over": (str(file), 1)}
    driven = drive.start(*python(FAMILY, file), creationflags=SUSPENDED, launch=launch)
    job.adopt(driven.process.pid)
    _job.resume(driven.process.pid)
    found = driven.outcome()
    assert found["stopped"]["rungs"] == ["end"]
    until(lambda: not runs(number_in(file)))
    job.release()


@pytest.mark.parametrize("flags", [NO_WINDOW, DETACHED])
def test_a_timeout_ends_a_command_with_a_hidden_console_and_without_one(
    drive: Any, python: Callable[..., tuple[str, ...]], flags: int
) -> None:
    found = drive.run(
        *python("import time; time.sleep(600)"), creationflags=flags, launch={"timeout": 0.5, "ask": PATIENT}
    )
    assert found["stopped"] == {"timeout": 0.5, "signal": None, "rungs": ["end"]}


def send(pid: int, event: str) -> None:
    sender = [sys.executable, "-I", str(PROGRAMS / "sends_console_event.py"), str(pid), event]
    done = subprocess.run(sender, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "event", ["c", pytest.param("break", marks=pytest.mark.windows_only("no Ctrl+Break between consoles"))]
)
def test_what_the_console_sends_reaches_the_command_too(
    drive: Any,
    python: Callable[..., tuple[str, ...]],
    tmp_path: Path,
    until: Callable[[Callable[[], Any]], Any],
    event: str,
) -> None:
    log = tmp_path / "log"
    driven = drive.start(
        *python("logs_console_events.py", log, 5), creationflags=NO_WINDOW, launch={"ask": PATIENT}
    )
    until(log.exists)
    send(driven.process.pid, event)
    found = driven.outcome()
    assert log.read_text().split() == ["ready", "SIGINT" if event == "c" else "SIGBREAK"]
    assert found["code"] == 5
    # both are sent it at once, and the command may have ended before the guard reads it
    assert found["stopped"] is None or found["stopped"]["rungs"] == ["ask"]


def test_a_command_deaf_to_the_console_is_ended(
    drive: Any,
    python: Callable[..., tuple[str, ...]],
    tmp_path: Path,
    until: Callable[[Callable[[], Any]], Any],
) -> None:
    log = tmp_path / "log"
    driven = drive.start(
        *python("logs_console_events.py", log),
        creationflags=NO_WINDOW,
        launch={"grace": 0.5, "heard": str(log)},
    )
    until(log.exists)
    send(driven.process.pid, "c")
    assert driven.outcome()["stopped"]["rungs"] == ["ask", "end"]
    assert log.read_text().split() == ["ready", "SIGINT"]


@pytest.mark.windows_only("nobody who reads a pipe there hears of it")
def test_a_write_of_nothing_is_no_end_of_the_stream(python: Callable[..., tuple[str, ...]]) -> None:
    words = ", ".join(f"_winapi.WriteFile(stdout, b'{word}')" for word in ("before, ", "", "after"))
    outcome = run(*python(f"import _winapi, msvcrt; stdout = msvcrt.get_osfhandle(1); {words}"))
    assert written(outcome) == "before, after"


@pytest.mark.windows_only("it starts no program beyond 260 characters")
def test_a_program_beyond_260_characters_is_started(tmp_path: Path) -> None:
    from ci_guard.windows.paths import extended

    folder = str(tmp_path)
    while len(folder) < 300:
        folder = os.path.join(folder, "long" * 10)
    os.makedirs(extended(folder))
    tool = os.path.join(folder, "tool.exe")
    shutil.copyfile(os.path.join(os.environ["SYSTEMROOT"], "System32", "hostname.exe"), extended(tool))
    assert run(tool).exit.status == 0
    assert run("tool", environment={"PATH": folder}).exit.status == 0
    shutil.rmtree(extended(str(tmp_path / ("long" * 10))))


@pytest.mark.windows_only("its subst does nothing")
def test_a_program_on_a_substituted_drive(batch: Path) -> None:
    free = next(letter for letter in "ZYXWVUTSRQP" if not os.path.exists(f"{letter}:\\"))
    subprocess.run(["subst", f"{free}:", str(batch.parent)], check=True)
    try:
        assert json.loads(written(run(f"{free}:\\{batch.name}", "a b"))) == ["a b"]
        assert json.loads(written(run("my tool", environment={"PATH": f"{free}:\\"}))) == []
    finally:
        subprocess.run(["subst", f"{free}:", "/d"], check=True)


@pytest.mark.windows_only("no shares of its own")
def test_a_program_on_a_share(tmp_path: Path) -> None:
    drive_letter, rest = os.path.splitdrive(str(tmp_path))
    share = rf"\\localhost\{drive_letter[0]}${rest}"
    if not os.path.isdir(share):
        pytest.skip(f"this user may not use {share}")
    shutil.copyfile(os.path.join(os.environ["SYSTEMROOT"], "System32", "hostname.exe"), tmp_path / "tool.exe")
    assert run(os.path.join(share, "tool.exe")).exit.status == 0


@pytest.mark.windows_only("no app execution aliases")
def test_an_app_execution_alias_is_a_program() -> None:
    folder = os.path.join(os.environ["LOCALAPPDATA"], "Microsoft", "WindowsApps")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    aliases = [name for name in names if name.endswith(".exe")]
    if not aliases:
        pytest.skip("no app of this machine has an alias")
    assert os.lstat(os.path.join(folder, aliases[0])).st_size == 0
    assert locate(aliases[0], {"PATH": folder}) == os.path.join(folder, aliases[0])


MOMENTS = 500  # without the wait several of them meet an opening that is under way


def test_who_has_waited_for_the_threads_of_a_process_meets_no_opening_of_it(tmp_path: Path) -> None:
    """Windows and Wine suspend a process some time after they were asked to."""
    import ctypes

    from ci_guard.process._windows_threads import wait_for_threads
    from ci_guard.windows.opening import open_status
    from ci_guard.windows.rights import DELETE

    ntdll = ctypes.WinDLL("ntdll")
    file, enough = tmp_path / "file", tmp_path / "enough"
    opens = subprocess.Popen(
        [sys.executable, str(PROGRAMS / "opens_its_file.py"), str(file)], stdout=subprocess.PIPE
    )
    handle = ctypes.c_void_p(int(opens._handle))  # type: ignore[attr-defined]
    until(file.exists)
    for _ in range(MOMENTS):
        assert ntdll.NtSuspendProcess(handle) == 0
        wait_for_threads(opens.pid)
        open_status(str(file), DELETE)
        assert ntdll.NtResumeProcess(handle) == 0
        time.sleep(0.001)  # by the clock: in which the program opens the file some times
    enough.touch()
    assert opens.communicate(timeout=HANG)[0].split() == [b"0", b"refused"]


def test_nobody_waits_for_the_threads_of_a_process_that_is_not_there() -> None:
    from ci_guard.process._windows_threads import wait_for_threads

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    wait_for_threads(gone.pid)
    wait_for_threads(0)
