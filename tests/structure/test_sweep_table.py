"""The README's table of the sweep is what the kept results come to, and nothing in it is green and broken."""

from pathlib import Path

from rig.sweep_table import BROKEN, UNSEEN, read, table

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "sweep.jsonl"


def test_the_table_is_that_of_the_results() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    block = readme.partition("<!-- sweep -->")[2].partition("<!-- /sweep -->")[0]
    assert table(read([RESULTS])) in block


def test_ci_guard_never_ends_green_on_a_broken_installation() -> None:
    for name, kinds in read([RESULTS]).items():
        assert not [each for each in UNSEEN if kinds["ci-guard"].get(each.name)], name
    assert any(
        kinds["same command again"].get(each.name) for kinds in read([RESULTS]).values() for each in BROKEN
    )
