"""The benchmarks still work; what they measure is for people to read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "run.py"


@pytest.mark.skipif(os.name == "nt", reason="the benchmarks compare with programs of POSIX")
def test_the_quick_form_prints_one_table_with_a_value_in_every_row() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS), "--quick", "step", "verify"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0, done.stderr
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()
    ]
    assert head == ["what", "case", "median", "ratio", "goal, at most"]
    assert {what.split(":")[0] for what, *_ in rows} == {"a failed step adds", "a report adds", "verify"}
    assert [case for what, case, *_ in rows if what == "a report adds"] == ["junit", "json", "markdown"]
    for _, _, median, ratio, goal in rows:
        assert (median.endswith("ms") and ratio.endswith("x")) or goal.startswith("skipped: lost")


@pytest.mark.skipif(os.name == "nt", reason="the benchmarks compare with programs of POSIX")
def test_an_unknown_subject_is_named() -> None:
    done = subprocess.run([sys.executable, str(BENCHMARKS), "speed"], capture_output=True, text=True)

    assert (done.returncode, "no subject speed" in done.stderr) == (2, True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="files are held by a flag of Linux")
def test_held_files_are_recovered_from_and_never_green_with_something_missing(tmp_path: Path) -> None:
    sys.path.append(str(BENCHMARKS.parents[1]))
    from benchmarks.locks_linux import unavailable

    if reason := unavailable(tmp_path):
        pytest.skip(reason)
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS.with_name("locks.py")), "--quick", "--who", "ci-guard", "linux"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.startswith("| ci-guard |"))
    assert [cell.strip() for cell in row.split("|")[2:4]] == ["2 of 2", "0"], done.stderr
