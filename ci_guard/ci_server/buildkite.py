"""Buildkite: groups of the log (buildkite.com/docs/pipelines/configure/managing-log-output) and, by the
agent's own program, an annotation of the build (buildkite.com/docs/agent/cli/reference/annotate).
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence

from ci_guard.ci_server.plain import Host as PlainHost
from ci_guard.ci_server.plain import heading, write
from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.random_name import random_word

AGENT = "buildkite-agent"
AGENT_SECONDS = 10.0  # usually under one: it talks to its server once


class Host(PlainHost):
    """A group for each further attempt, which a failure unfolds; an annotation where the agent is at hand."""

    def begin(self, number: int, allowed: int) -> None:
        if number > 1:
            write(f"--- {heading(number, allowed)}\n")

    def end(self, number: int, *, at_line_start: bool) -> None:
        if number > 1 and not at_line_start:
            write("\n")

    def closing_steps(self) -> Sequence[Callable[[RunSummary], None]]:
        return (self._unfold, self._annotate)

    def _unfold(self, summary: RunSummary) -> None:
        if summary.attempts > 1 and summary.exit_status:
            write("^^^ +++\n")

    def _annotate(self, summary: RunSummary) -> None:
        """Raises OSError or SubprocessError if the agent cannot be started, fails, or hangs."""
        agent = shutil.which(AGENT, path=self.environment.get("PATH"))
        if agent is None or summary.level is None:
            return
        context = f"ci-guard-{random_word()}"  # one of its own: the same would replace another
        with tempfile.TemporaryFile() as text:  # a pipe that a hanging agent does not read would block us
            text.write(summary.summary.encode("utf-8", "backslashreplace"))
            text.seek(0)
            subprocess.run(
                [agent, "annotate", "--style", summary.level, "--context", context],
                stdin=text,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(self.environment),
                timeout=AGENT_SECONDS,
                check=True,
            )
