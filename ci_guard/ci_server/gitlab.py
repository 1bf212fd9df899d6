"""GitLab: a section of the job's log for each further attempt (docs.gitlab.com/ci/jobs/job_logs, "Custom
collapsible sections"). The JUnit report is what the merge request shows.
"""

import time

from ci_guard.ci_server.plain import Host as PlainHost
from ci_guard.ci_server.plain import heading, write
from ci_guard.random_name import random_word

_ERASE = "\x1b[0K"  # hides the marker in a terminal; GitLab knows a section by it


class Host(PlainHost):
    """Opens and closes sections, which stay unfolded: what fails is not to be hidden."""

    _section = ""

    def begin(self, number: int, allowed: int) -> None:
        if number > 1:
            # a job may run several guards: the name of a section is used once only
            self._section = f"ci_guard_attempt_{number}_{random_word()}"
            title = heading(number, allowed)
            write(f"{_ERASE}section_start:{int(time.time())}:{self._section}\r{_ERASE}{title}\n")

    def end(self, number: int, *, at_line_start: bool) -> None:
        if number > 1 and self._section:
            line = "" if at_line_start else "\n"
            write(f"{line}{_ERASE}section_end:{int(time.time())}:{self._section}\r{_ERASE}\n")
            self._section = ""
