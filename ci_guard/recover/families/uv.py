"""uv: which environments a command line works on, as uv's own rules say, and what uv puts back.

Source: uv's manual, "Projects: environments", "The pip interface: environments", "Tools", "Storage".
"""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Fault, Repair, RepairAction
from ci_guard.recover.ask import ask
from ci_guard.recover.families.uv_pythons import Pythons, folder_of
from ci_guard.recover.family import Installation, Step, Trail
from ci_guard.recover.python.asked import asked
from ci_guard.recover.python.environment import UV_LOCK, Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.interpreter import ASK_SECONDS, layouts
from ci_guard.recover.python.project_name import ProjectName, named, normalised
from ci_guard.recover.python.target import (
    VENV_MARK,
    Target,
    TargetKind,
    is_interpreter,
    option,
    plain_directory,
    upwards,
    virtual_environment,
)
from ci_guard.recover.python.venv import changed_since

CLEAN_SECONDS = 60.0  # `uv cache clean` waits for other uv processes
RECEIPT = "uv-receipt.toml"
PROJECT_COMMANDS = frozenset({"sync", "run", "add", "remove"})
PYTHON_COMMANDS = frozenset({"python", "install"})
TOOL_COMMANDS = frozenset({"install", "upgrade"})
COMMANDS = PROJECT_COMMANDS | {"pip", "tool", "venv"}
VENV_OPTIONS_WITH_VALUE = frozenset(
    {
        "--python",
        "-p",
        "--prompt",
        "--index-url",
        "-i",
        "--extra-index-url",
        "--find-links",
        "-f",
        "--cache-dir",
    }
)
TRUE_WORDS = frozenset({"1", "true", "yes", "y", "on"})


class Uv:
    """The family of uv and uvx."""

    programs: frozenset[str] = frozenset({"uv", "uvx"})

    def find_installations(self, step: Step, trail: Trail) -> Iterable[Installation]:
        """The environments of `uv WORDS...`."""
        habits = Habits(
            puts_back=PutsBack.WANTED,
            installs=named(step.words),
            installer_file=not step.environment.get("UV_NO_INSTALLER_METADATA"),
            own_faults=_tool_faults,
            main=_main,
            asked=_asked(step) if step.alone else frozenset(),
            goes_on=True,
        )
        words = list(step.words)
        for target in targets(step.start, step.interpreter, words, step.environment, step.directory):
            if target.kind is TargetKind.TOOL and not changed_since(
                target, trail.beginning.on(target.prefix)
            ):
                continue  # another tool's
            lock = None
            if target.kind is TargetKind.TOOL:  # of all tools (uv-tool/src/lib.rs, `lock`)
                lock = os.path.join(os.path.dirname(target.prefix), UV_LOCK)
            yield PythonEnvironment(target=target, habits=habits, environment=step.environment, lock=lock)
        yield from _pythons(step, trail)

    def clean_cache(self, step: Step, packages: Iterable[str]) -> Iterator[Repair]:
        """Neither `--reinstall` nor `--refresh` helps: cached archives are not compared with their RECORD."""
        for name in sorted(packages):
            command = [*step.start, "cache", "clean", name]
            if ask(command, environment=step.environment, seconds=CLEAN_SECONDS) is not None:
                yield Repair(
                    action=RepairAction.CLEAN_CACHE,
                    target=name,
                    project=normalised(name),
                    reason="a file of it has vanished from uv's cache",
                )


def _pythons(step: Step, trail: Trail) -> Iterator[Installation]:
    """uv's own Pythons, if the run has changed them: any command may fetch the one that it needs."""
    folder = folder_of(step.environment, step.directory)
    if PYTHON_COMMANDS.issubset(step.words) or trail.touched(folder):
        yield Pythons(folder=folder, environment=step.environment)


def _asked(step: Step) -> frozenset[ProjectName]:
    """What `uv pip install` names; nothing for another command."""
    place = next((place for place, word in enumerate(step.words) if word in COMMANDS), 0)
    is_install = step.words[place : place + 2] == ("pip", "install")
    return asked(step.words[place + 2 :], step.environment) if is_install else frozenset()


def _main(target: Target) -> ProjectName | None:
    return normalised(os.path.basename(target.prefix)) if target.kind is TargetKind.TOOL else None


def _tool_faults(target: Target) -> Iterator[Fault]:
    """What is wrong with a tool's receipt and with the executables that it names."""
    if target.kind is not TargetKind.TOOL:
        return
    path = os.path.join(target.prefix, RECEIPT)
    try:
        with open_patiently(path, "rb") as file:
            tool = tomllib.load(file).get("tool")
    except (OSError, ValueError) as error:  # also of bytes that are no text
        yield Fault(project=None, path=path, what=f"cannot be read: {error}")
        return
    entries = tool.get("entrypoints", []) if isinstance(tool, dict) else None
    if not isinstance(entries, list):
        yield Fault(project=None, path=path, what="is not a receipt of uv")
        return
    for entry in entries:
        place = entry.get("install-path", "") if isinstance(entry, dict) else ""
        if isinstance(place, str) and place and not os.path.exists(place):
            yield Fault(project=None, path=place, what="missing")


def targets(
    uv: Sequence[str],
    interpreter: Sequence[str] | None,
    words: list[str],
    environment: Mapping[str, str],
    directory: str,
) -> Iterator[Target]:
    """The environments that `uv WORDS...`, run in `directory`, works on.

    `uv` starts uv itself: its path, or an interpreter with `-m uv`; `interpreter` starts the latter alone.
    """
    place = next((place for place, word in enumerate(words) if word in COMMANDS), None)
    if place is None:
        return
    command, rest = words[place], words[place + 1 :]
    directory = os.path.join(directory, option(words, "--directory") or environment.get("UV_WORKING_DIR", ""))
    if command == "pip":
        yield from _pip(uv, interpreter, rest, environment, directory)
    elif command == "tool":
        if rest and rest[0] in TOOL_COMMANDS:
            yield from _tools(environment)
    elif command == "venv":
        yield virtual_environment(os.path.join(directory, _venv_folder(rest)), TargetKind.VENV)
    else:
        yield from _project(words, environment, directory)


def _project(words: list[str], environment: Mapping[str, str], directory: str) -> Iterator[Target]:
    if "--active" in words and environment.get("VIRTUAL_ENV"):
        yield virtual_environment(environment["VIRTUAL_ENV"], TargetKind.ENVIRONMENT)
        return
    start = os.path.join(directory, option(words, "--project") or environment.get("UV_PROJECT", ""))
    projects = [root for root in upwards(start) if os.path.isfile(os.path.join(root, "pyproject.toml"))]
    # a member of a workspace uses the environment of the workspace's root, which has the lock file
    locked = [root for root in projects if os.path.isfile(os.path.join(root, "uv.lock"))]
    for root in (locked or projects)[:1]:
        place = os.path.join(root, environment.get("UV_PROJECT_ENVIRONMENT") or ".venv")
        # images are built with UV_PROJECT_ENVIRONMENT=/usr/local: that is no environment that uv makes
        yield virtual_environment(
            place, TargetKind.INTERPRETER if is_interpreter(place) else TargetKind.PROJECT
        )


def _pip(
    uv: Sequence[str],
    interpreter: Sequence[str] | None,
    words: list[str],
    environment: Mapping[str, str],
    directory: str,
) -> Iterator[Target]:
    folder = option(words, "--target", "-t")
    prefix = option(words, "--prefix")
    python = option(words, "--python", "-p") or environment.get("UV_PYTHON")
    system = "--system" in words or environment.get("UV_SYSTEM_PYTHON", "").lower() in TRUE_WORDS
    if folder:
        yield plain_directory(os.path.join(directory, folder))
    elif prefix:
        yield virtual_environment(os.path.join(directory, prefix), TargetKind.DIRECTORY)
    elif system or python:
        yield from _interpreter(uv, python, system, environment, directory)
    elif interpreter is not None:  # uv fills the environment of the interpreter that has started it
        yield from layouts(interpreter, environment)[:1]
    else:
        active = [environment.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
        places = [*active, *(os.path.join(root, ".venv") for root in upwards(directory))]
        here = (os.path.join(directory, place) for place in places if place)
        yield from (virtual_environment(place, TargetKind.ENVIRONMENT) for place in _first_folder(here))


def _interpreter(
    uv: Sequence[str], python: str | None, system: bool, environment: Mapping[str, str], directory: str
) -> Iterator[Target]:
    """`--python` takes a folder, a program, or a request such as `3.12` that only uv can look up."""
    if python is not None:
        place = os.path.join(directory, python)
        if os.path.isfile(os.path.join(place, VENV_MARK)):
            yield virtual_environment(place, TargetKind.ENVIRONMENT)
            return
        if os.path.isfile(place):
            yield from layouts([place], environment)[:1]
            return
        if os.path.isdir(place) or os.path.dirname(python):
            # uv is never asked about half an environment: it takes the interpreter there for the base one,
            # remembers that, and installs into the base even when the environment has been made anew
            yield virtual_environment(place, TargetKind.ENVIRONMENT)
            return
    question = [*uv, "python", "find", *(["--system"] if system else []), *([python] if python else [])]
    told = ask(question, environment=environment, seconds=ASK_SECONDS, directory=directory)
    answer = os.fsdecode(told or b"").strip()
    if answer:
        yield from layouts([answer], environment)[:1]


def _tools(environment: Mapping[str, str]) -> Iterator[Target]:
    """Every tool's environment: which of them a run has touched is seen from the files."""
    home = os.path.expanduser("~")
    data = environment.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    roaming = environment.get("APPDATA")
    base = os.path.join(roaming if roaming and os.name == "nt" else data, "uv", "tools")
    folder = environment.get("UV_TOOL_DIR") or base
    links = environment.get("UV_TOOL_BIN_DIR") or environment.get("XDG_BIN_HOME")
    if not links:
        links = os.path.join(home, ".local", "bin")
        if environment.get("XDG_DATA_HOME"):
            links = os.path.normpath(os.path.join(environment["XDG_DATA_HOME"], "..", "bin"))
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in names:
        if not name.startswith("."):
            yield virtual_environment(os.path.join(folder, name), TargetKind.TOOL, links)


def _venv_folder(words: list[str]) -> str:
    """The positional argument of `uv venv`; `.venv` if there is none."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in VENV_OPTIONS_WITH_VALUE
        else:
            return word
    return ".venv"


def _first_folder(places: Iterator[str]) -> Iterator[str]:
    for place in places:
        if os.path.isdir(place):
            yield place
            return
