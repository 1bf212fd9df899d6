"""Figures as people say them, the same on the page and in Markdown."""

from ci_guard.fleet.figures import Figures
from ci_guard.model.counting import counted, lasting

TITLES = {
    "agent": "Agents",
    "job": "Jobs",
    "tool": "Tools",
    "package": "Packages",
    "path": "Paths",
    "operation": "Operations",
    "code": "Error codes",
    "healed": "What helped",
}


def duration(seconds: float | None) -> str:
    """How long; `-` where that is not known."""
    return "-" if seconds is None else lasting(seconds)


def share(part: int, whole: int) -> str:
    """Such as `4.2%`."""
    return f"{100 * part / whole:.1f}%" if whole else "-"


def headline(figures: Figures) -> str:
    """One sentence that tells it all."""
    if not figures.builds:
        return "There is no record to report on."
    if not figures.incidents:
        return f"No antivirus lock in {counted(figures.builds, 'build')}."
    return (
        f"{figures.builds_met:,} of {counted(figures.builds, 'build')} "
        f"({share(figures.builds_met, figures.builds)}) "
        f"met an antivirus product; {figures.builds_recovered:,} of them recovered. "
        f"It cost {duration(figures.lost)}."
    )


def time_class(edge: float | None, before: float | None) -> str:
    """A class of lock times: `≤ 0.1 s`, `0.1 to 0.3 s`, `> 300 s`."""
    if edge is None:
        return f"> {before:g} s"
    return f"≤ {edge:g} s" if before is None else f"{before:g} to {edge:g} s"
