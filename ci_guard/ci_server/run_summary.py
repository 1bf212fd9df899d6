"""How a run ended, as a CI server is told: plain values, no secret among them."""

from ci_guard.dataclass import dataclass
from ci_guard.model.category import Category, RunOutcome
from ci_guard.redact.values import NOTHING, RedactedText

WARNING, ERROR = "warning", "error"
_OF_SCANNERS = frozenset({Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK, Category.FILE_IN_USE})
# where the command itself has said nothing: we ended it, or it never ran
_ENDED_BY_US = frozenset({RunOutcome.GAVE_UP, RunOutcome.TIMED_OUT, RunOutcome.NOT_STARTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The end of a run. Of a first attempt that passed only outcome, attempts and report are known."""

    outcome: RunOutcome
    attempts: int  # how many were made
    exit_status: int
    category: Category | None = None
    name: RedactedText = NOTHING
    lines: tuple[RedactedText, ...] = ()  # what happened, the most important first
    summary: RedactedText = NOTHING  # Markdown
    report: str = ""  # the path of the first report file

    @property
    def level(self) -> str | None:
        """How loudly to tell: a recovery is a warning, a defeat by a scanner or by time is an error.

        None for what the command itself has said: that it passed, or why it failed.
        """
        if self.outcome is RunOutcome.FLAKY:
            return WARNING
        if self.outcome in _ENDED_BY_US:
            return ERROR
        return ERROR if self.outcome is RunOutcome.FAILED and self.category in _OF_SCANNERS else None

    @property
    def title(self) -> str:
        """The outcome in a few words."""
        return f"ci-guard: {self.name}: {self.outcome.words}"

    @property
    def recovered(self) -> bool:
        """Whether ci-guard made the step pass."""
        return self.outcome is RunOutcome.FLAKY
