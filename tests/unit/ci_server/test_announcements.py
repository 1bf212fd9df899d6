"""What ci-guard writes into a log is known again by the pattern beside it, and by no other."""

import itertools
import re

import pytest

from ci_guard.ci_server import announcements
from ci_guard.ci_server.announcements import ATTEMPT_FAILED, ATTEMPT_STARTS, MARKS, RECOVERED, Announcement
from ci_guard.ci_server.plain import PREFIX
from ci_guard.diagnose.steps import Marks
from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Decision, Diagnosis, Verification, Waited
from ci_guard.model.knowledge import Guarded
from ci_guard.model.policy import Policy
from ci_guard.model.process import Exit, Outcome
from ci_guard.run import messages
from ci_guard.run.ending import RunFacts, ending

COUNTS = (1, 2, 10, 999, 9999)
SECONDS = (0.0, 0.04, 0.05, 1.0, 59.96, 3600.0, 999_999.9, 1_000_000.0)
TEXTS = (
    "",
    "antivirus_lock (win32 5) while renaming `C:\\a b\\ü.exe`",
    "attempt 3 of 6 starts after 1.0 s (x)",
    "%{}",
)
ALL = {name: value for name, value in vars(announcements).items() if isinstance(value, Announcement)}
BEFORE = ("", "2026-01-02T03:04:05.678Z ", "[2026-01-02T03:04:05.678Z] ", "#12 0.123 ", "[win] ", "\x1b[33m")


def lines(announcement: Announcement) -> list[tuple[str, dict[str, object]]]:
    """Every line that the template makes of the values above, with the values."""
    made = []
    for attempt, allowed, seconds, text in itertools.product(COUNTS, COUNTS, SECONDS, TEXTS):
        values: dict[str, object] = {"attempt": attempt, "allowed": allowed, "seconds": seconds}
        made.append((PREFIX + announcement.text(**values, cause=text, reason=text), values))
    return made


@pytest.mark.parametrize("name", ALL)
def test_every_line_is_known_by_its_own_pattern_and_by_no_other(name: str) -> None:
    own = re.compile(ALL[name].line)
    others = [re.compile(other.line) for key, other in ALL.items() if key != name]
    for line, values in lines(ALL[name]):
        found = own.match(line)
        assert found, line
        assert int(found["attempt"]) == values["attempt"]
        if "seconds" in found.groupdict():
            assert abs(float(found["seconds"]) - float(str(values["seconds"]))) < 0.051
        assert not any(other.match(line) for other in others), line


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize(
    ("announcement", "guard"),
    [(ATTEMPT_FAILED, Guarded.FAILED), (RECOVERED, Guarded.RECOVERED), (ATTEMPT_STARTS, Guarded.SAYS)],
)
def test_every_line_is_a_mark_for_explain(announcement: Announcement, guard: Guarded, before: str) -> None:
    marks = Marks(MARKS)
    for line, values in lines(announcement):
        read = marks.read((before + line).encode())
        assert read is not None, line
        mark, groups = read
        assert mark.guard is guard, line
        if guard is not Guarded.SAYS:
            assert groups["attempt"] == str(values["attempt"])


def test_the_run_says_it_in_these_words() -> None:
    diagnosis = Diagnosis(category=Category.ANTIVIRUS_LOCK)
    attempt = Attempt(
        number=2,
        argv=("a",),
        outcome=Outcome(exit=Exit(code=1), started=0.0, duration=3.25, captures=()),
        diagnosis=diagnosis,
        decision=Decision(again=True, reason="x", delay=1.0),
    )
    passed = Attempt(
        number=2, argv=("a",), outcome=Outcome(exit=Exit(code=0), started=0.0, duration=1, captures=())
    )
    waited = Waited(seconds=2.0, reason="backoff")
    whole = Verification(whole=True, environments=("/v",), packages=1, files=2)
    facts = RunFacts(policy=Policy(), attempts=[attempt, passed], verification=whole)
    for text, announcement in (
        (messages.decided(attempt, diagnosis, 6), ATTEMPT_FAILED),
        (messages.starting(2, 6, waited, (), ()), ATTEMPT_STARTS),
        (ending(facts).explanation, RECOVERED),
    ):
        assert re.match(announcement.pattern, text), text
