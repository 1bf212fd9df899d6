"""The page about a fleet's history: its queries run, its dashboard shows counters that are sent."""

import json
import re
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.model.category import RunOutcome
from ci_guard.record.codec import read_record, write_record
from ci_guard.telemetry.spans import sums_of
from unit.fleet.fleets import fleet
from unit.telemetry.test_spans import FLAKY

duckdb = pytest.importorskip("duckdb", reason="the queries are DuckDB's: install `duckdb`")
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fleet-history.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
DASHBOARD = json.loads((ROOT / "examples" / "grafana-dashboard.json").read_text(encoding="utf-8"))
RUNS = 60


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    for number, record in enumerate(fleet(RUNS)):
        (folder / f"{number}.json").write_bytes(write_record(record))
    file = folder / "bucket" / "day=2026-11-27" / "runs.jsonl"
    file.parent.mkdir(parents=True)
    assert main(["report", "--json-lines", str(file), str(folder)]) == 0
    return file


def test_json_lines_hold_the_records(lines: Path, tmp_path: Path) -> None:
    told = lines.read_bytes().splitlines()
    assert len(told) == RUNS
    assert {read_record(line, "a line").schema for line in told} == {"ci-guard/run/1"}
    again = tmp_path / "again.jsonl"
    assert main(["report", "--json-lines", str(again), str(lines)]) == 0  # it reads what it writes
    assert again.read_bytes() == lines.read_bytes()


def test_every_query_of_the_page_answers(lines: Path) -> None:
    database = duckdb.connect()
    view, *queries = QUERIES
    pattern = (lines.parent.parent / "*" / "*.jsonl").as_posix()
    database.execute(view.replace("s3://ci-records/*/*.jsonl", pattern))
    answers = [database.execute(query).fetchall() for query in queries]
    assert len(answers) == 4
    assert all(answers), [query for query, answer in zip(queries, answers, strict=True) if not answer]
    by_day = answers[0]
    assert sum(row[1] for row in by_day) == RUNS
    assert 0 < sum(row[3] for row in by_day) <= sum(row[2] for row in by_day) < RUNS


def test_the_dashboard_shows_what_is_sent() -> None:
    sent = set()
    for each in sums_of(FLAKY):
        unit = "_seconds" if each.unit == "s" else ""  # as the collector's Prometheus exporter names them
        sent.add(f"{each.name.replace('.', '_')}{unit}_total")
    expressions = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    shown = {name for expr in expressions for name in re.findall(r"ci_guard_\w+_total", expr)}
    assert shown == sent
    outcomes = {name for expr in expressions for name in re.findall(r'ci_guard_outcome="(\w+)"', expr)}
    assert outcomes <= {outcome.value for outcome in RunOutcome}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def is_in(given: object, told: object) -> bool:
    """Whether all that was given is told, whatever else is: a model adds its defaults."""
    if isinstance(given, dict):
        return isinstance(told, dict) and all(
            name in told and is_in(each, told[name]) for name, each in given.items()
        )
    if isinstance(given, list):
        return isinstance(told, list) and len(given) == len(told) and all(map(is_in, given, told))
    return given == told


def test_grafana_s_own_model_knows_all_of_the_dashboard() -> None:
    """Its Foundation SDK is made of the schemas that Grafana publishes; what these do not know is lost."""
    pytest.importorskip("grafana_foundation_sdk", reason="the group `test` has it")
    from grafana_foundation_sdk.cog import plugins
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models.dashboard import Dashboard

    plugins.register_default_plugins()

    def through(board: dict[str, object]) -> object:
        return json.loads(JSONEncoder().encode(Dashboard.from_json(board)))

    assert is_in(DASHBOARD, through(DASHBOARD))
    panel = {**DASHBOARD["panels"][0], "gridPosition": {}}
    assert not is_in({**DASHBOARD, "panels": [panel]}, through({**DASHBOARD, "panels": [panel]}))


def test_the_page_names_the_counters() -> None:
    assert {each.name for each in sums_of(FLAKY)} <= set(re.findall(r"`(ci_guard\.\w+)`", PAGE))
