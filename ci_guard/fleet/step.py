"""What the picture needs of one run: a frozen value, redacted, without what only the run itself needs."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression
from ci_guard.model.category import Category, RunOutcome
from ci_guard.record.shape import AttemptRecord, RunRecord
from ci_guard.redact.secrets import Secrets, redact_text
from ci_guard.redact.text import make_visible

UNNAMED = "unknown"
KEPT = 100_000  # redacted texts that are remembered: the same paths and lines come again and again
LONGEST = 366 * 86_400.0  # seconds; a record that tells of more is damaged
EXCERPT_LIMIT = 400  # characters of a line that is shown
RECOVERED = (RunOutcome.PASSED, RunOutcome.FLAKY)
ANTIVIRUS = (Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK)
_SEPARATOR = expression(r"[\\/]")
RANDOM = expression(r"(?i)(\.tmp|~|tmp)[a-z0-9_]{5,}|[0-9a-f]{12,}")
_PARTS_SHOWN = 2  # of a path: the folder and the file are the same on every agent
_SUFFIX = expression(r"(?i)\.(?:exe|cmd|bat|ps1)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One run. Times are seconds; `when` is since the epoch."""

    when: float
    day: str  # ISO 8601, in UTC
    agent: str
    job: str
    build: str  # how people name it
    url: str  # of the build; empty: not known, or no address of the web
    name: str
    tool: str
    outcome: RunOutcome
    met: bool  # an antivirus product got in its way
    incidents: int  # refusals and holds, as `evidence` and the telemetry count them
    recovered: bool
    lost: float
    package: str = ""
    path: str = ""  # as it was
    place: str = ""  # its last parts, the same on every agent
    operation: str = ""
    code: str = ""
    excerpt: str = ""
    locks: tuple[float, ...] = ()  # how long each file was waited for
    healed: tuple[str, ...] = ()


def reader(secrets: Secrets) -> Callable[[RunRecord], Step]:
    """What makes steps of records, without these secrets."""

    @lru_cache(maxsize=KEPT)
    def clean(text: str) -> str:
        return make_visible(redact_text(text, secrets))

    return lambda record: _step(record, clean)


def _step(record: RunRecord, clean: Callable[[str], str]) -> Step:
    held = [known(hold.seconds) for attempt in record.attempts for hold in attempt.holds]
    locked = [attempt for attempt in record.attempts if attempt.category in ANTIVIRUS]
    met = bool(locked or held)
    recovered = record.outcome in RECOVERED
    told = next((one for one in reversed(locked) if one.match is not None), None)
    match = told.match if told is not None else None
    build = record.build
    first = next((hold.file for attempt in record.attempts for hold in attempt.holds), "")
    path = clean((match.path or "") if match is not None else first)
    when = datetime.fromisoformat(record.started)
    name = clean(record.name)
    return Step(
        when=when.timestamp(),
        day=when.date().isoformat(),
        agent=clean(record.agent) or UNNAMED,
        job=clean(build.job) if build is not None else name,
        build=f"{clean(build.job)} #{build.number}" if build is not None else f"{name}, {record.started}",
        url=_web(clean(build.url)) if build is not None else "",
        name=name,
        tool=clean(tool_of(record)),
        outcome=record.outcome,
        met=met,
        incidents=len(locked) + len(held),
        recovered=recovered,
        lost=lost_by(record, held) if met else 0.0,
        package=clean(_package(told)),
        path=path,
        place=short(path),
        operation=(match.operation or "") if match is not None else ("hold" if held else ""),
        code=f"{match.code.namespace} {match.code.number}" if match is not None and match.code else "",
        excerpt=clean(match.excerpt.strip() if match is not None else "")[:EXCERPT_LIMIT],
        locks=tuple(seconds for seconds in (*held, *_waits(record)) if seconds > 0),
        healed=_healed(record) if met and recovered else (),
    )


def lost_by(record: RunRecord, held: list[float]) -> float:
    """Seconds that the run would not have taken without the product: all of it where it did not recover."""
    whole = known(record.duration)
    if record.outcome not in RECOVERED or not record.attempts:
        return whole
    last = record.attempts[-1]
    if last.duration is None:  # past builds and JUnit do not tell the time of each attempt
        return whole
    in_last = sum(known(hold.seconds) for hold in last.holds)
    return (
        min(whole, max(0.0, whole - known(last.duration)) + in_last)
        if len(record.attempts) > 1
        else sum(held)
    )


def known(seconds: float | None) -> float:
    """A time that can be added up: 0 for one that is not known, or that no run can take."""
    return seconds if seconds is not None and 0 < seconds < LONGEST else 0.0


def tool_of(record: RunRecord) -> str:
    """The tool in whose words it failed, else the program that the command names."""
    words = record.command[0].split() if record.command else record.name.split()
    return _SUFFIX.sub("", _SEPARATOR.split(words[0])[-1]).lower() if words else UNNAMED


def short(path: str) -> str:
    """The end of a path, random parts of names as `*`: what is one place on all agents."""
    separator = "\\" if "\\" in path else "/"
    parts = [part for part in _SEPARATOR.split(path) if part][-_PARTS_SHOWN:]
    return separator.join(RANDOM.sub(lambda found: f"{found[1] or ''}*", part) for part in parts)


def _package(attempt: AttemptRecord | None) -> str:
    return attempt.packages[0] if attempt is not None and attempt.packages else ""


def _waits(record: RunRecord) -> list[float]:
    pairs = zip(record.attempts, record.attempts[1:], strict=False)
    return [
        known(after.waited.seconds)
        for before, after in pairs
        if before.category in ANTIVIRUS and after.waited is not None
    ]


def _healed(record: RunRecord) -> tuple[str, ...]:
    last = record.attempts[-1]
    found = [f"change {each.tweak}" for each in last.environment]
    found += [f"repair: {each.action}" for each in last.repairs]
    if any(attempt.holds for attempt in record.attempts):
        found.append("patience: held still")
    if len(record.attempts) > 1 and not last.environment and not last.repairs:
        found.append("waiting and trying again")
    return tuple(dict.fromkeys(found))


def _web(address: str) -> str:
    return address if address.startswith(("https://", "http://")) else ""
