"""The guard's own command line: options before the first `--`, the command after it, untouched."""

import os
from collections.abc import Mapping, Sequence

from ci_guard.annotation import Any
from ci_guard.cli.commands import PROGRAM
from ci_guard.cli.options import DASHES, read
from ci_guard.errors import UsageError
from ci_guard.model.invocation import Invocation
from ci_guard.policy.settings import switched_on, variable
from ci_guard.policy.table import KEYS, RUN_OPTIONS


def guard(words: Sequence[str]) -> int:
    """Guard the command after `--`; the exit status of the run."""
    words = list(words)
    cut = words.index(DASHES) if DASHES in words else len(words)
    front, command = words[:cut], words[cut + 1 :]
    given = read(front) if command else None
    if given is None:
        from ci_guard.cli.guard_parser import read_front  # brings click, which says what is to be said

        told = read_front(front, words[cut:])
        if isinstance(told, int):
            return told
        given = told
    if not command:
        raise UsageError(
            "there is no command to run", hint=f"write it after `{DASHES}`: `{PROGRAM} {DASHES} uv sync`"
        )
    invocation = invocation_of(given, command, os.environ)
    from ci_guard.run import run  # the first lazy seam: `--help` and errors come without it

    return run(invocation)


def invocation_of(given: Mapping[str, Any], command: Sequence[str], environ: Mapping[str, str]) -> Invocation:
    """Make an invocation of what the options gave and of the variables that stand for the others."""
    settings: dict[str, object] = {}
    for key in KEYS:
        value = given.get(key.option.name) if key.option is not None else None
        if key.option is not None and value not in (None, False, ()):
            settings[key.name] = key.option.sets if key.option.metavar is None else value
    if given.get("report"):
        settings["reports"] = given["report"]
    chosen: dict[str, Any] = {}
    for option in RUN_OPTIONS:
        value = given.get(option.name)
        if option.metavar is None:
            chosen[option.name] = bool(value) or switched_on(option, environ)
        else:
            chosen[option.name] = value if value is not None else variable(option, environ)
    return Invocation(
        command=tuple(command),
        policy_file=chosen["policy"],
        name=chosen["name"],
        host=chosen["host"],
        settings=settings,
        dry_run=chosen["dry_run"],
        quiet=chosen["quiet"],
        verbose=chosen["verbose"],
    )
