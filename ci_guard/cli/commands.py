"""Which word starts which command; a command is imported only when it is asked for."""

import signal
from collections.abc import Sequence
from types import FunctionType

from ci_guard.dataclass import dataclass

PROGRAM = "ci-guard"
RUN = "run"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is: a click command, or a function that takes the words and returns the exit status."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    RUN: Entry("ci_guard.cli.guard", "guard", "Guard one command, as `ci-guard -- COMMAND` does."),
    "policy": Entry(
        "ci_guard.cli.policy", "policy", "Write, check or show the policy, or print its JSON Schema."
    ),
    "explain": Entry(
        "ci_guard.cli.explain", "explain", "Tell from saved logs what failed and why, and what to do."
    ),
    "doctor": Entry("ci_guard.cli.doctor", "doctor", "Tell what on this machine gets in the way of builds."),
    "evidence": Entry(
        "ci_guard.cli.evidence", "evidence", "Pack what the vendor and the security team need."
    ),
    "report": Entry("ci_guard.cli.report", "report", "Fold records of many runs into one picture."),
    "tools": Entry("ci_guard.cli.tools", "tools", "Show what is known about tools, with references."),
    "jenkins": Entry("ci_guard.cli.jenkins", "jenkins", "Read past builds of a Jenkins controller, and act."),
    "record": Entry("ci_guard.cli.record", "record", "Print the JSON Schema of the records of runs."),
    "shim": Entry("ci_guard.cli.shim", "shim", "Guard tools on the PATH, for scripts that nobody may edit."),
    "demo": Entry(
        "ci_guard.cli.demo", "demo", "Show a lock and the recovery from it, with a real `pip install`."
    ),
    "completion": Entry("ci_guard.cli.completion", "completion", "Print the completion script for a shell."),
    "help": Entry("ci_guard.cli.about", "help_about", "Show the help of a command, or a topic."),
    "version": Entry("ci_guard.cli.about", "version", "Show the version of ci-guard and of its Python."),
}


def dispatch(words: Sequence[str]) -> int:
    """Start the command that the first word names; without one, guard the command after `--`."""
    named = bool(words) and words[0] in COMMANDS
    name = words[0] if named else RUN
    entry = COMMANDS[name]
    command = getattr(__import__(entry.module, fromlist=(entry.attribute,)), entry.attribute)
    rest = words[1:] if named else words
    if name != RUN and signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what it has begun it tidies up
    if not isinstance(command, FunctionType):
        from ci_guard.cli.parser import parse  # brings click

        status = parse(command, rest, f"{PROGRAM} {name}")
        return status if isinstance(status, int) else 0
    status = command(rest)
    assert isinstance(status, int)
    return status
