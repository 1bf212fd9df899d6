"""What ci-guard writes into a log and later reads back: each template beside the pattern that knows it.

`explain` tells attempts apart by these lines, `jenkins scan` adds up the time that they tell.
"""

from ci_guard.ci_server.plain import PREFIX
from ci_guard.dataclass import dataclass
from ci_guard.model.knowledge import Guarded, StepMark

_COUNT = r"\d{1,4}"
_SECONDS = r"\d{1,7}(?:\.\d)?"
_REFERENCE = "https://github.com/astral-sh/uv/issues/20792"  # the step that ci-guard was made for


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A line without its prefix. Groups of the pattern: attempt, seconds; it ends where free text begins."""

    template: str
    pattern: str

    def text(self, **values: object) -> str:
        """The line with these values."""
        return self.template.format(**values)

    @property
    def line(self) -> str:
        """The pattern of the line as it stands in a log."""
        return PREFIX + self.pattern


ATTEMPT_FAILED = Announcement(
    template="attempt {attempt} of {allowed} failed after {seconds:.1f} s: {cause}",
    pattern=rf"attempt (?P<attempt>{_COUNT}) of {_COUNT} failed after (?P<seconds>{_SECONDS}) s\b",
)
ATTEMPT_STARTS = Announcement(
    template="attempt {attempt} of {allowed} starts after {seconds:.1f} s ({reason})",
    pattern=rf"attempt (?P<attempt>{_COUNT}) of {_COUNT} starts after (?P<seconds>{_SECONDS}) s\b",
)
RECOVERED = Announcement(
    template="recovered at attempt {attempt} of {allowed}",
    pattern=rf"recovered at attempt (?P<attempt>{_COUNT}) of {_COUNT}\b",
)
TIMED = (ATTEMPT_FAILED, ATTEMPT_STARTS)  # those that tell how long something took

MARKS = (
    StepMark(
        id="guard-failed",
        pattern=ATTEMPT_FAILED.line,
        guard=Guarded.FAILED,
        ends=True,
        reference=_REFERENCE,
        examples=("ci-guard: attempt 1 of 6 failed after 3.2 s: antivirus_lock (Windows error 5)",),
        counterexamples=("ci-guard: attempt 2 of 6 starts after 2.0 s (backoff)",),
    ),
    StepMark(
        id="guard-recovered",
        pattern=RECOVERED.line,
        guard=Guarded.RECOVERED,
        ends=True,
        reference=_REFERENCE,
        examples=("ci-guard: recovered at attempt 2 of 6: verified 12 files of 3 packages in `.venv`",),
        counterexamples=("ci-guard: gave up after attempt 6",),
    ),
    StepMark(
        id="guard-says",
        pattern=PREFIX,
        guard=Guarded.SAYS,
        reference=_REFERENCE,
        examples=("ci-guard: attempt 2 of 6 starts after 2.0 s (backoff)",),
        counterexamples=("uses ci-guard: yes",),
    ),
)
