import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from ci_guard import __version__
from ci_guard.cli import main
from ci_guard.cli.commands import COMMANDS
from ci_guard.model.invocation import Invocation

pytestmark = pytest.mark.usefixtures("no_settings")


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("CI_GUARD"):
            monkeypatch.delenv(name)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Invocation]:
    """What the run is asked for; a stand-in that answers with the status 7."""
    seen: list[Invocation] = []

    def run(invocation: Invocation) -> int:
        seen.append(invocation)
        return 7

    monkeypatch.setitem(sys.modules, "ci_guard.run", SimpleNamespace(run=run))
    return seen


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-- uv sync", Invocation(command=("uv", "sync"))),
        ("run -- uv sync", Invocation(command=("uv", "sync"))),
        ("-- uv run -- pytest --", Invocation(command=("uv", "run", "--", "pytest", "--"))),
        ("-- --odd", Invocation(command=("--odd",))),
        ("-- policy show", Invocation(command=("policy", "show"))),
        ("--attempts 3 -- a", Invocation(command=("a",), settings={"attempts": "3"})),
        ("--attempts=3 -- a", Invocation(command=("a",), settings={"attempts": "3"})),
        ("--deadline 1m -- a", Invocation(command=("a",), settings={"deadline": "1m"})),
        ("--attempt-timeout 1m -- a", Invocation(command=("a",), settings={"attempt_timeout": "1m"})),
        (
            "--retry-on network,timeout --retry-on unknown -- a",
            Invocation(command=("a",), settings={"retry_on": ("network,timeout", "unknown")}),
        ),
        ("--no-tweaks -- a", Invocation(command=("a",), settings={"tweaks.mode": "off"})),
        ("--no-verify -- a", Invocation(command=("a",), settings={"verify": False})),
        ("--junit a.xml -- a", Invocation(command=("a",), settings={"reports.junit": "a.xml"})),
        (
            "--report json=a --report markdown=b -- a",
            Invocation(command=("a",), settings={"reports": ("json=a", "markdown=b")}),
        ),
        ("--policy p.yml --name n -- a", Invocation(command=("a",), policy_file="p.yml", name="n")),
        ("--dry-run --quiet -- a", Invocation(command=("a",), dry_run=True, quiet=True)),
        ("--verbose -- a", Invocation(command=("a",), verbose=True)),
    ],
)
def test_words_become_an_invocation(asked: list[Invocation], words: str, expected: Invocation) -> None:
    assert main(words.split()) == 7
    assert asked == [expected]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CI_GUARD_NAME": "n"}, Invocation(command=("a",), name="n")),
        ({"CI_GUARD_POLICY": "p.yml"}, Invocation(command=("a",), policy_file="p.yml")),
        ({"CI_GUARD_DRY_RUN": "true"}, Invocation(command=("a",), dry_run=True)),
        ({"CI_GUARD_QUIET": "1"}, Invocation(command=("a",), quiet=True)),
        ({"CI_GUARD_VERBOSE": "0"}, Invocation(command=("a",))),
        ({"CI_GUARD_NAME": ""}, Invocation(command=("a",))),
    ],
)
def test_the_environment_stands_for_options(
    asked: list[Invocation],
    monkeypatch: pytest.MonkeyPatch,
    environ: Mapping[str, str],
    expected: Invocation,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["--", "a"]) == 7
    assert asked == [expected]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ([], ["error: there is no command to run", "hint: write it after `--`: `ci-guard -- uv sync`"]),
        (["--"], ["error: there is no command to run", "hint: write it after `--`: `ci-guard -- uv sync`"]),
        (
            ["uv", "sync"],
            ["error: `--` is missing in front of the command `uv`", "hint: type: ci-guard -- uv sync"],
        ),
        (
            ["--attempts", "3", "uv", "run", "--", "pytest"],
            [
                "error: `--` is missing in front of the command `uv`",
                "hint: type: ci-guard --attempts 3 -- uv run -- pytest",
            ],
        ),
        (
            ["run", "--quiet", "uv", "--help"],
            [
                "error: `--` is missing in front of the command `uv`",
                "hint: type: ci-guard --quiet -- uv --help",
            ],
        ),
        (
            ["polcy", "check"],
            [
                "error: `--` is missing in front of the command `polcy`",
                "hint: type: ci-guard -- polcy check",
                "hint: or did you mean `policy`?",
            ],
        ),
    ],
)
def test_mistakes_show_the_line_to_type(
    asked: list[Invocation], capsys: pytest.CaptureFixture[str], words: list[str], lines: list[str]
) -> None:
    assert main(words) == 125
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", [f"ci-guard: {line}" for line in lines])
    assert asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="cmd.exe quotes in another way")
def test_the_line_to_type_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--name", "my step", "a b", "c"]) == 125
    hint = capsys.readouterr().err.splitlines()[1]
    typed = shlex.split(hint.partition("type: ")[2])
    assert typed == ["ci-guard", "--name", "my step", "--", "a b", "c"]


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (["--attemps", "3", "--", "a"], "`--attempts`"),
        (["--attempts"], "requires an argument"),
        (["--attempts", "--", "a"], "requires an argument"),
        (["--quiet=1", "--", "a"], "does not take a value"),
        (["policy", "shw"], "shw"),
        (["policy"], "missing command"),
    ],
)
def test_clicks_own_errors_are_ours(capsys: pytest.CaptureFixture[str], words, fragment: str) -> None:
    assert main(words) == 125
    out, err = capsys.readouterr()
    assert out == ""
    assert fragment in err
    assert all(line.startswith("ci-guard: ") for line in err.splitlines())
    assert "--help`" in err.splitlines()[-1]


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["run", "--help"], ["policy", "--help"]])
def test_help_goes_to_stdout(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: ci-guard")
    assert err == ""


def test_help_names_the_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    out = capsys.readouterr().out
    assert "[OPTIONS] -- COMMAND [ARG]..." in out
    for name, entry in COMMANDS.items():
        assert f"  {name} " in out
        assert entry.help.split()[0] in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ci-guard {__version__}\n"


def imported(code: str, directory) -> set[str]:
    """The modules that a fresh interpreter has after the code, beyond those that it begins with."""
    probe = f"import sys\nbefore = set(sys.modules)\n{code}\nprint(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        check=True,
        cwd=directory,
        env=environment(),
    )
    return set(done.stdout.splitlines()[-1].split())


def environment() -> dict[str, str]:
    import os

    import ci_guard

    root = os.path.dirname(os.path.dirname(os.path.abspath(ci_guard.__file__)))
    return {**os.environ, "PYTHONPATH": root}


def test_the_good_path_imports_little(tmp_path) -> None:
    words = json.dumps(["--attempts", "3", "--", "uv", "sync"])
    modules = imported(
        f"""
import types
sys.modules["ci_guard.run"] = app = types.ModuleType("ci_guard.run")
from ci_guard.cli import main
from ci_guard.policy.resolve import resolve
app.run = lambda invocation: resolve(invocation, {{}}, ".", None).policy.attempts
assert main({words}) == 3
""",
        tmp_path,
    )
    for heavy in (
        "click",
        "yaml",
        "json",
        "logging",
        "tempfile",
        "importlib.metadata",
        "difflib",
        "traceback",
    ):
        assert heavy not in modules, heavy
    assert not {name for name in modules if name.startswith(("ci_guard.knowledge", "ci_guard.config.source"))}
    assert not modules & {"ci_guard.cli.policy", "ci_guard.policy.read", "ci_guard.model.knowledge"}


def test_help_imports_no_command(tmp_path) -> None:
    modules = imported("from ci_guard.cli import main\nmain(['--help'])", tmp_path)
    assert not modules & {"ci_guard.run", "ci_guard.cli.policy", "yaml", "json"}
