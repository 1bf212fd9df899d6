"""Command lines of a kind, generated: each tool's invocations inside of each wrapper and each shell."""

import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One way to start a tool, and what it must be understood as."""

    written: Words
    program: str
    arguments: Words
    interpreter: Words | None = None


def _modules() -> Iterator[Invocation]:
    for interpreter in (
        ("python",),
        ("python3.11",),
        ("py", "-3.11"),
        ("C:\\Python 311\\python.exe", "-X", "utf8"),
        ("/opt/venv/bin/python", "-I"),
    ):
        for module, arguments in (("pip", ("install", "httpx>=0.27")), ("uv", ("sync",))):
            yield Invocation(
                written=(*interpreter, "-m", module, *arguments),
                program=module,
                arguments=arguments,
                interpreter=interpreter,
            )
    yield Invocation(
        written=("python", "-Im", "pip", "install", "x"),
        program="pip",
        arguments=("install", "x"),
        interpreter=("python",),
    )
    yield Invocation(
        written=("python", "-mpip", "install", "x"),
        program="pip",
        arguments=("install", "x"),
        interpreter=("python",),
    )


def _programs() -> Iterator[Invocation]:
    for program, arguments, spellings in (
        ("uv", ("sync", "--frozen"), ("uv", "UV.EXE", "/usr/local/bin/uv", "C:\\Program Files\\uv\\uv.exe")),
        ("pip", ("install", "a b"), ("pip", "pip3.11", ".venv/bin/pip3", "C:\\Py\\Scripts\\pip3.11.exe")),
        ("npm", ("ci",), ("npm", "npm.cmd", "C:\\Program Files\\nodejs\\npm.cmd")),
        ("poetry", ("install", "--only=main"), ("poetry",)),
        ("git", ("clone", "https://example.org/a?b=1&c=2"), ("git", "git.exe")),
    ):
        for written in spellings:
            yield Invocation(written=(written, *arguments), program=program, arguments=arguments)


INVOCATIONS = (*_programs(), *_modules())


def _cmd(argv: Words) -> str:
    return subprocess.list2cmdline(argv)


def _cmd_line(argv: Words) -> str:
    """As a person types it: with quotes around what has spaces or signs of cmd."""
    return " ".join(f'"{word}"' if set(word) & set(" &|<>") else word for word in argv)


def _powershell(argv: Words) -> str:
    first, *rest = (f"'{word}'" if set(word) & set(" &|<>;()") else word for word in argv)
    return " ".join((f"& {first}" if first.startswith("'") else first, *rest))


PREFIXES: tuple[Words, ...] = (
    (),
    ("env",),
    ("env", "X=1"),
    ("env", "-u", "A", "B=1", "C=a b"),
    ("env", "--unset=A", "-i", "X=1"),
    ("X=1",),
    ("timeout", "60"),
    ("timeout", "-k", "5", "--signal=TERM", "60"),
    ("timeout", "-k5", "60"),
    ("nice",),
    ("nice", "-n", "5"),
    ("nice", "-n5"),
    ("sudo",),
    ("sudo", "-u", "ci", "-E"),
    ("sudo", "env", "X=1", "timeout", "5"),
    ("xvfb-run", "-a", "-s", "-screen 0 1024x768x24"),
    ("nohup",),
    ("time", "-p"),
    ("stdbuf", "-oL"),
    ("flock", "-w", "5", "/tmp/lock"),
    ("uv", "run", "--with", "x"),
    ("uv", "run", "--"),
    ("uv", "tool", "run"),
    ("poetry", "run"),
    ("npx", "--yes"),
    ("wine64",),
)

Wrap = Callable[[Words], Words]
SHELLS: dict[str, Wrap] = {
    "none": lambda argv: argv,
    "sh -c": lambda argv: ("sh", "-c", shlex.join(argv)),
    "bash -lc": lambda argv: ("bash", "-lc", shlex.join(argv)),
    "bash -euo pipefail -c": lambda argv: ("bash", "-euo", "pipefail", "-c", shlex.join(argv)),
    "bash -c -e, with arguments": lambda argv: ("bash", "-c", "-e", shlex.join(argv), "name", "one"),
    "bash, redirected": lambda argv: ("bash", "-c", f"{shlex.join(argv)} > log.txt 2>&1 </dev/null"),
    "bash, piped": lambda argv: ("bash", "-c", f"set -e; {shlex.join(argv)} 2>&1 | tee log.txt"),
    "bash, or": lambda argv: ("bash", "-c", f"{shlex.join(argv)} || exit 1 # again"),
    "bash, if": lambda argv: ("bash", "-c", f"if ! {shlex.join(argv)}; then echo failed; exit 1; fi"),
    "bash, lines": lambda argv: ("bash", "-c", f"set -e\nexport CI=1\n\n{shlex.join(argv)}\necho 'uv; x'\n"),
    "bash, group": lambda argv: ("bash", "-c", f"( {shlex.join(argv)} )"),
    "bash, braces": lambda argv: ("bash", "-c", f"{{ {shlex.join(argv)}; }}"),
    "bash, here": lambda argv: ("bash", "-c", f"cat > f <<'EOF'\nnpm x\nEOF\n{shlex.join(argv)}"),
    "bash in bash": lambda argv: ("bash", "-c", shlex.join(("sh", "-c", shlex.join(argv)))),
    "cmd /c, list": lambda argv: ("cmd", "/c", *argv),
    "cmd /c": lambda argv: ("cmd.exe", "/d", "/s", "/c", _cmd_line(argv)),
    "cmd, and": lambda argv: ("cmd", "/c", f"@echo off & {_cmd_line(argv)} && exit /b 0"),
    "cmd, call": lambda argv: ("cmd", "/c", f"call {_cmd_line(argv)} >nul 2>&1"),
    "cmd, if": lambda argv: ("cmd", "/c", f"if exist lock ({_cmd_line(argv)})"),
    "pwsh -Command": lambda argv: ("pwsh", "-NoProfile", "-Command", _powershell(argv)),
    "powershell, policy": lambda argv: (
        "powershell.exe",
        "-ExecutionPolicy",
        "Bypass",
        "-c",
        f"$ErrorActionPreference = 'Stop'; {_powershell(argv)}; exit $LASTEXITCODE",
    ),
    "pwsh, try": lambda argv: ("pwsh", "-c", f"try {{ {_powershell(argv)} }} catch {{ exit 1 }}"),
}
_WINDOWS_SHELLS = ("cmd", "pwsh", "powershell")


def lines() -> Iterator[tuple[str, Words, Invocation]]:
    """Each line with its name, and the invocation that is in it."""
    for shell, wrap in SHELLS.items():
        for prefix in PREFIXES:
            for invocation in INVOCATIONS:
                if shell.startswith(_WINDOWS_SHELLS) and "=" in "".join(prefix[:1]):
                    continue  # `X=1 uv sync` is for shells of POSIX
                if shell == "cmd /c, list" and set("".join(invocation.written)) & set("&|<>"):
                    continue  # that is more than a word to cmd
                name = f"{shell}: {' '.join(prefix)} {' '.join(invocation.written)}"
                yield name, wrap((*prefix, *invocation.written)), invocation
