"""The Jenkins library `ciGuard`, run under real Groovy: what it tells Jenkins to do, in every end of a step.

Each scenario is one call of `ciGuard`; all are played in one Java process. `bat` and PowerShell are stood
in for, `sh` runs ci-guard for real where a scenario says so.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ci_guard.reports import json as record
from rig import groovy, guard
from unit.reports import samples

PROGRAM = Path(__file__).parents[1] / "programs" / "fails_until.py"
SEVERAL_LINES = 'echo one\necho "two $HOME" | tr a-z A-Z\nexit 3'
STRANGE = ["a b", "it's", '"', "$HOME", "%PATH%", "`id`", "", "a\nb", "\\", "*", "ü"]
SHOW_WORDS = "import json, sys; json.dump(sys.argv[1:], open('words.json', 'w'))"
# What the library calls, beside Jenkins' steps and itself: each stands in script-security's generic-whitelist
# (jenkinsci/script-security-plugin@00027f44), or is one of Groovy's own that it lists (`join` of a list).
SANDBOXED = {
    *(".add", ".addAll", ".call", ".containsKey", ".indexOf", ".isEmpty", ".join", ".keySet", ".length"),
    *(".matches", ".min", ".parseText", ".putAll", ".replace", ".replaceAll", ".size", ".split"),
    *(".startsWith", ".substring", ".toString", ".trim"),
}
STEPS = {
    *("archiveArtifacts", "bat", "checkout", "echo", "error", "isUnix", "junit", "node", "powershell"),
    *("pwsh", "readFile", "sh", "timeout", "unstable", "writeFile"),
}
needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="there is no sh on Windows")
COMPILED = "org.codehaus.groovy.runtime.InvokerHelper.runScript"  # in the `main` of any script
PLAIN = {"unix": True, "nodes": ["agent-1"], "description": None}


def ended(run: Any, status: int | None = None) -> dict[str, object]:
    """What a run of ci-guard leaves: its status and its record."""
    return {
        "status": run.exit_status if status is None else status,
        "record": record.render(samples.shown(run)).decode("utf-8"),
    }


def calls(*given: object, **scenario: object) -> dict[str, object]:
    return {**PLAIN, "call": list(given), "runs": [], **scenario}


def on_windows(*given: object, **scenario: object) -> dict[str, object]:
    return calls(*given, **{"unix": False, "runs": [ended(samples.PASSED)], **scenario})


ELSEWHERE = {"command": "uv sync", "onAntivirus": "retryElsewhere", "label": "win && x64"}
SCENARIOS: dict[str, dict[str, Any]] = {
    "passed": calls("uv sync", runs=[ended(samples.PASSED)], description="by hand\n"),
    "flaky": calls({"name": "in stall"}, "uv sync", runs=[ended(samples.FLAKY)], body=True),
    "failed": calls("uv sync", runs=[ended(samples.FAILED)], body=True),
    "gave up": calls("uv sync", runs=[ended(samples.GAVE_UP)]),
    "gave up, unstable": calls(
        {"command": "uv sync", "onAntivirus": "unstable"},
        runs=[ended(samples.GAVE_UP)],
        body=True,
        description="first\n[ci-guard uv sync] old\n[ci-guard uv] another\nlast\n[ci-guard uv sync] twice",
    ),
    "failed, unstable": calls({"command": "a", "onAntivirus": "unstable"}, runs=[ended(samples.FAILED)]),
    "blocked, elsewhere": calls(ELSEWHERE, runs=[ended(samples.BLOCKED)]),
    "elsewhere": calls(
        ELSEWHERE,
        nodes=["win 1", "win-2"],
        runs=[ended(samples.GAVE_UP), ended(samples.PASSED)],
        body=True,
    ),
    "three agents": calls(
        {**ELSEWHERE, "agents": 3, "elsewhereTimeout": 5},
        nodes=["n1", "n2", "n3"],
        runs=[ended(samples.GAVE_UP)] * 3,
        prepare=True,
    ),
    "not installed": calls("uv sync", runs=[{"status": 127, "record": None}]),
    "green without a record": calls("uv sync", runs=[{"status": 0, "record": None}]),
    "aborted": calls("uv sync", runs=[{**ended(samples.PROVISIONAL), "interrupted": "by a user"}]),
    "aborted early": calls("uv sync", runs=[{"record": None, "interrupted": "by a user"}]),
    "options": calls(
        {
            "command": "uv sync",
            "attempts": 3,
            "deadline": "5m",
            "policy": "ci/guard.yml",
            "arguments": ["--verbose"],
            "program": "python3 ci-guard.pyz",
            "reports": "out/ci",
            "encoding": "UTF-8",
            "junit": {"keepTestNames": True, "allowEmptyResults": False},
        },
        runs=[ended(samples.PASSED)],
    ),
    "bat": on_windows('uv tool install "a b" C:\\x\\y'),
    "bat script": on_windows("set A=%B%\nuv sync %A% & echo done"),
    "bat words": on_windows({"command": ["a b", "c&d|<>^", "dir\\ e\\", "plain", ""]}),
    "bat bad words": on_windows({"command": ["a", "%PATH%"]}),
    "powershell": on_windows({"shell": "powershell"}, 'uv sync --extra "a b" x@1,2'),
    "powershell script": on_windows({"shell": "powershell"}, "uv sync $env:A; exit 3"),
    "powershell words": on_windows({"command": ["it's", "\u2019;x", "$x"], "shell": "pwsh"}),
    "powershell bad words": on_windows({"command": ["a", 'say "x"'], "shell": "powershell"}),
    "no command": calls({}),
    "unknown parameter": calls({"command": "a", "on_antivirus": "fail"}),
    "unknown shell": calls({"command": "a", "shell": "cmd"}),
    "unknown policy": calls({"command": "a", "onAntivirus": "retry"}),
    "no label": calls({"command": "a", "onAntivirus": "retryElsewhere"}),
    "bad folder": calls({"command": "a", "reports": "../a b"}),
    "shebang": calls("#!/bin/bash\necho"),
    "hostile name": calls({"command": "a", "name": '<b>%A%"\n[x]'}, runs=[ended(samples.FLAKY)]),
    "real words": calls({"command": [sys.executable, "-c", SHOW_WORDS, *STRANGE]}, real=True),
    "real script": calls({"name": "script"}, SEVERAL_LINES, real=True),
    "real flaky": calls({"command": [sys.executable, str(PROGRAM), "1", "1"], "name": "real"}, real=True),
}


class Played:
    """What happened in a scenario."""

    def __init__(self, answer: dict[str, Any], place: Path) -> None:
        self.calls, self.thrown, self.result = answer["calls"], answer["thrown"], answer["result"]
        self.description, self.place = answer["description"], place

    def all(self, step: str) -> list[Any]:
        return [call["given"] for call in self.calls if call["step"] == step]

    def one(self, step: str) -> Any:
        (given,) = self.all(step)
        return given

    def agents(self, step: str) -> list[str]:
        return [call["agent"] for call in self.calls if call["step"] == step]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("jenkins")
    environment = guard.variables({})
    program = [*(["env", *(f"{name}={value}" for name, value in environment.items())] if environment else [])]
    program += guard.command()
    given = {}
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        if scenario.get("real") and sys.platform == "win32":
            continue
        call = scenario["call"]
        first, rest = call[0], call[1:]
        options = [{**(first if isinstance(first, dict) else {"command": first}), "program": program}, *rest]
        given[name] = {
            **scenario,
            "call": options if scenario.get("real") else scenario["call"],
            "directory": str(folder / str(number)),
        }
    found = groovy.play(given, folder)
    return {**found, "places": {name: Path(str(given[name]["directory"])) for name in given}}


@pytest.fixture
def play(answers: dict[str, Any]) -> Any:
    return lambda name: Played(answers["answers"][name], answers["places"][name])


def test_a_step_that_passes_is_published_and_leaves_the_description_alone(play: Any) -> None:
    done = play("passed")
    assert done.thrown is None
    assert done.one("sh")["script"] == (
        "ci-guard --name 'uv sync' --junit reports/TEST-ci-guard-uv-sync.xml"
        " --report json=reports/ci-guard-uv-sync.json -- uv sync"
    )
    assert done.one("junit") == {
        "testResults": "reports/TEST-ci-guard-uv-sync.xml",
        "allowEmptyResults": True,
        "skipMarkingBuildUnstable": True,
        "skipMarkingStageUnstable": True,
    }
    assert done.description == "by hand\n"
    assert done.all("unstable") == []


def test_a_recovered_step_is_green_and_told_in_the_description(play: Any) -> None:
    done = play("flaky")
    assert done.thrown is None
    assert (done.result["recovered"], done.result["attempts"], done.result["status"]) == (True, 3, 0)
    assert done.one("junit")["testResults"] == "reports/TEST-ci-guard-in-stall.xml"
    assert done.description == f"[ci-guard in stall] {samples.FLAKY.explanation}"
    assert done.all("body") == [""]


def test_a_failure_is_published_before_the_build_fails(play: Any) -> None:
    done = play("failed")
    assert (
        done.thrown == "BuildFailed: ci-guard: uv sync: the dependencies cannot be resolved (exit status 1)"
    )
    assert [call["step"] for call in done.calls][-2:] == ["junit", "error"]
    assert done.all("body") == []


def test_what_the_antivirus_stopped_fails_by_default(play: Any) -> None:
    done = play("gave up")
    assert done.thrown.startswith("BuildFailed: ci-guard: uv sync: an antivirus lock outlasted 3 attempts")
    assert len(done.all("junit")) == 1


def test_what_the_antivirus_stopped_can_be_unstable(play: Any) -> None:
    done = play("gave up, unstable")
    assert done.thrown is None
    assert done.one("unstable") == "ci-guard: uv sync: an antivirus lock outlasted 3 attempts"
    assert done.result["antivirus"] is True
    assert done.all("body") == [], "there is no result to go on with"


def test_the_description_keeps_what_others_wrote_and_has_one_line_of_ours(play: Any) -> None:
    assert play("gave up, unstable").description == (
        "first\n[ci-guard uv sync] an antivirus lock outlasted 3 attempts\n[ci-guard uv] another\nlast"
    )


def test_only_the_antivirus_makes_unstable(play: Any) -> None:
    done = play("failed, unstable")
    assert done.thrown.startswith("BuildFailed")
    assert done.all("unstable") == []


def test_a_verdict_is_not_carried_to_another_agent(play: Any) -> None:
    done = play("blocked, elsewhere")
    assert done.thrown.startswith("BuildFailed")
    assert done.all("node") == []


def test_where_the_antivirus_won_the_step_moves_to_another_agent(play: Any) -> None:
    done = play("elsewhere")
    assert done.thrown is None
    assert done.one("node") == '(win && x64) && !"win 1"'
    assert done.one("timeout") == {"time": 60, "unit": "MINUTES"}
    assert done.agents("sh") == ["win 1", "win-2"]
    assert done.agents("checkout") == done.agents("junit") == done.agents("body") == ["win-2"]
    assert done.agents("archiveArtifacts") == ["win 1"], "the evidence of the first agent is kept"
    assert done.result["agent"] == "win-2"
    assert done.description == "[ci-guard uv sync on win 1] an antivirus lock outlasted 3 attempts"


def test_every_agent_that_gave_up_is_left_out_and_the_last_decides(play: Any) -> None:
    done = play("three agents")
    assert done.all("node") == ['(win && x64) && !"n1"', '(win && x64) && !"n1" && !"n2"']
    assert done.thrown.startswith("BuildFailed: ci-guard: uv sync: an antivirus lock outlasted")
    assert done.agents("junit") == ["n3"]
    assert done.agents("prepare") == ["n2", "n3"]
    assert done.all("checkout") == []


@pytest.mark.parametrize("name", ["not installed", "green without a record"])
def test_without_a_record_nothing_is_green_and_nothing_old_is_published(name: str, play: Any) -> None:
    done = play(name)
    assert "no record: is ci-guard installed here?" in done.thrown
    assert done.one("writeFile") == {"file": "reports/ci-guard-uv-sync.json", "text": ""}
    assert done.all("junit") == []


def test_an_abort_stays_an_abort_and_what_is_known_is_published(play: Any) -> None:
    done = play("aborted")
    assert done.thrown == "Interrupted: by a user"
    assert len(done.all("junit")) == 1
    assert play("aborted early").thrown == "Interrupted: by a user"
    assert play("aborted early").all("junit") == []


def test_options_reach_ci_guard_and_the_steps(play: Any) -> None:
    done = play("options")
    assert done.one("sh")["script"] == (
        "python3 ci-guard.pyz --name 'uv sync' --junit out/ci/TEST-ci-guard-uv-sync.xml"
        " --report json=out/ci/ci-guard-uv-sync.json --attempts 3 --deadline 5m"
        " --policy ci/guard.yml --verbose -- uv sync"
    )
    assert done.one("sh")["encoding"] == "UTF-8"
    assert (done.one("junit")["keepTestNames"], done.one("junit")["allowEmptyResults"]) == (True, False)


def after_the_dashes(step: Any) -> str:
    return str(step["script"].partition("--report ")[2].partition(" ")[2])


def test_cmd_gets_words_and_scripts(play: Any) -> None:
    plain = play("bat").one("bat")
    assert plain["script"].startswith('@ci-guard --name "uv tool install a b C:\\x\\y" --junit reports/TEST')
    assert after_the_dashes(plain) == '-- uv tool install "a b" C:\\x\\y'
    script = play("bat script")
    assert after_the_dashes(script.one("bat")).endswith("-- cmd.exe /d /c reports\\ci-guard-set-A-B.cmd")
    assert script.all("writeFile")[-1]["text"] == "set A=%B%\r\nuv sync %A% & echo done\r\n"
    words = play("bat words")
    assert after_the_dashes(words.one("bat")) == '-- "a b" "c&d|<>^" "dir\\ e\\\\" plain ""'


def test_powershell_gets_words_and_scripts(play: Any) -> None:
    plain = play("powershell").one("powershell")["script"].splitlines()
    assert (plain[0], plain[2]) == ("$global:LASTEXITCODE = 127", "exit $LASTEXITCODE")
    assert plain[1].startswith("& 'ci-guard' '--name' 'uv sync --extra a b x@1,2' ")
    assert plain[1].endswith(" '--' 'uv' 'sync' '--extra' 'a b' 'x@1,2'")
    script = play("powershell script")
    assert "'-File' 'reports/ci-guard-uv-sync-env-A-exit-3.ps1'" in script.one("powershell")["script"]
    assert script.all("writeFile")[-1]["text"] == "\ufeffuv sync $env:A; exit 3\r\nexit $LASTEXITCODE\r\n"
    words = play("powershell words").one("pwsh")["script"]
    assert "'--' 'it''s' '\u2019\u2019;x' '$x'\n" in words


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bat bad words", "bat cannot pass the word %PATH% safely"),
        ("powershell bad words", 'powershell cannot pass the word say "x" safely'),
        ("no command", "no command"),
        ("unknown parameter", "no parameter 'on_antivirus'; there are command, name, shell"),
        ("unknown shell", "shell 'cmd' is not one of"),
        ("unknown policy", "onAntivirus 'retry' is not one of"),
        ("no label", "needs label"),
        ("bad folder", "must be a relative folder"),
        ("shebang", "#!"),
    ],
)
def test_a_mistake_is_refused_before_anything_runs(name: str, said: str, play: Any) -> None:
    done = play(name)
    assert done.thrown.startswith("BuildFailed: ciGuard: ")
    assert said in done.thrown
    assert [step for step in ("sh", "bat", "powershell", "pwsh", "junit", "node") if done.all(step)] == []
    assert done.description is None


def test_a_name_cannot_break_out_of_the_shell_the_glob_or_the_description(play: Any) -> None:
    done = play("hostile name")
    assert "--name '<b> A [x]' --junit reports/TEST-ci-guard-b-A-x.xml" in done.one("sh")["script"]
    assert done.description.startswith("[ci-guard \u2039b\u203a A (x)] passed")


@needs_sh
def test_for_real_every_word_arrives_as_it_was(play: Any) -> None:
    done = play("real words")
    assert done.thrown is None, done.all("output")
    assert json.loads((done.place / "agent-1" / "words.json").read_text("utf-8")) == STRANGE


@needs_sh
def test_for_real_all_lines_of_a_script_run_under_the_guard(play: Any) -> None:
    done = play("real script")
    assert "(exit status 3)" in done.thrown
    assert "one" in done.one("output").splitlines()
    assert any(line.startswith("TWO /") for line in done.one("output").splitlines())
    assert (done.place / "agent-1" / "reports" / "TEST-ci-guard-script.xml").stat().st_size > 0


@needs_sh
def test_for_real_the_record_is_understood(play: Any) -> None:
    done = play("real flaky")
    assert (done.thrown, done.result["outcome"], done.result["attempts"]) == (None, "passed", 1)


def test_nothing_is_called_that_the_sandbox_forbids(answers: dict[str, Any]) -> None:
    inventory = answers["inventory"]
    own = set(inventory["own"])
    static = {f"ciguard.Words.{name}" for name in own} | {f".{name}" for name in own}
    assert set(inventory["methods"]) - own - static - SANDBOXED - STEPS == {COMPILED}
    assert set(inventory["made"]) == {"groovy.json.JsonSlurper", "java.util.ArrayList"}


def test_nothing_is_written_that_cps_cannot_save(answers: dict[str, Any]) -> None:
    inventory = answers["inventory"]
    assert set(inventory["closures"]) == {"node", "timeout"}, "closures only as the bodies of steps"
    assert set(inventory["operators"]) & {"=~", "==~"} == set(), "a Matcher cannot be saved"


@pytest.mark.skipif(sys.platform != "win32", reason="the real cmd and Windows PowerShell are on Windows only")
@pytest.mark.parametrize("name", ["bat words", "powershell words"])
def test_on_windows_every_word_arrives_as_it_was(name: str, play: Any, tmp_path: Path) -> None:
    """cmd expands variables between quotes too, and PowerShell 5.1 loses quotes: what we pass must arrive."""
    step = "bat" if name.startswith("bat") else "pwsh"
    line = play(name).one(step)["script"].replace("ci-guard", "REPLACED", 1)
    quote = "'" if step == "pwsh" else ""
    shown = tmp_path / "show.py"
    shown.write_text("import json, sys; json.dump(sys.argv[1:], open('words.json', 'w'))", encoding="utf-8")
    start = f"{quote}{sys.executable}{quote} {quote}{shown}{quote}"
    line = line.replace(f"{quote}REPLACED{quote}", start, 1)
    if step == "bat":
        script = tmp_path / "script.cmd"
        script.write_bytes(f"{line}\r\n".encode())
        words = ["cmd.exe", "/d", "/c", str(script)]
    else:
        script = tmp_path / "script.ps1"
        script.write_bytes(b"\xef\xbb\xbf" + line.encode())
        words = ["powershell.exe", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", str(script)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=groovy.SECONDS)
    assert done.returncode == 0, done.stderr
    arrived = json.loads((tmp_path / "words.json").read_text("utf-8"))
    given = SCENARIOS[name]["call"][0]["command"]
    assert arrived[arrived.index("--") + 1 :] == given


def test_all_groovy_is_clean_and_a_mistake_would_be_seen(tmp_path: Path) -> None:
    examples = sorted((groovy.ROOT / "examples").glob("Jenkinsfile.*"))
    assert len(examples) == 4
    broken = tmp_path / "Broken.groovy"
    broken.write_text("node {\n    sh 'a'\n", encoding="utf-8")
    place = tmp_path / "all"
    place.mkdir()
    sources = groovy.LIBRARY.rglob("*.groovy")
    done = groovy.lint(place, groovy.ROOT / "Jenkinsfile", *examples, *sources, broken)
    named = [line for line in done.stdout.splitlines() if str(place) in line]
    assert done.returncode == 1
    assert len(named) == 1, done.stdout
    assert "Broken.groovy" in named[0]
