"""The figures as Markdown, for a ticket, a wiki or the summary of a build."""

from collections.abc import Iterable, Iterator, Sequence

from ci_guard.fleet.figures import Figures, Group
from ci_guard.fleet.words import TITLES, duration, headline, time_class
from ci_guard.model.counting import counted
from ci_guard.redact.text import shorten

ROWS = 10
DAYS = 31  # the latest
EXCERPT = 160  # characters
_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#~!&$@"})


def render(figures: Figures) -> bytes:
    """The text as UTF-8."""
    return ("\n".join(_lines(figures)) + "\n").encode()


def _lines(figures: Figures) -> Iterator[str]:
    yield "# What antivirus costs the builds"
    yield ""
    yield headline(figures)
    if not figures.incidents:
        return
    yield ""
    yield (
        f"From {figures.first} to {figures.last}: {counted(figures.steps, 'guarded step')}, of which "
        f"{figures.steps_met:,} met an antivirus product, in {counted(figures.incidents, 'incident')} "
        "(refusals and holds)."
    )
    yield from _groups("Days", figures.days[-DAYS:])
    for name, groups in figures.by.items():
        if groups:
            yield from _groups(TITLES[name], groups[:ROWS])
    yield from _locks(figures)
    yield from _worst(figures)


def _groups(title: str, groups: Iterable[Group]) -> Iterator[str]:
    rows = [
        (text(group.name), f"{group.steps:,}", f"{group.recovered:,}", duration(group.lost))
        for group in groups
    ]
    yield from table(title, (title[:-1] if title == "Days" else "Name", "Steps", "Recovered", "Lost"), rows)


def _locks(figures: Figures) -> Iterator[str]:
    locks = figures.locks
    if not locks.count:
        return
    edges = [edge for edge, _ in locks.classes]
    rows = [
        (time_class(edge, edges[at - 1] if at else None), f"{count:,}")
        for at, (edge, count) in enumerate(locks.classes)
    ]
    yield from table("Lock times", ("Time", "Locks"), rows)
    yield ""
    yield (
        f"Median {duration(locks.median)}, 95% within {duration(locks.p95)}, "
        f"longest {duration(locks.maximum)}."
    )


def _worst(figures: Figures) -> Iterator[str]:
    rows = [
        (
            f"[{text(one.build)}](<{one.url}>)"
            if one.url and not set("<>|\n ") & set(one.url)
            else text(one.build),
            text(one.agent),
            "yes" if one.recovered else "no",
            duration(one.lost),
            text(shorten(one.excerpt or one.path, EXCERPT)),
        )
        for one in figures.worst
    ]
    yield from table("The worst steps", ("Build", "Agent", "Recovered", "Lost", "Line"), rows)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A heading and a table; cells are Markdown already."""
    yield from ("", f"## {title}", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}")
    yield from (f"| {' | '.join(row)} |" for row in rows)


def text(words: str) -> str:
    """Words of others: no character of theirs is Markdown or HTML."""
    return " ".join(words.split()).translate(_SPECIAL)
