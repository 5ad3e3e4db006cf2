"""`python -m icnsim.coverage`: measure the coverage of every interval, print it, and write docs/statistics.md."""

import argparse

from icnsim.coverage.cases import CASES
from icnsim.coverage.measuring import Coverage, covered, measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m icnsim.coverage", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="the number of runs of each case; 300 if left out")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES], help="only this case")
    parser.add_argument("--workers", type=int, default=2, help="processes; 2 if left out")
    asked = parser.parse_args()
    cases = [case for case in CASES if not asked.case or case.name in asked.case]
    for name, runs in measured(range(1, asked.seeds + 1), cases, asked.workers).items():
        for row in covered(name, runs.found):
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
