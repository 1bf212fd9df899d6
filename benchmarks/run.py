"""Measures ci-guard and prints one table: `python benchmarks/run.py [--quick] [SUBJECT...]` (POSIX).

With the Python that ci-guard is installed in. Everything is measured in one run, in turn, beside the least
that any program could need; medians. Times of one machine say little, the ratios say much. `--quick` only
shows that it works. The retry tools are those on PATH; CI_GUARD_PYZ may name a `ci-guard.pyz`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT), str(ROOT / "tests")]

from benchmarks import diagnosis, start, throughput, verify  # noqa: E402
from benchmarks.measure import Figure, Program, Scale, installed  # noqa: E402

SUBJECTS: dict[str, Callable[[Program, Scale], Iterator[Figure]]] = {
    "start": start.figures,
    "throughput": throughput.figures,
    "explain": diagnosis.explaining,
    "step": diagnosis.steps,
    "verify": verify.figures,
}
FULL = Scale(rounds=5, part=1.0)
QUICK = Scale(rounds=1, part=0.01)


def row(figure: Figure) -> tuple[str, ...]:
    """A figure as the cells of the table."""
    if figure.skipped is not None:
        return (figure.subject, figure.case, "-", "-", f"skipped: {figure.skipped}")
    value = f"{figure.value:.0f} {figure.unit}".strip() if figure.value is not None else "-"
    ratio = f"{figure.ratio:.2f} x" if figure.ratio is not None else "-"
    goals = [
        *([f"{figure.most_value:.0f} {figure.unit}".strip()] if figure.most_value is not None else []),
        *([f"{figure.most_ratio:.2f} x"] if figure.most_ratio is not None else []),
    ]
    goal = f"{', '.join(goals)}: {'missed' if figure.missed else 'met'}" if goals else ""
    return (figure.subject, figure.case, value, ratio, goal)


def table(figures: Sequence[Figure]) -> str:
    """All figures as one table of Markdown."""
    head = ("what", "case", "median", "ratio", "goal, at most")
    rows = [head, *(row(figure) for figure in figures)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(head))]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) for cells in rows
    ]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def main() -> None:
    """Measure and tell."""
    if os.name != "posix":
        sys.exit("the benchmarks compare with programs of POSIX")
    parser = argparse.ArgumentParser(description="Measure ci-guard beside what others need.")
    parser.add_argument("--quick", action="store_true", help="small and imprecise: shows that it works")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; else all")
    asked = parser.parse_args()
    if unknown := set(asked.subjects) - SUBJECTS.keys():
        parser.error(f"there is no subject {', '.join(sorted(unknown))}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with installed() as program:
        figures = [
            figure
            for name in asked.subjects or SUBJECTS
            for figure in SUBJECTS[name](program, QUICK if asked.quick else FULL)
        ]
    print(table(figures))


if __name__ == "__main__":
    main()
