"""Asks a tool for its version after it failed, where a defect of some versions may explain the failure."""

from collections.abc import Sequence

from ci_guard.command_line.parse import parse
from ci_guard.diagnose.versions import concerning, judge_release, version_in
from ci_guard.model.history import Diagnosis
from ci_guard.model.knowledge import Knowledge, Tool

PATIENCE = 10.0  # seconds that a tool may take to tell its version
_QUESTION = "--version"


def with_version(
    said: Diagnosis, text: str, argv: Sequence[str], knowledge: Knowledge, directory: str
) -> Diagnosis:
    """The diagnosis in the light of the version that the output tells, or else the tool itself."""
    owner = said.match.signature.partition(".")[0] if said.match is not None else ""
    tool = next((known for known in knowledge.tools if known.name == owner), None)
    if tool is None or not any(each.category for each in concerning(tool, said)):
        return said
    return judge_release(said, tool, version_in(tool, text) or _asked(tool, argv, knowledge, directory))


def asked_version(argv: Sequence[str], knowledge: Knowledge, directory: str) -> str | None:
    """What the first tool says that the command line names."""
    for command in parse(argv, knowledge.wrappers).commands:
        for tool in knowledge.tools:
            if tool.version is not None and command.program in tool.programs:
                return _asked(tool, argv, knowledge, directory)
    return None


def _asked(tool: Tool, argv: Sequence[str], knowledge: Knowledge, directory: str) -> str | None:
    """What the program says that the command line names; where a script ran it, the one on the PATH."""
    import shutil  # with what these import twenty files, for the few failures that a version explains
    import subprocess

    commands = parse(argv, knowledge.wrappers).commands
    named = [command.argv[0] for command in commands if command.program in tool.programs]
    program = shutil.which(next(iter(named), tool.name))
    if program is None:
        return None
    try:
        told = subprocess.run(
            [program, _QUESTION],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return version_in(tool, told.stdout.decode("utf-8", "replace"))
