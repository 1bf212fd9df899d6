"""The pack for the vendor's ticket and the security team: a zip, and its text as Markdown."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.resources import files

from ci_guard import __version__
from ci_guard.fleet.exclusions import candidates, smallest
from ci_guard.fleet.incident import Incident
from ci_guard.fleet.markdown import table, text
from ci_guard.fleet.words import duration
from ci_guard.model.counting import counted
from ci_guard.redact.text import shorten

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same incidents make the same bytes
SHOWN = 50  # incidents in the text; the JSON has all
EXCERPT = 160  # characters
TEXT, DATA, SCRIPT, TICKET = "evidence.md", "incidents.json", "reproduce.py", "uv-issue.md"


def pack(incidents: Sequence[Incident]) -> bytes:
    """The zip."""
    chosen, left = smallest(incidents)
    data = {
        "schema": "ci-guard/evidence/1",
        "version": __version__,
        "incidents": [asdict(one) for one in incidents],
        "exclusions": [asdict(one) for one in chosen],
        "without_exclusion": left,
        "candidates": [asdict(one) for one in candidates(incidents)],
    }
    members = {
        TEXT: render(incidents),
        DATA: json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2) + "\n",
        SCRIPT: files("ci_guard.machine").joinpath("fresh_files.py").read_text(encoding="utf-8"),
        TICKET: ticket(incidents),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content.encode("utf-8", "replace"))
    return stream.getvalue()


def render(incidents: Sequence[Incident]) -> str:
    """The text for people."""
    return "\n".join(_lines(incidents)) + "\n"


def _lines(incidents: Sequence[Incident]) -> Iterator[str]:
    yield from ("# Files refused by an antivirus or EDR product", "")
    if not incidents:
        yield "The records tell of no incident."
        return
    agents = len({one.agent for one in incidents})
    times = sorted(one.time for one in incidents)
    many = f"{counted(len(incidents), 'incident')} (refusals and holds) on {counted(agents, 'machine')}"
    yield f"{many}, from {times[0]} to {times[-1]}."
    yield ""
    products = ", ".join(map(text, _all(incidents, "products")))
    yield f"Products: {products or 'not recorded; `ci-guard doctor` names them'}."
    yield f"`{SCRIPT}` does the same to fresh files on any machine with Python: `python {SCRIPT} FOLDER`."
    chosen, left = smallest(incidents)
    rows = [(one.kind, text(one.pattern), str(one.prevents)) for one in chosen]
    yield from table("The smallest set of exclusions", ("Kind", "Pattern", "Prevents alone"), rows)
    if left:
        yield from (
            "",
            f"No exclusion is known for {counted(left, 'incident')}: no file and no program is named there.",
        )
    rows = [(one.kind, text(one.pattern), str(one.prevents)) for one in candidates(incidents)[:SHOWN]]
    yield from table("Each exclusion alone", ("Kind", "Pattern", "Prevents alone"), rows)
    yield from table("Incidents", _HEAD, map(_row, incidents[:SHOWN]))
    if len(incidents) > SHOWN:
        yield from ("", f"The first {SHOWN}; `{DATA}` has all.")


_HEAD = (
    "Time",
    "Machine",
    "File",
    "SHA-256",
    "Operation",
    "Code",
    "Refused",
    "Held",
    "By",
    "Tool",
    "Signature",
    "Line",
)


def _row(one: Incident) -> tuple[str, ...]:
    tool = f"{one.program or one.tool} {one.tool_version}".strip()
    who = ", ".join(one.holders) or "not known"
    words = (one.time, one.agent, one.path, one.sha256 or "the file is gone", one.operation, one.code)
    return (
        *map(text, words),
        duration(one.refused),
        duration(one.held),
        text(who),
        text(tool),
        one.signature,
        text(shorten(one.line, EXCERPT)),
    )


def ticket(incidents: Sequence[Incident]) -> str:
    """What uv's maintainers ask reporters for (astral-sh/uv#20792): product, version, system, lines."""
    mine = [one for one in incidents if one.tool == "uv"] or list(incidents)
    lines = Counter(shorten(one.line, EXCERPT) for one in mine if one.line).most_common(5)
    return "\n".join(
        (
            "### Summary",
            "",
            f"Files that were just written were refused {counted(len(mine), 'time')} by an antivirus or EDR "
            "product.",
            "",
            *(f"- {count} x {text(line)}" for line, count in lines),
            "",
            f"Antivirus: {', '.join(map(text, _all(mine, 'products'))) or 'NAME AND VERSION'}",
            "",
            "Vendor ticket: NUMBER",
            "",
            "### Platform",
            "",
            ", ".join(map(text, _all(mine, "system"))) or "SYSTEM AND VERSION",
            "",
            "### Version",
            "",
            ", ".join(map(text, _all(mine, "tool_version"))) or "uv --version",
            "",
        )
    )


def _all(incidents: Sequence[Incident], name: str) -> list[str]:
    values = (getattr(one, name) for one in incidents)
    words = (word for value in values for word in (value if isinstance(value, tuple) else (value,)))
    return list(dict.fromkeys(filter(None, words)))
