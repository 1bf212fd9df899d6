"""pip: which environments a command line works on, and what pip puts back.

Source: pip's manual, `pip install` and "Configuration" (each option is also PIP_<NAME>).
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ci_guard.dataclass import replace
from ci_guard.expression import expression
from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Repair, RepairAction
from ci_guard.recover.ask import ask
from ci_guard.recover.family import Installation, Step, Trail
from ci_guard.recover.python.asked import asked
from ci_guard.recover.python.environment import Habits, PutsBack, PythonEnvironment
from ci_guard.recover.python.interpreter import ASK_SECONDS, layouts
from ci_guard.recover.python.project_name import named, normalised
from ci_guard.recover.python.target import (
    VENV_MARK,
    Target,
    TargetKind,
    option,
    plain_directory,
    upwards,
    virtual_environment,
)

SHEBANG = expression(rb"#!\s*(?P<interpreter>[^\r\n]+)")
SHEBANG_BYTES = 4096
PYTHON = expression(r"(?:python|pypy)[\d.]*(?:\.exe)?", re.IGNORECASE)
CLEAN_SECONDS = 60.0
LOCATION = expression(r"\bpip \S+ from (?P<folder>.+) \(python [\d.]+\)")
DEPTH = 4  # from site-packages to the prefix
INTERPRETERS = ("bin/python3", "bin/python", "Scripts/python.exe", "python.exe")
BESIDE = ("python.exe", "python3", "python")


class Pip:
    """The family of pip, however it was started."""

    programs: frozenset[str] = frozenset({"pip"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The environments of `pip install`."""
        if "install" not in step.words or step.runner is not None:
            return  # the runner's own environment is found as the runner's
        words = step.words[step.words.index("install") + 1 :]
        habits = Habits(
            puts_back=PutsBack.PACKAGES,
            installs=named(step.words),
            keeps=frozenset({normalised("pip")}),  # what runs cannot put itself back
            asked=asked(words, step.environment) if step.alone else frozenset(),
        )
        for target in targets(
            step.program, step.interpreter, list(step.words), step.environment, step.directory
        ):
            yield PythonEnvironment(target=target, habits=habits, environment=step.environment)
            habits = replace(habits, asked=frozenset())  # the first interpreter sees the user site, too

    def clean_cache(self, step: Step, packages: Iterable[str]) -> Iterator[Repair]:
        """Drop the wheels that pip has built: it takes each from its cache as it is, an emptied one, too.

        What it has downloaded needs no cleaning: pip fetches again what is gone or cut off.
        """
        for name in sorted(packages):
            command = [*step.start, "cache", "remove", name]  # fails where there is none
            if ask(command, environment=step.environment, seconds=CLEAN_SECONDS) is not None:
                yield Repair(
                    action=RepairAction.CLEAN_CACHE,
                    target=name,
                    project=normalised(name),
                    reason="its wheel in pip's cache is incomplete",
                )


def targets(
    pip: str | None,
    interpreter: Sequence[str] | None,
    words: list[str],
    environment: Mapping[str, str],
    directory: str,
) -> Iterator[Target]:
    """The environments of `pip WORDS...`, run in `directory`.

    `pip` is the program's path, None if there is none; `interpreter` starts it as a module (`py -3.11`).
    """
    folder = option(words, "--target", "-t") or environment.get("PIP_TARGET")
    prefix = option(words, "--prefix") or environment.get("PIP_PREFIX")
    other = option(words, "--python") or environment.get("PIP_PYTHON")
    if folder:
        yield plain_directory(os.path.join(directory, folder))
    elif prefix:
        yield virtual_environment(os.path.join(directory, prefix), TargetKind.DIRECTORY)
    elif other and os.path.isfile(os.path.join(directory, other, VENV_MARK)):
        yield virtual_environment(os.path.join(directory, other), TargetKind.ENVIRONMENT)
    else:
        python = [other] if other else interpreter or _interpreter_of(pip) or _told(pip, environment)
        if python is not None:
            # both: pip itself falls back to the user site where the other may not be written
            yield from layouts(python, environment)


def _interpreter_of(pip: str | None) -> Sequence[str] | None:
    """What starts the interpreter of a `pip` launcher: its shebang's, else the one beside it.

    Beside it: on Windows launchers carry no shebang that can be read, and a version manager's `pip` is a
    shell script next to its `python`.
    """
    if pip is None:
        return None
    named = _shebang(pip)
    if named is not None:
        return [named]
    folder = os.path.dirname(os.path.abspath(pip))
    places = [os.path.join(each, name) for each in (folder, os.path.dirname(folder)) for name in BESIDE]
    return next(([place] for place in places if os.path.isfile(place)), None)


def _told(pip: str | None, environment: Mapping[str, str]) -> Sequence[str] | None:
    """What starts the interpreter of a `pip` that is a script of somebody's own: pip says where it lies."""
    told = ask([pip, "--version"], environment=environment, seconds=ASK_SECONDS) if pip else None
    found = LOCATION.search(os.fsdecode(told or b""))
    if found is None:
        return None
    folders = upwards(
        os.path.dirname(found["folder"])
    )  # of `lib/python3.12/site-packages`, `Lib/site-packages`
    places = (os.path.join(folder, name) for folder in islice(folders, DEPTH) for name in INTERPRETERS)
    return next(([place] for place in places if os.path.isfile(place)), None)


def _shebang(pip: str) -> str | None:
    try:
        with open_patiently(pip, "rb") as file:
            found = SHEBANG.match(file.read(SHEBANG_BYTES))
    except OSError:
        return None
    words = os.fsdecode(found["interpreter"]).split() if found else []
    if words and os.path.basename(words[0]) == "env":
        del words[0]
    return words[0] if words and PYTHON.fullmatch(os.path.basename(words[0])) else None
