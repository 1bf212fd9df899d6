"""Which commands a command line runs, where and with what."""

import pytest

from ci_guard.command_line.parse import argv_of, parse
from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.command import Command
from unit.command_line.lines import INVOCATIONS, PREFIXES, SHELLS, lines


def told(*argv: str) -> list[str]:
    return [" ".join((command.program, *command.argv[1:])) for command in parse_command(argv).commands]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_tool_is_seen_through_every_wrapper(shell: str) -> None:
    wrong = []
    seen = 0
    for name, argv, invocation in lines():
        if not name.startswith(f"{shell}: "):
            continue
        seen += 1
        line = parse_command(argv)
        last = line.commands[-1] if line.commands else None
        ours = (invocation.program, invocation.arguments, invocation.interpreter)
        if (
            last is None
            or (last.program, last.argv[1:], last.interpreter) != ours
            or last.argv[0] not in " ".join(invocation.written)
            or not line.complete
            or len(line.commands) > 2
        ):
            wrong.append((name, line))
    assert seen > len(PREFIXES) * len(INVOCATIONS) / 2
    assert wrong == []


@pytest.mark.parametrize(
    ("argv", "commands", "complete"),
    [
        (("./build.sh",), ["build.sh"], True),
        (("bash", "build.sh"), ["bash build.sh"], False),
        (("bash",), ["bash"], False),
        (("python", "setup.py", "install"), ["python setup.py install"], False),
        (("python", "-c", "import x", "-m", "pip"), ["python -c import x -m pip"], False),
        (("make", "deps"), ["make deps"], False),
        (("bash", "-c", "uv sync && make"), ["uv sync", "make"], False),
        (("uv", "lock"), ["uv lock"], True),
        (("uv", "run", "-m", "pip", "list"), ["uv run -m pip list", "pip list"], True),
        (("uv", "run", "pip", "list"), ["uv run pip list", "pip list"], True),
        (("npm", "run", "build"), ["npm run build"], False),
        (("npm", "ci"), ["npm ci"], True),
        (("npx", "-c", "uv sync"), ["npx -c uv sync", "uv sync"], True),
        (("env", "-S", "X=1 uv sync"), ["uv sync"], True),
        (("su", "ci", "-c", "uv sync"), ["uv sync"], True),
        (("python", "-m", "time", "x"), ["time x"], True),
        (("$PYTHON", "-m", "pip", "install"), ["pip install"], True),
        (("$TOOL", "install"), ["$tool install"], False),
        (("bash", "-c", "for x in a b; do uv sync; done"), ["for x in a b", "uv sync"], False),
        (("bash", "-c", "echo 'uv sync; npm ci'"), [], True),
        (("bash", "-c", "echo $(uv --version; date) && uv sync"), ["uv sync"], True),
        (("bash", "-c", "uv \\\n  sync"), ["uv sync"], True),
        (("cmd", "/c", "uv ^\r\nsync"), ["uv sync"], True),
        (("cmd", "/c", "uv sync & npm ci"), ["uv sync", "npm ci"], True),
        (("env",) * 100 + ("uv",), [], False),
        ((), [], True),
        (("",), [""], True),
    ],
)
def test_commands_and_whether_they_are_all(
    argv: tuple[str, ...], commands: list[str], complete: bool
) -> None:
    assert told(*argv) == commands
    assert parse_command(argv).complete is complete


def only(*argv: str) -> Command:
    (command,) = parse_command(argv).commands
    return command


@pytest.mark.parametrize(
    ("argv", "directory"),
    [
        (("uv", "sync"), None),
        (("bash", "-c", "cd app && uv sync"), "app"),
        (("bash", "-c", "cd app; cd ..; uv sync"), "app/.."),
        (("bash", "-c", "cd app && cd /srv && uv sync"), "/srv"),
        (("bash", "-c", "(cd app && echo x); uv sync"), None),
        (("bash", "-c", "cd app; cd -; uv sync"), None),
        (("bash", "-c", "pushd app; popd; uv sync"), None),
        (("bash", "-c", "cd 'a b' || exit 1\nuv sync"), "a b"),
        (("bash", "-c", "cd; uv sync"), "~"),
        (("bash", "-c", 'cd "$WORKSPACE/app" && uv sync'), "$WORKSPACE/app"),
        (("cmd", "/c", r"cd /d D:\w\app && uv sync"), r"D:\w\app"),
        (("pwsh", "-c", r"Set-Location .\app; uv sync"), r".\app"),
        (("env", "-C", "app", "uv", "sync"), "app"),
        (("env", "--chdir=app", "uv", "sync"), "app"),
        (("sudo", "-D", "app", "bash", "-c", "cd inner && uv sync"), "app/inner"),
    ],
)
def test_where_it_runs(argv: tuple[str, ...], directory: str | None) -> None:
    assert only(*argv).directory == directory


@pytest.mark.parametrize(
    ("argv", "environment"),
    [
        (("env", "-u", "A", "B=1", "uv", "sync"), {"A": None, "B": "1"}),
        (("A=1", "B=x=y", "uv", "sync"), {"A": "1", "B": "x=y"}),
        (("bash", "-c", "export A=1 B=2; C=3 uv sync"), {"A": "1", "B": "2", "C": "3"}),
        (("bash", "-c", "A=1 npm ci >/dev/null; true"), {"A": "1"}),
        (("cmd", "/c", 'set A=1&& set "B=c d" && uv sync'), {"A": "1", "B": "c d"}),
        (("pwsh", "-c", "$env:A = 'x y'; uv sync"), {"A": "x y"}),
        (("pwsh", "-c", "$a = 'x y'; uv sync"), {}),
        (("uv", "sync"), {}),
    ],
)
def test_with_which_variables(argv: tuple[str, ...], environment: dict[str, str | None]) -> None:
    assert only(*argv).environment == environment


@pytest.mark.parametrize(
    ("argv", "activated"),
    [
        (("bash", "-c", ". .venv/bin/activate && pip install x"), ".venv"),
        (("bash", "-c", "cd app && source env/Scripts/activate; pip install x"), "app/env"),
        (("bash", "-c", "source /opt/v/bin/activate.fish; pip install x"), "/opt/v"),
        (("cmd", "/c", r"call .venv\Scripts\activate.bat && pip install x"), ".venv"),
        (("cmd", "/c", r".venv\Scripts\activate && pip install x"), ".venv"),
        (("pwsh", "-c", r".\.venv\Scripts\Activate.ps1; pip install x"), r".\.venv"),
        (("bash", "-c", "source build.env; pip install x"), None),
    ],
)
def test_in_which_activated_environment(argv: tuple[str, ...], activated: str | None) -> None:
    assert only(*argv).activated == activated


def test_what_a_runner_runs_says_so() -> None:
    outer, inner = parse_command(("uv", "run", "python", "-m", "pip", "list")).commands
    assert (outer.program, outer.runner) == ("uv", None)
    assert (inner.program, inner.runner, inner.interpreter) == ("pip", "uv", ("python",))


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("uv sync", ("uv", "sync")),
        (r"C:\Py\python.exe -m pip install x", (r"C:\Py\python.exe", "-m", "pip", "install", "x")),
        (r'"C:\Program Files\uv\uv.exe" sync', (r"C:\Program Files\uv\uv.exe", "sync")),
        ("pip install 'a b'", ("pip", "install", "a b")),
        ("cd x && uv sync", ("sh", "-c", "cd x && uv sync")),
        ("", ("sh", "-c", "")),
    ],
)
def test_a_line_of_a_log(line: str, argv: tuple[str, ...]) -> None:
    assert argv_of(line) == argv


def test_no_wrapper_is_known_twice() -> None:
    from ci_guard.knowledge.load import load_wrappers

    names = [name for wrapper in load_wrappers() for name in wrapper.programs]
    assert len(names) == len(set(names))
    assert parse(("sudo", "uv"), ()).commands[0].program == "sudo"
