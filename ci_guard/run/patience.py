"""The patience of one attempt: whether to watch at all, which tool runs, what to watch for it.

Begins a moment after the command, in a thread of its own, and imports what it needs only then: a command that
is over sooner pays nothing.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Sequence

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.process.stillness import Stillness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ci_guard.model.history import Attempt, Hold
    from ci_guard.model.knowledge import Knowledge, Tool
    from ci_guard.model.patience import Habits
    from ci_guard.model.process import Launch
    from ci_guard.patience.engine import Patience, Watch
    from ci_guard.patience.places import Places

BEGIN_AFTER = 0.1  # seconds after the command
LOOK_AFTER = 3.0  # seconds, where nothing is known yet: a command that is over sooner pays nothing
LAST_LOOK = 1.0  # seconds for it at most: asking who holds a file can take that long
# the folder of the program, and the one that this lies in: names that a place may begin with
PROGRAM, PROGRAM_ABOVE, SITE = "program", "program_above", "site-packages"


class PatienceBeside:
    """Patience in a thread beside the command."""

    def __init__(
        self,
        launch: "Launch",
        directory: str,
        limit: float,
        attempts: "Sequence[Attempt]" = (),
        say: "Callable[[str], None]" = lambda text: None,  # noqa: ARG005
        *,
        expected: bool = True,
    ) -> None:
        """`limit`: seconds for one file; `attempts`: those that failed before; `say`: to the console.

        `expected`: that locks are met; else it is looked first whether anything suggests them.
        """
        self.expected = expected
        self._say = say
        self._launch = launch
        self._directory = directory
        self._limit = limit
        self._attempts = attempts
        self._over = threading.Event()
        self._patience: Patience | None = None
        self._thread: threading.Thread | None = None

    def begin(self, stillness: Stillness) -> None:
        """Begin; returns at once."""
        self._thread = threading.Thread(target=self._run, args=(stillness,), name="patience", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Watch no longer; returns when the last look is over, so that it is in nobody's way on Windows."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(LAST_LOOK)

    @property
    def holds(self) -> "tuple[Hold, ...]":
        """What the command was held still for."""
        return self._patience.holds if self._patience is not None else ()

    @property
    def mattered(self) -> bool:
        """Whether the command might have failed without."""
        return self._patience is not None and self._patience.mattered

    def _run(self, stillness: Stillness) -> None:
        if self._over.wait(BEGIN_AFTER if self.expected else LOOK_AFTER):
            return
        with contextlib.suppress(
            Exception
        ):  # a locked file of ours, say: the command goes on without patience
            self._watch(stillness)

    def _tell(self, path: str, holders: tuple[str, ...]) -> None:
        from ci_guard.run.messages import holding

        # whoever reads our lines may be slow, and the command must not stand still for that
        line = holding(path, holders, self._limit)
        threading.Thread(target=self._say, args=(line,), name="tell of patience", daemon=True).start()

    def _watch(self, stillness: Stillness) -> None:
        from ci_guard.patience.engine import Patience

        if not self.expected and not _suspicious(self._directory, self._launch.environment):
            return
        watch = watch_for(
            self._launch.argv, self._launch.environment, self._directory, self._limit, self._attempts
        )
        if watch is not None:
            self._patience = Patience(watch, self._over, self._tell)
            self._patience.run(stillness)


def _suspicious(directory: str, environment: "Mapping[str, str]") -> bool:
    from ci_guard.knowledge.load import load_knowledge
    from ci_guard.machine.suspicion import suspects

    homes = [environment[name] for name in ("VIRTUAL_ENV", "HOME") if environment.get(name)]
    return suspects((directory, *homes), load_knowledge().products) is not None


def watch_for(
    argv: Sequence[str],
    environment: "Mapping[str, str]",
    directory: str,
    limit: float,
    attempts: "Sequence[Attempt]",
) -> "Watch | None":
    """What to watch while `argv` runs; None: no tool that bears to be held still.

    A first attempt is watched only for tools that are known to retry by themselves, a later one for all,
    where a failure before was a lock.
    """
    from ci_guard.knowledge.load import load_knowledge
    from ci_guard.model.patience import Habits, Limits
    from ci_guard.patience.engine import Watch

    knowledge = load_knowledge()
    habits = tuple(tool.patience for tool in _tools(knowledge, argv) if tool.patience is not None)
    named = _paths(attempts, directory)
    if not habits and not named:
        return None
    habits = habits or (Habits(retries_for=0.0),)
    least = min(each.after for each in habits)
    return Watch(
        limits=Limits(after=least, still=min(each.still for each in habits), limit=limit),
        survives=min(each.retries_for for each in habits),
        places=_places(habits, named, _variables(argv, environment), directory),
    )


def _places(
    habits: "Sequence[Habits]", named: Sequence[str], variables: "Mapping[str, str]", directory: str
) -> "Places":
    """The tool's own places, and files of the same kind beside those that failed before."""
    from ci_guard.patience.pattern import beside
    from ci_guard.patience.places import Places

    known = [place for each in habits for place in each.places]
    return Places(
        known,
        variables,
        directory,
        since=time.time() - BEGIN_AFTER,
        named=named,
        more=[
            (beside(path, each.path.rpartition("/")[2]), each.replaces) for path in named for each in known
        ],
    )


def _tools(knowledge: "Knowledge", argv: Sequence[str]) -> "tuple[Tool, ...]":
    """The tools that the command line names; none where that cannot be told (a script, say)."""
    from ci_guard.command_line.parse import parse
    from ci_guard.command_line.tools import named_tools

    return named_tools(knowledge, parse(argv, knowledge.wrappers))


def _paths(attempts: "Sequence[Attempt]", directory: str) -> tuple[str, ...]:
    """The files that failures for a lock named."""
    from ci_guard.model.category import Category

    found = (made.diagnosis for made in attempts if made.diagnosis is not None)
    locks = (each.match for each in found if each.category is Category.ANTIVIRUS_LOCK)
    paths = (match.path for match in locks if match is not None and match.path)
    return tuple(dict.fromkeys(os.path.normpath(os.path.join(directory, path)) for path in paths))


def _variables(argv: Sequence[str], environment: "Mapping[str, str]") -> dict[str, str]:
    from ci_guard.errors import GuardError
    from ci_guard.process.locate import locate

    names = (name.upper() if sys.platform == "win32" else name for name in environment)
    variables = dict(zip(names, environment.values(), strict=True))
    try:
        program = os.path.dirname(os.path.abspath(locate(argv[0], environment)))
    except GuardError:
        return variables
    above = os.path.dirname(program)
    return variables | {PROGRAM: program, PROGRAM_ABOVE: above} | _site(variables.get("VIRTUAL_ENV"), above)


def _site(*prefixes: str | None) -> dict[str, str]:
    """Where packages go on POSIX: below a folder that is named after Python's version."""
    import glob

    for prefix in prefixes:
        found = glob.glob(os.path.join(glob.escape(prefix), "lib", "python3*", SITE)) if prefix else []
        if found:
            return {SITE: found[0]}
    return {}
