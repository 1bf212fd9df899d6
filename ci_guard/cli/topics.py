"""The topics of `ci-guard help`: tables that the documentation shows, too, made of the same data."""

from collections.abc import Callable, Mapping

from ci_guard.model.category import Category
from ci_guard.policy.settings import OTHER_VARIABLES
from ci_guard.policy.table import KEYS, options

Row = tuple[str, str]

EXIT_STATUS: tuple[Row, ...] = (
    ("the command's own", "It ran and ended, at the last attempt; on Windows all 32 bits."),
    ("124", "The attempt timeout or the deadline ended it."),
    ("125", "ci-guard itself could not work; the command was not started."),
    ("126", "The command was found and cannot be executed."),
    ("127", "The command was not found."),
    ("128+N", "Signal N ended the command."),
    ("yours", "`exit_codes: {antivirus_lock: 75}` gives a category a status of its own."),
)
OUTCOMES: tuple[Row, ...] = (
    ("passed", "The first attempt passed, and nothing got in its way."),
    ("flaky", "It passed after a failed attempt, or after it was held still for a locked file."),
    ("failed", "It failed in a way that no retry can cure."),
    ("gave_up", "It could have been tried again, but the attempts or the time were used up."),
    ("aborted", "A signal ended it."),
    ("timed_out", "The attempt timeout or the deadline ended it."),
    ("not_started", "There was nothing to run, or nothing that may be run."),
)


def _categories() -> tuple[Row, ...]:
    from ci_guard.explain.text import SENTENCES

    unknown = "ci-guard has no name for this failure"
    return tuple((each.value, _sentence(SENTENCES.get(each, unknown))) for each in Category)


def _environment() -> tuple[Row, ...]:
    return (
        *((option.variable, f"As {option.flag}. {option.help}") for option in options()),
        *OTHER_VARIABLES.items(),
    )


def _keys() -> tuple[Row, ...]:
    return tuple((key.name, key.help) for key in KEYS)


class Topic:
    """A title, and the rows of its table."""

    def __init__(self, title: str, rows: Callable[[], tuple[Row, ...]]) -> None:
        self.title = title
        self.rows = rows


TOPICS: Mapping[str, Topic] = {
    "exit-status": Topic("What the exit status of a guarded command says", lambda: EXIT_STATUS),
    "categories": Topic("Why an attempt failed, in one word", _categories),
    "outcomes": Topic("How a run ended, as its record says it", lambda: OUTCOMES),
    "environment": Topic("Environment variables that ci-guard reads", _environment),
    "keys": Topic("The keys of the policy file", _keys),
}


def _sentence(text: str) -> str:
    return (text if text.startswith("ci-guard") else text[:1].upper() + text[1:]) + "."
