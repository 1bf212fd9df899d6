"""A run from the JUnit file that ci-guard wrote of it: less than its record tells, but often kept."""

from datetime import UTC, datetime
from xml.parsers import expat

from ci_guard.errors import GuardError
from ci_guard.expression import expression
from ci_guard.model.category import Category, RunOutcome
from ci_guard.record.codec import moment
from ci_guard.record.shape import (
    SCHEMA,
    AttemptRecord,
    CodeRecord,
    MatchRecord,
    RunRecord,
    attempt_outline,
)

PREFIX = "ci-guard."
SUITE = "ci-guard: "
MOST_ATTEMPTS = 1000  # that are believed
HINT = "ci-guard reads the JUnit files that `--junit FILE` writes"
_CODE = expression(r"(\w+) (-?\d+)$")
RETRIED = ("flakyFailure", "rerunFailure")
ENDED = ("failure", "error")
TYPES = {f"ci_guard.{each.value.title().replace('_', '')}": each for each in Category}
Suite = dict[str, str]
Causes = list[Category | None]


class _ForeignDocument(Exception):
    """A document type with entities, which can grow without bound."""


def read_junit(data: bytes, name: str) -> RunRecord:
    """The run that the file tells of. Raises `GuardError`, which calls the file by `name`."""
    try:
        return _run(*_suite(data))
    except (expat.ExpatError, _ForeignDocument, ValueError, LookupError) as error:  # also of an encoding
        raise GuardError(f"`{name}` is not a JUnit file of ci-guard: {_why(error)}", hint=HINT) from error


def _why(error: Exception) -> str:
    return f"it has no `{error.args[0]}`" if isinstance(error, KeyError) else str(error)


def _suite(data: bytes) -> tuple[Suite, Causes]:
    """The attributes of the suite with its properties, which keep their prefix; why each attempt failed."""
    found: Suite = {}
    retried: Causes = []
    ended: Causes = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "testsuite":
            found.update(attributes)
        elif tag == "property" and attributes.get("name", "").startswith(PREFIX):
            found[attributes["name"]] = attributes.get("value", "")
        elif tag in (*RETRIED, *ENDED):
            found.setdefault("message", attributes.get("message", ""))
            (retried if tag in RETRIED else ended).append(TYPES.get(attributes.get("type", "")))

    def refuse(*_: object) -> None:
        raise _ForeignDocument("it has a document type")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)
    return found, [*retried, *ended]


def _run(suite: Suite, causes: Causes) -> RunRecord:
    outcome = RunOutcome(suite[f"{PREFIX}outcome"])
    category = Category(suite[f"{PREFIX}category"]) if suite.get(f"{PREFIX}category") else None
    failed = [cause or category or Category.UNKNOWN for cause in causes]
    number = max(int(suite.get(f"{PREFIX}attempts", "1")), len(failed))
    told = (*failed, *[None] * (number - len(failed)))[:MOST_ATTEMPTS]
    match, last = (
        _match(suite),
        failed[-1] if failed else None,
    )  # the properties tell of the last failure only
    return RunRecord(
        schema=SCHEMA,
        version=suite.get(f"{PREFIX}version", ""),
        command=(),
        name=suite["name"].removeprefix(SUITE),
        outcome=outcome,
        finished=outcome is not RunOutcome.ABORTED,
        exit_status=int(suite.get(f"{PREFIX}exit_status", "0")),
        category=category,
        explanation=suite.get("message", ""),
        started=moment(_time(suite["timestamp"])),
        duration=float(suite.get("time", "0")),
        host=suite.get(f"{PREFIX}host", ""),
        agent=suite.get(f"{PREFIX}agent", suite.get("hostname", "")),
        directory="",
        attempts_allowed=number,
        attempts=tuple(
            _attempt(at, cause, match if cause is last else None) for at, cause in enumerate(told, 1)
        ),
        verification=None,
    )


def _time(text: str) -> float:
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def _match(suite: Suite) -> MatchRecord | None:
    signature = suite.get(f"{PREFIX}signature")
    if not signature:
        return None
    code = _CODE.match(suite.get(f"{PREFIX}code", ""))
    return MatchRecord(
        signature=signature,
        code=CodeRecord(namespace=code[1], number=int(code[2])) if code else None,
        operation=suite.get(f"{PREFIX}operation"),
        path=suite.get(f"{PREFIX}path"),
        holders=(),
        line=1,
        excerpt=suite.get("message", ""),
    )


def _attempt(number: int, category: Category | None, match: MatchRecord | None) -> AttemptRecord:
    return attempt_outline(
        number=number,
        category=category,
        retryable=category is Category.ANTIVIRUS_LOCK,
        match=match if category is not None else None,
    )
