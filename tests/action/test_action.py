"""The action as a workflow uses it: outputs, summary, status; and that no input can become code."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from action import runner
from action.runner import Ended
from rig.events import HANG

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
TEXT = ACTION.read_text(encoding="utf-8")
TOLD = yaml.safe_load(TEXT)
FAILS = str(ROOT / "tests" / "programs" / "fails_until.py")
LOCK = "Access is denied. (os error 5)"
POLICY = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\nwait_for_unlock: false\n"
PYTHON = sys.executable
ATTEMPT = re.compile(r"^attempt \d", re.MULTILINE)
if sys.platform == "win32" and shutil.which("pwsh") is None:
    pytest.skip("the action needs PowerShell 7, which GitHub's runners have", allow_module_level=True)


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner's folder: what the first step of a job installs, the next ones find."""
    return tmp_path_factory.mktemp("job")


@pytest.fixture
def use(job: Path, tmp_path: Path) -> Callable[..., Ended]:
    (tmp_path / ".ci-guard.yml").write_text(POLICY, encoding="utf-8")

    def used(action: Path = ROOT, variables: dict[str, str] | None = None, **inputs: str) -> Ended:
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        return runner.run(action, {"python": PYTHON} | named, job, tmp_path, **(variables or {}))

    return used


def command(until: int, status: int = 2) -> str:
    return f'"{PYTHON}" "{FAILS}" {until} {status} "error: failed to remove file x.exe: {LOCK}"'


def check(path: Path) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(path)]
    return subprocess.run(words, capture_output=True, text=True, timeout=HANG)


def test_it_is_valid() -> None:
    done = check(ACTION)
    assert done.returncode == 0, done.stdout


def test_a_mistake_would_be_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "action.yml"
    wrong.write_text(TEXT.replace("      shell: bash\n", "", 1), encoding="utf-8")
    assert check(wrong).returncode == 1


def test_no_input_is_written_into_a_script() -> None:
    steps = TOLD["runs"]["steps"]
    assert [step["id"] for step in steps if "${{" in step["run"]] == []
    posix, windows = (step["env"] for step in steps)
    assert posix == windows
    passed_on = {value for value in posix.values() if "inputs." in value}
    assert passed_on == {f"${{{{ inputs.{name} }}}}" for name in TOLD["inputs"]}


def test_a_step_that_passes(use: Callable[..., Ended]) -> None:
    ended = use(command=command(1))
    assert (ended.status, ended.summary) == (0, "")
    assert len(ATTEMPT.findall(ended.output)) == 1
    assert [each.name for each in ended.commands] == ["stop-commands"]
    assert ended.outputs == {
        "outcome": "passed",
        "attempts": "1",
        "category": "",
        "recovered": "false",
        "report": "",
    }


def test_a_step_that_is_recovered(use: Callable[..., Ended], tmp_path: Path) -> None:
    ended = use(
        command=command(3), name="install", junit="reports/{step}.xml", report="json=a.json\nmarkdown=b.md"
    )
    assert ended.status == 0, ended.output
    assert ended.outputs == {
        "outcome": "flaky",
        "attempts": "3",
        "category": "antivirus_lock",
        "recovered": "true",
        "report": str(tmp_path / "reports" / "install.xml"),
    }
    assert "flakyFailure" in Path(ended.outputs["report"]).read_text(encoding="utf-8")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["name"] == "install"
    assert (tmp_path / "b.md").is_file()
    assert "### ci-guard: install: passed after recovery" in ended.summary
    said = [each for each in ended.commands if each.name != "stop-commands"]
    assert [each.name for each in said] == ["group", "endgroup", "group", "endgroup", "warning"]


def test_a_step_that_gives_up(use: Callable[..., Ended]) -> None:
    ended = use(command=command(9, 3), attempts="2")
    assert (ended.status, ended.outputs["outcome"], ended.outputs["attempts"]) == (3, "gave_up", "2")
    assert [each.name for each in ended.commands].count("error") == 1
    assert "gave up" in ended.summary


def test_a_step_that_fails_by_itself(use: Callable[..., Ended]) -> None:
    ended = use(command=f'"{PYTHON}" -c "raise SystemExit(7)"')
    assert (ended.status, ended.outputs["outcome"], ended.outputs["category"]) == (7, "failed", "unknown")
    assert [each.name for each in ended.commands] == ["stop-commands"]


@pytest.mark.skipif(sys.platform == "win32", reason="the text is one of a POSIX shell")
def test_no_input_becomes_code(use: Callable[..., Ended], tmp_path: Path) -> None:
    evil = "$(touch hacked) `touch hacked` '; touch hacked #\" && touch hacked ${{ github.token }}"
    for name in set(TOLD["inputs"]) - {"command"}:
        use(**{"command": "true", name: evil})
    use(command=evil)
    use(command=f"echo '{evil.replace(chr(39), '')}'", name=evil)
    assert not (tmp_path / "hacked").exists()
    ended = use(command="""printf '%s|' '$(touch hacked)' "a  b" c\\d""")
    assert "$(touch hacked)|a  b|c\\d|" in ended.output


@pytest.mark.parametrize(
    "text",
    [
        "a && b", "a | b", "a; b", "a > b", "echo $HOME", "echo %PATH%", "echo `x`", "pip install *.whl",
        "cd ~", "A=1 b", "a\nb", "echo 'open", 'echo "$x"', "a\\ b", "a # b", "(a)", "", "echo ^",
        "'' \"x`n\"",
    ],
)  # fmt: skip
def test_what_only_a_shell_could_understand_is_refused(use: Callable[..., Ended], text: str) -> None:
    ended = use(command=text)
    assert ended.status == 125
    (error,) = ended.commands
    assert (error.name, error.properties) == ("error", {"title": "ci-guard"})
    assert "shell" in error.data or not text
    assert outputs_of_nothing(ended)


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param(
            name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"there is no {name} here")
        )
        for name in ("bash", "sh", "pwsh", "powershell", "cmd", "python")
    ],
)
def test_a_script_is_run_by_the_shell_that_is_named(
    use: Callable[..., Ended], shell: str, tmp_path: Path
) -> None:
    first, last = {"python": ("print('one', 'two')", "raise SystemExit(5)")}.get(
        shell, ("echo one", "exit 5")
    )
    ended = use(command=f"{first}\n{last}", shell=shell)
    assert "one" in ended.output
    assert (ended.status, ended.outputs["outcome"]) == (5, "failed"), ended.output


def test_an_unknown_shell_is_refused(use: Callable[..., Ended]) -> None:
    assert use(command="a", shell="zsh").status == 125


def test_the_folder_and_the_policy(use: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "own.yml").write_text(f"{POLICY}attempts: 2\n", encoding="utf-8")
    where = f'"{PYTHON}" -c "import os; print(\'in\', os.path.basename(os.getcwd()))"'
    assert "in sub" in use(command=where, working_directory="sub").output
    assert use(command=command(9), working_directory="sub", policy="own.yml").outputs["attempts"] == "2"
    assert use(command="a", working_directory="nowhere").status == 125


def test_the_command_does_not_see_our_inputs(use: Callable[..., Ended]) -> None:
    shown = f'"{PYTHON}" -c "import os; print(sorted(n for n in os.environ if n[:6] == \'INPUT_\'))"'
    assert "['INPUT_MINE']" in use(command=shown, name="n", variables={"INPUT_MINE": "1"}).output


def test_settings_of_the_job_count_where_an_input_is_empty(use: Callable[..., Ended]) -> None:
    assert use(command=command(9), variables={"CI_GUARD_ATTEMPTS": "2"}).outputs["attempts"] == "2"


def test_it_is_installed_once_a_job_and_without_an_executable(use: Callable[..., Ended], job: Path) -> None:
    use(command=command(1))
    (folder,) = (job / "temp").glob("ci-guard-*/")
    assert [path.name for path in folder.iterdir()] == ["ci-guard.pyz"]
    before = (folder / "ci-guard.pyz").stat().st_mtime_ns
    use(command=command(1))
    assert (folder / "ci-guard.pyz").stat().st_mtime_ns == before


NO_NETWORK = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "nowhere"}


def copied(tmp_path: Path) -> Path:
    action = tmp_path / "action"
    for name in ("action.yml", "LICENSE"):
        action.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, action)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("ci_guard", "integrations/github", "integrations/pyz"):
        shutil.copytree(ROOT / name, action / name, ignore=ignored)
    return action


def test_a_program_beside_the_action_needs_no_network(
    use: Callable[..., Ended], job: Path, tmp_path: Path
) -> None:
    use(command=command(1))
    (made,) = (job / "temp").glob("ci-guard-*/ci-guard.pyz")
    action = copied(tmp_path)
    shutil.rmtree(action / "ci_guard")
    shutil.rmtree(action / "integrations" / "pyz")
    shutil.copy(made, action)
    ended = use(action, variables=NO_NETWORK, command=command(2))
    assert (ended.status, ended.outputs["outcome"]) == (0, "flaky"), ended.output


def test_without_program_and_network_it_says_what_to_do(use: Callable[..., Ended], tmp_path: Path) -> None:
    action = copied(tmp_path)
    (action / "ci_guard" / "new.py").write_text("", encoding="utf-8")  # another program than the job has
    start = action / "integrations" / "github" / "start.py"
    start.write_text(
        start.read_text(encoding="utf-8").replace("PAUSE = 5.0", "PAUSE = 0.0"), encoding="utf-8"
    )
    ended = use(action, variables=NO_NETWORK, command=command(1))
    assert ended.status == 125
    assert "a ci-guard.pyz beside action.yml needs no network" in ended.commands[-1].data


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the old Python")
def test_a_python_that_is_too_old_is_refused(use: Callable[..., Ended], tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    ended = use(command="a", python=str(old))
    assert ended.status == 125
    assert "Python 3.11 or later is needed" in ended.commands[0].data


def outputs_of_nothing(ended: Ended) -> bool:
    told = {name: ended.outputs.get(name) for name in ("outcome", "attempts", "category", "recovered")}
    return told == {
        "outcome": "not_started", "attempts": "0", "category": "configuration", "recovered": "false",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"attempts": "many"}, "expected a whole number from 1 to 100, found `many`"),
        ({"deadline": "90"}, "add a unit"),
        ({"command": "uv sync && uv run x"}, "name a `shell`"),
        ({"command": ""}, "the input `command` is empty"),
        ({"setup": "uv"}, "exclude each other"),
    ],
)
def test_what_cannot_begin_is_an_error_and_a_failed_step(
    use: Callable[..., Ended], inputs: dict[str, str], said: str
) -> None:
    ended = use(**({"command": command(1)} | inputs))
    assert ended.status == 125
    (error,) = [each for each in ended.commands if each.name == "error"]
    assert said in error.data
    assert outputs_of_nothing(ended)
    assert ATTEMPT.findall(ended.output) == []


def test_a_program_that_is_not_there_is_an_annotation(use: Callable[..., Ended]) -> None:
    ended = use(command="no-such-program --at-all")
    assert ended.status == 127
    (error,) = [each for each in ended.commands if each.name == "error"]
    assert "there is no program `no-such-program`" in error.data
    assert (ended.outputs["outcome"], ended.outputs["category"]) == ("not_started", "command_not_found")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_setup_guards_what_later_steps_start(use: Callable[..., Ended], tmp_path: Path) -> None:
    real = tmp_path / "programs" / "uv"
    real.parent.mkdir()
    real.write_text(f'#!/bin/sh\nexec {command(2)} "$@"\n', encoding="utf-8")
    real.chmod(0o755)
    told = tmp_path / "github-path"
    ended = use(setup="uv, npm", variables={"GITHUB_PATH": str(told)})
    assert ended.status == 0, ended.output
    (folder,) = told.read_text(encoding="utf-8").split()
    assert {each.name for each in Path(folder).iterdir()} >= {"uv", "npm"}
    path = os.pathsep.join((folder, str(real.parent), os.environ["PATH"]))
    later = subprocess.run(
        ["uv", "sync"], env=os.environ | {"PATH": path}, cwd=tmp_path, capture_output=True, text=True
    )
    assert (later.returncode, ATTEMPT.findall(later.stdout)) == (0, ["attempt 1", "attempt 2"]), later.stderr
