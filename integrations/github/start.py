"""Starts ci-guard for the GitHub action: makes the program once a job, reads the inputs, becomes ci-guard.

Needs Python 3.11 and nothing else. A `ci-guard.pyz` beside `action.yml` is taken as it is: so it works on an
agent without a network. Else it is packed from this tree and from the wheels that
`integrations/pyz/pyz-requirements.txt` names with their hashes; pip fetches these from the index that the
agent's own settings name (PIP_INDEX_URL, pip.conf). No launcher is written that a scanner could lock.
"""

import hashlib
import os
import re
import runpy
import subprocess
import sys
import time
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "ci-guard.pyz"
PACKER = ROOT / "integrations" / "pyz" / "pack_pyz.py"
TRIES = 3
PAUSE = 5.0  # seconds; a scanner may hold what has just been fetched
FAILED = 125  # as of ci-guard itself: the command was not started
PREFIX = "INPUT_"
SHIMS = "ci-guard-shims"  # the folder below RUNNER_TEMP, which lives as long as the job
INPUTS = (
    "command", "setup", "shell", "name", "policy", "attempts", "deadline", "junit", "report",
    "working_directory", "python",
)  # fmt: skip
OPTIONS = ("policy", "name", "attempts", "deadline", "junit")
# the runner's own (actions/runner, ScriptHandlerHelpers.cs); cmd without `/S`: the file is quoted by itself
SHELLS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "bash": (".sh", ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")),
    "sh": (".sh", ("sh", "-e")),
    "pwsh": (".ps1", ("pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-File")),
    "powershell": (
        ".ps1",
        ("powershell", "-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"),
    ),
    "cmd": (".cmd", ("cmd", "/D", "/E:ON", "/V:OFF", "/C")),
    "python": (".py", ("python",)),
}
POWERSHELL_FIRST = "$ErrorActionPreference = 'stop'\n"
POWERSHELL_LAST = "\nif (Test-Path -LiteralPath variable:\\LASTEXITCODE) { exit $LASTEXITCODE }\n"
WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
PART = re.compile(r"""'([^']*)'|"([^"]*)"|([^"']+)""")
# what one shell or another would not pass on as it is written
SHELL_SYNTAX = re.compile(r"[|&;<>()$`*?\n\r]|%\w+%|(?:^|\s)[~#]|\\$|\^")
IN_DOUBLE_QUOTES = re.compile(r"[$`]|%\w+%|\\$")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


class Refused(Exception):
    """An input that has no one meaning."""


def take_inputs(environment: MutableMapping[str, str]) -> dict[str, str]:
    """The inputs, which the command does not get to see."""
    environment.pop("ACTION_PATH", None)
    return {name: environment.pop(f"{PREFIX}{name.upper()}", "").strip() for name in INPUTS}


def split(command: str) -> list[str]:
    """The words of one command line, in the same way on every system: blanks part them, quotes of either kind
    keep them together, a backslash is a backslash. Raises Refused for what only a shell could understand.
    """
    words = []
    end = 0
    for found in WORD.finditer(command):
        if command[end : found.start()].strip(" \t"):
            break
        end = found.end()
        word = ""
        for single, double, bare in PART.findall(found[0]):
            if SHELL_SYNTAX.search(bare) or IN_DOUBLE_QUOTES.search(double):
                raise Refused(_shell_needed(f"`{found[0]}` means something to a shell"))
            word += single or double or bare
        words.append(word)
    rest = command[end:].strip(" \t")
    if "\n" in command or "\r" in command:
        raise Refused(_shell_needed("the command has several lines"))
    if rest:
        raise Refused(_shell_needed(f"a quote is not closed: `{rest}`"))
    if not words:
        raise Refused("the input `command` is empty")
    if ASSIGNMENT.match(words[0]):
        raise Refused(_shell_needed(f"`{words[0]}` sets a variable (`env:` of the step does so, too)"))
    return words


def in_shell(shell: str, script: str, folder: Path) -> list[str]:
    """The command line that runs the script in a shell as the runner does it. Raises Refused, OSError."""
    if shell not in SHELLS:
        raise Refused(f"the input `shell` is `{shell}`: use one of {', '.join(SHELLS)}")
    suffix, command = SHELLS[shell]
    if suffix == ".ps1":
        script = f"{POWERSHELL_FIRST}{script}{POWERSHELL_LAST}"
    path = folder / f"ci-guard-{os.urandom(8).hex()}{suffix}"
    newline, mark = ("\r\n", "") if suffix == ".cmd" else ("\n", "\ufeff" if shell == "powershell" else "")
    path.write_text(f"{mark}{script}\n", encoding="utf-8", newline=newline)
    return [*command, str(path)]


def words_of(inputs: Mapping[str, str], folder: Path) -> list[str]:
    """The words for ci-guard. Raises Refused."""
    shell, command = inputs.get("shell", ""), inputs.get("command", "")
    if tools := inputs.get("setup", "").replace(",", " ").split():
        if command:
            raise Refused("the inputs `setup` and `command` exclude each other: use two steps")
        return ["shim", "install", f"--folder={folder / SHIMS}", "--", *tools]
    if not command:
        raise Refused("the input `command` is empty")
    words = in_shell(shell, command, folder) if shell else split(command)
    options = [f"--{name}={inputs[name]}" for name in OPTIONS if inputs.get(name)]
    options += [f"--report={line.strip()}" for line in inputs.get("report", "").splitlines() if line.strip()]
    return ["--host=github", *options, "--", *words]


def program(temporary: Path) -> Path:
    """The program, ready to run. Raises OSError or CalledProcessError when it cannot be made."""
    ready = ROOT / PROGRAM
    if ready.is_file():
        return ready
    packer = runpy.run_path(str(PACKER))
    digest = hashlib.sha256(packer["REQUIREMENTS"].read_bytes())
    for name, content in packer["tree_files"](ROOT):
        digest.update(b"%s %d " % (name.encode(), len(content)) + content)
    made = temporary / f"ci-guard-{digest.hexdigest()[:16]}" / PROGRAM
    if not made.is_file():
        for left in reversed(range(TRIES)):
            try:
                _make(packer, made)
                break
            except (OSError, subprocess.CalledProcessError):
                if not left:
                    raise
                time.sleep(PAUSE)
    return made


def _make(packer: Mapping[str, object], made: Path) -> None:
    made.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=made.parent, ignore_cleanup_errors=True) as folder:
        packed = Path(folder, PROGRAM)
        packer["pack"](packer["download"](Path(folder)), packed, ROOT)  # type: ignore[operator]
        os.replace(packed, made)


def _shell_needed(why: str) -> str:
    return f"{why}: name a `shell`, such as bash or pwsh, that is to run the command"


def _fail(message: str) -> int:
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::error title=ci-guard::{escaped}\n")
    sys.stdout.flush()
    if path := os.environ.get("GITHUB_OUTPUT"):
        with open(path, "a", encoding="utf-8") as file:
            file.write("outcome=not_started\nattempts=0\ncategory=configuration\nrecovered=false\nreport=\n")
    return FAILED


def main() -> int:
    """Become ci-guard, which ends the process; the status if that is not possible."""
    # both streams into one pipe: of two, the runner would read lines in another order than they were written
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    inputs = take_inputs(os.environ)
    temporary = Path(os.environ["RUNNER_TEMP"])
    try:
        words = words_of(inputs, temporary)
        os.chdir(inputs.get("working_directory") or ".")
        made = program(temporary)
    except Refused as refused:
        return _fail(str(refused))
    except (OSError, subprocess.CalledProcessError) as error:
        return _fail(
            f"ci-guard could not be made ready: {error}; a {PROGRAM} beside action.yml needs no network"
        )
    sys.argv = [PROGRAM, *words]
    runpy.run_path(str(made), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
