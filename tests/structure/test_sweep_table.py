"""The README's table of the sweep is what the kept results come to, and nothing in it is green and broken."""

from pathlib import Path

from rig.sweep_table import BROKEN, read, table
from rig.verdict import FORBIDDEN

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "sweep.jsonl"


def test_the_table_is_that_of_the_results() -> None:
    page = (ROOT / "docs" / "why-not-just-retry.md").read_text("utf-8")
    block = page.partition("<!-- sweep -->")[2].partition("<!-- /sweep -->")[0]
    assert table(read([RESULTS])) in block


def test_ci_guard_is_never_green_and_broken_nor_worse_than_trying_again() -> None:
    for name, kinds in read([RESULTS]).items():
        assert not [each for each in FORBIDDEN if kinds["ci-guard"].get(each.name)], name
    assert any(
        kinds["same command again"].get(each.name) for kinds in read([RESULTS]).values() for each in BROKEN
    )


def test_the_rows_of_the_readme_are_rows_of_the_table() -> None:
    whole = (ROOT / "docs" / "why-not-just-retry.md").read_text("utf-8")
    part = (
        (ROOT / "README.md").read_text("utf-8").partition("## Why not just retry?")[2].partition("\n## ")[0]
    )
    rows = [line for line in part.splitlines() if line.startswith("|")]
    assert len(rows) > 4
    assert [row for row in rows if row not in whole] == []
