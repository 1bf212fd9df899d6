"""The figures as one HTML file that needs nothing else: no network, no other file, no script to be read.

All that stands on the page is written here; the script only filters. So the page is also whole where scripts
and styles are forbidden, as Jenkins forbids them to what builds archive.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from html import escape
from importlib.resources import files

from ci_guard.fleet.figures import DIMENSIONS, EDGES, WORST, Figures, Group
from ci_guard.fleet.step import Step
from ci_guard.fleet.words import TITLES, duration, headline, share, time_class
from ci_guard.model.counting import counted

ROWS = 12
PLOTS = "uplot-1.6.32.min"  # github.com/leeoniya/uPlot, MIT


def render(figures: Figures, steps: Sequence[Step]) -> bytes:
    """The page as UTF-8."""
    fills = {
        "styles": _resource(f"{PLOTS}.css") + _resource("page.css"),
        "headline": escape(headline(figures)),
        "tiles": "".join(_tiles(figures)),
        "days": _bars("days", "Day", figures.days),
        "locks": _locks(figures),
        "groups": "".join(_section(name, figures.by[name]) for name in DIMENSIONS),
        "worst": "".join(map(_worst, figures.worst)),
        "data": _data(steps),
        "script": _resource(f"{PLOTS}.js") + "\n" + _resource("page.js"),
    }
    page = _resource("page.html")
    first, *rest = page.split("{{")
    return (
        first + "".join(fills[name] + after for name, after in (part.split("}}", 1) for part in rest))
    ).encode("utf-8", "replace")


def _resource(name: str) -> str:
    return files("ci_guard.fleet").joinpath("page", name).read_text(encoding="utf-8")


def _tiles(figures: Figures) -> Iterator[str]:
    values = {
        "Builds": f"{figures.builds:,}",
        "Builds that met antivirus": f"{figures.builds_met:,} ({share(figures.builds_met, figures.builds)})",
        "Of these recovered": f"{figures.builds_recovered:,} "
        f"({share(figures.builds_recovered, figures.builds_met)})",
        "Time lost": duration(figures.lost),
        "Incidents": f"{figures.incidents:,} in {counted(figures.steps_met, 'step')}",
        "Longest lock": duration(figures.locks.maximum),
    }
    for label, value in values.items():
        yield f"<div><dt>{label}</dt><dd>{value}</dd></div>"


def _section(name: str, groups: Sequence[Group]) -> str:
    title = f'<h2 id="h-{name}">{TITLES[name]}</h2>'
    return f'<section aria-labelledby="h-{name}">{title}{_bars(name, "Name", groups[:ROWS])}</section>'


def _bars(name: str, first: str, groups: Sequence[Group]) -> str:
    most = max((group.steps for group in groups), default=1)
    rows = "".join(
        f'<tr><th scope="row" style="--share:{group.steps / most:.3f}">{escape(group.name)}</th>'
        f"<td>{group.steps:,}</td><td>{group.recovered:,}</td><td>{duration(group.lost)}</td></tr>"
        for group in groups
    )
    head = "".join(f'<th scope="col">{word}</th>' for word in (first, "Steps", "Recovered", "Lost"))
    return f'<table class="bars"><thead><tr>{head}</tr></thead><tbody id="t-{name}">{rows}</tbody></table>'


def _locks(figures: Figures) -> str:
    locks = figures.locks
    edges = [edge for edge, _ in locks.classes]
    names = [escape(time_class(edge, edges[at - 1] if at else None)) for at, edge in enumerate(edges)]
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{count:,}</td></tr>'
        for name, (_, count) in zip(names, locks.classes, strict=True)
    )
    return (
        '<table><thead><tr><th scope="col">Time</th><th scope="col">Locks</th></tr></thead>'
        f'<tbody id="t-locks">{rows}</tbody></table>'
        f'<p id="quantiles">Median {duration(locks.median)}, 95% within {duration(locks.p95)}, '
        f"longest {duration(locks.maximum)}.</p>"
    )


def _worst(one: Step) -> str:
    build = escape(one.build)
    if one.url:
        build = f'<a href="{escape(one.url)}" rel="noreferrer noopener">{build}</a>'
    state = "recovered" if one.recovered else "not recovered"
    return (
        f'<li><p><strong>{build}</strong> <span class="{"good" if one.recovered else "bad"}">{state}</span> '
        f"{duration(one.lost)} lost on {escape(one.agent)}, {escape(one.day)}: {escape(one.name)}</p>"
        f"<p><code>{escape(one.path)}</code></p><pre>{escape(one.excerpt)}</pre></li>"
    )


def _data(steps: Sequence[Step]) -> str:
    """All steps by column, each text once: 50,000 are some megabytes and are filtered in an instant."""
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    def column(read: Callable[[Step], str]) -> list[int]:
        return [number(read(one)) for one in steps]

    value = {
        "day": column(lambda one: one.day),
        "key": column(lambda one: one.url or one.build),
        "build": column(lambda one: one.build),
        "url": column(lambda one: one.url),
        "name": column(lambda one: one.name),
        "file": column(lambda one: one.path if one.met else ""),
        "excerpt": column(lambda one: one.excerpt),
        "met": [int(one.met) for one in steps],
        "incidents": [one.incidents for one in steps],
        "recovered": [int(one.recovered) for one in steps],
        "lost": [round(one.lost, 1) for one in steps],
        "locks": [[round(each, 2) for each in one.locks] for one in steps],
        "by": {name: [list(map(number, names(one))) for one in steps] for name, names in DIMENSIONS.items()},
        "texts": list(texts),
        "edges": EDGES,
        "rows": ROWS,
        "worst": WORST,
    }
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
