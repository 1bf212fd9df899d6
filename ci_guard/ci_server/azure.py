"""Azure Pipelines: logging commands (learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands).

The agent finds `##vso[` anywhere in a line of either stream and undoes the escapes of
azure-pipelines-agent, src/Agent.Sdk/CommandStringConvertor.cs.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ci_guard.ci_server.plain import Host as PlainHost
from ci_guard.ci_server.plain import heading, write
from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.model.category import RunOutcome
from ci_guard.random_name import random_word

MESSAGE_LIMIT = 4000  # characters; the summary has the rest
_ESCAPES = str.maketrans({"%": "%AZP25", ";": "%3B", "\r": "%0D", "\n": "%0A", "]": "%5D"})


class Host(PlainHost):
    """A group for each further attempt; an issue and a summary at the end; yellow for what was recovered."""

    @property
    def verbose(self) -> bool:
        """With `System.Debug`, which agents hand down as this variable."""
        return self.environment.get("SYSTEM_DEBUG", "").lower() == "true"

    def begin(self, number: int, allowed: int) -> None:
        if number > 1:
            write(f"##[group]{heading(number, allowed)}\n")

    def end(self, number: int, *, at_line_start: bool) -> None:
        if number > 1:
            write(f"{'' if at_line_start else chr(10)}##[endgroup]\n")

    def closing_steps(self) -> Sequence[Callable[[RunSummary], None]]:
        return (self._log_issue, self._upload_summary, self._complete)

    def _log_issue(self, summary: RunSummary) -> None:
        if summary.level is not None:
            text = "; ".join((summary.title, *summary.lines))[:MESSAGE_LIMIT]
            write(f"##vso[task.logissue type={summary.level}]{escape(text)}\n")

    def _upload_summary(self, summary: RunSummary) -> None:
        """The agent reads the file later: it lies where the agent itself cleans up after the job."""
        folder = self.environment.get("AGENT_TEMPDIRECTORY")
        if folder and summary.summary:
            from ci_guard.machine.held import open_patiently  # only where something is told

            path = Path(folder, f"ci-guard-{random_word()}.md").absolute()
            with open_patiently(str(path), "wb") as file:
                file.write(summary.summary.encode("utf-8", "backslashreplace"))
            write(f"##vso[task.uploadsummary]{escape(str(path))}\n")

    def _complete(self, summary: RunSummary) -> None:
        """The agent keeps the worst of this and of what the task itself comes to."""
        if summary.outcome is RunOutcome.FLAKY and summary.exit_status == 0:
            write(f"##vso[task.complete result=SucceededWithIssues;]{escape(summary.title)}\n")


def escape(text: str) -> str:
    """The text as a value of a logging command."""
    return text.replace("##", "# #").translate(_ESCAPES)
