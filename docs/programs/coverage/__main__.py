"""Measures the coverage of every interval and writes the tables of docs/statistics.md."""

import argparse
from typing import Final

from docs.programs.coverage.cases import CASES
from docs.programs.coverage.measuring import Coverage, covered, measured
from docs.programs.coverage.page import PAGE, with_tables

SEEDS: Final = 300


def main() -> None:
    """Measure; print with `--print`, and write the page without it."""
    parser = argparse.ArgumentParser(prog="python -m docs.programs.coverage", description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the coverage within a run and write nothing")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="with --print: the number of runs of each case")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES], help="with --print")
    parser.add_argument("--workers", type=int, default=2, help="the number of processes")
    asked = parser.parse_args()
    if (asked.case or asked.seeds != SEEDS) and not asked.print:
        parser.error("the page takes all cases and seeds; use --print with --case or --seeds")
    cases = [case for case in CASES if not asked.case or case.name in asked.case]
    runs = measured(range(1, asked.seeds + 1), cases, asked.workers)
    if not asked.print:
        PAGE.write_text(with_tables(PAGE.read_text("utf-8"), runs), "utf-8")
        return
    for name, of_case in runs.items():
        for row in covered(name, of_case.found):
            print(line(row))


def line(row: Coverage) -> str:
    """One line of the printed table."""
    low, high = row.bounds
    shown = f"{row.share:7.1%} [{low:.0%}, {high:.0%}]  width x{row.width:5.2f}" if row.intervals else f"{'none':>7}"
    missing = row.seeds - row.intervals
    why = f"  {missing} of {row.seeds} without an interval: {row.why}" if missing else ""
    return f"{row.case:14} {row.figure:36} {row.truth:12.6g} {shown}{why}"


if __name__ == "__main__":
    main()
