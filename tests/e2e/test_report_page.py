"""The page of `ci-guard report` in a real browser: filters, hostile names, many incidents, nothing, print."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from ci_guard.fleet import html
from ci_guard.fleet.figures import fold
from ci_guard.fleet.step import Step, reader
from ci_guard.record.shape import RunRecord
from ci_guard.redact.secrets import Secrets
from rig.events import HANG
from unit.fleet.fleets import fleet, hostile

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--virtual-time-budget=10000",
)  # fmt: skip
MANY = 50_000
READY = """
const at = (id) => document.getElementById(id);
const tiles = () => [...document.querySelectorAll("#tiles dd")].map((cell) => cell.textContent);
const set = (id, value) => { at(id).value = value; at("filters").dispatchEvent(new Event("input")); };
const answer = (value) => document.body.append(Object.assign(document.createElement("output"),
  { id: "answer", textContent: JSON.stringify(value) }));
"""
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: install the package `chromium`")

Ask = Callable[[Iterable[RunRecord], str], tuple[dict[str, object], list[Step]]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Opens the page of some records in the browser, runs a script in it, returns what it answers."""

    def run(records: Iterable[RunRecord], script: str) -> tuple[dict[str, object], list[Step]]:
        steps = list(map(reader(Secrets()), records))
        page = (
            html.render(fold(steps), steps)
            .decode()
            .replace("</body>", f"<script>{READY}{script}</script></body>")
        )
        file = tmp_path / "report.html"
        file.write_text(page, encoding="utf-8")
        command = [
            str(BROWSER),
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            file.as_uri(),
        ]
        shown = subprocess.run(
            command, capture_output=True, text=True, timeout=HANG, stdin=subprocess.DEVNULL
        )
        told = re.search(r'<output id="answer">(.*?)</output>', shown.stdout)
        assert told is not None, shown.stderr[-2000:]
        answer: dict[str, object] = json.loads(
            told[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        )
        return answer, steps

    return run


def test_the_script_has_the_figures_that_python_wrote_and_filters_them(ask: Ask) -> None:
    told, steps = ask(
        fleet(400),
        """
        const words = (row) => [row.cells[0].textContent, row.cells[1].textContent];
        const all = [...document.querySelectorAll("#t-agent tr")].map(words);
        const whole = tiles(), quantiles = at("quantiles").textContent;
        const charts = document.querySelectorAll("canvas").length;
        const choice = [...at("agent").options].find((one) => one.textContent === "win-build-01").value;
        set("agent", choice); const agent = tiles();
        const job = [...at("job").options].find((one) => one.textContent === "team-1/app-1").value;
        set("job", job); const both = tiles();
        at("filters").reset();
        setTimeout(() => { const again = tiles();
          set("from", "2026-10-01"); set("to", "2026-10-05"); const days = tiles();
          set("from", "2050-01-01"); const empty = [at("found").hidden, at("empty").hidden];
          answer({ all, whole, quantiles, charts, agent, both, again, days, empty }); }, 50);
        """,
    )

    def expected(chosen: list[Step]) -> list[str]:
        return re.findall(r"<dd>(.*?)</dd>", html.render(fold(chosen), chosen).decode().split("</dl>")[0])

    assert told["whole"] == told["again"] == expected(steps)
    assert told["all"] == [[one.name, str(one.steps)] for one in fold(steps).by["agent"][: html.ROWS]]
    assert str(told["quantiles"]) in html.render(fold(steps), steps).decode()
    assert told["charts"] == 2
    one_agent = [one for one in steps if one.agent == "win-build-01"]
    assert told["agent"] == expected(one_agent)
    assert told["both"] == expected([one for one in one_agent if one.job == "team-1/app-1"])
    assert told["days"] == expected([one for one in steps if "2026-10-01" <= one.day <= "2026-10-05"])
    assert told["empty"] == [True, False]


def test_names_that_want_to_be_code_stay_names(ask: Ask) -> None:
    told, _ = ask(
        [hostile()],
        """
        setTimeout(() => answer({ title: document.title, images: document.images.length,
          links: [...document.links].map((one) => one.protocol),
          name: at("t-agent").rows[0].cells[0].textContent }), 500);
        """,
    )
    assert told["title"] == "What antivirus costs the builds"
    assert told["images"] == 0
    assert "javascript:" not in told["links"]  # type: ignore[operator]
    assert "</script><img" in str(told["name"])


def test_no_record_shows_the_empty_state(ask: Ask) -> None:
    told, _ = ask([], "answer({ empty: at('empty').hidden, headline: at('headline').textContent });")
    assert told == {"empty": False, "headline": "There is no record to report on."}


def test_50_000_incidents_are_filtered_and_whole(ask: Ask) -> None:
    told, steps = ask(
        fleet(MANY, clean=0.0),
        """
        const whole = tiles()[4]; set("agent", at("agent").options[1].value);
        answer({ whole, agent: tiles()[4], took: +document.body.dataset.took });
        """,
    )
    print(f"a filter took {told['took']} ms")
    first = min(one.agent for one in steps)
    for name, those in (("whole", steps), ("agent", [one for one in steps if one.agent == first])):
        assert told[name] == f"{sum(one.incidents for one in those):,} in {len(those):,} steps"


def test_it_prints(tmp_path: Path) -> None:
    steps = list(map(reader(Secrets()), fleet(200)))
    file, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    file.write_bytes(html.render(fold(steps), steps))
    command = [
        str(BROWSER),
        *FLAGS,
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--print-to-pdf={paper}",
        file.as_uri(),
    ]
    subprocess.run(command, capture_output=True, timeout=HANG, stdin=subprocess.DEVNULL, check=True)
    assert paper.read_bytes().startswith(b"%PDF")
    pages = paper.read_bytes().count(b"/Type /Page\n") or paper.read_bytes().count(b"/Type/Page/")
    assert pages <= 6


def test_the_keyboard_reaches_every_control_in_the_order_of_the_page(ask: Ask) -> None:
    told, _ = ask(
        fleet(200),
        """
        const reach = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
          .filter((one) => one.tabIndex >= 0 && one.offsetParent !== null);
        const focused = reach.filter((one) => { one.focus(); return document.activeElement === one; });
        const rings = ["agent", "from"].map((id) => { at(id).focus({ focusVisible: true });
          const style = getComputedStyle(at(id)); return style.outlineStyle + style.boxShadow; });
        const tabs = reach.filter((one) => one.tabIndex > 0).length;
        answer({ reach: reach.length, focused: focused.length, tabs,
          filters: ["agent", "job", "from", "to"].map((id) => reach.includes(at(id))), rings });
        """,
    )
    assert told["reach"] == told["focused"]
    assert int(str(told["reach"])) >= 4
    assert told["tabs"] == 0  # the order of the page is the order of the keys
    assert told["filters"] == [True] * 4
    assert "nonenone" not in told["rings"]  # type: ignore[operator]


def test_a_screen_reader_has_a_name_for_everything(ask: Ask) -> None:
    told, _ = ask(
        fleet(200),
        """
        const name = (one) => (one.getAttribute("aria-label") || one.labels?.[0]?.textContent
          || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent
          || one.textContent).trim();
        const controls = [...document.querySelectorAll("a[href], button, input, select, summary")];
        const heads = [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => +one.tagName[1]);
        const charts = [...document.querySelectorAll("canvas, svg")].map((one) => {
          const drawn = one.closest("[role=img], [aria-hidden=true], figure") || one;
          return drawn.getAttribute("aria-hidden") === "true" || !!(drawn.getAttribute("aria-label")
            || drawn.getAttribute("aria-labelledby") || drawn.querySelector("figcaption")); });
        answer({ language: document.documentElement.lang, title: document.title !== "",
          main: document.querySelectorAll("main").length, first: heads[0],
          jumps: heads.some((level, index) => index && level > heads[index - 1] + 1),
          nameless: controls.filter((one) => !name(one)).map((one) => one.outerHTML.slice(0, 120)),
          heads: [...document.querySelectorAll("table")].filter((one) => !one.querySelector("th")).length,
          charts, live: !!document.querySelector("[aria-live], [role=status]") });
        """,
    )
    assert (told["language"], told["title"], told["main"], told["first"]) == ("en", True, 1, 1)
    assert told["jumps"] is False
    assert told["nameless"] == []
    assert told["heads"] == 0
    assert told["charts"]
    assert all(told["charts"])  # type: ignore[arg-type]
    assert told["live"]  # what a filter changes is announced
