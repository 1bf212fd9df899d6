"""Reports: a run as a JUnit file, a JSON record or a Markdown summary, replaced atomically.

Knows formats and files; who asked for a report, and what its failure means to the run, is the caller's.
"""

from ci_guard.reports.write import write_reports

__all__ = ["write_reports"]
