"""RECORD as a crash, a scanner or a stranger leaves it: no error of ours, and never taken for whole."""

from pathlib import Path

import pytest

from ci_guard.recover.python.installed import take_inventory

DAMAGED = {
    "bytes of zero, as a crash leaves them": "\0" * 500,
    "a zero in a path": "app/\0.py,,\n",
    "a row longer than csv reads": "app/" + "x" * 200_000 + ",,\n",
    "a name longer than any": "app/" + "x" * 5000 + ".py,,\n",
    "quotes that never end": '"app/__init__.py,,\n' * 3,
    "half of a character": "app/\udcff.py,,\n",
}
WITHOUT_A_SIZE = {
    "too many digits": "app/__init__.py,sha256=x," + "9" * 5000 + "\n",
    "other digits": "app/__init__.py,sha256=x,²\n",
    "nothing at all": ",,,\n",
}


def append(info: Path, rows: str) -> None:
    written = (info / "RECORD").read_text(encoding="utf-8") + rows
    (info / "RECORD").write_text(written, encoding="utf-8", errors="surrogateescape", newline="")


@pytest.mark.parametrize("rows", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_a_fault(environment, begun, rows: str) -> None:
    append(environment.install("app"), rows)
    found = take_inventory(environment.target(), begun)
    assert [each.name for each in found.broken()] == ["app"]


@pytest.mark.parametrize("rows", WITHOUT_A_SIZE.values(), ids=WITHOUT_A_SIZE)
def test_of_a_size_that_is_none_only_the_file_counts(environment, begun, rows: str) -> None:
    append(environment.install("app"), rows)
    assert take_inventory(environment.target(), begun).broken() == ()
