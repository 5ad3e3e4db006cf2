"""The performance table: ``python -m benchmarks [--quick] [GROUP…]``.

Every row compares contestants that are measured side by side in one run, in turn, each in a process of its own; a
figure is the median of five. The groups are those of `benchmarks.rows`. All of them take about an hour; `ciw` and
`salabim` need the extra `bench`, the C++ program needs g++ or clang++. `--quick` takes fewer rounds, leaves the largest
runs out and keeps nothing. Otherwise each group's table is kept in `benchmarks/results`, and the page
`docs/benchmarks.md` is made from these tables.
"""

import argparse
import json
import os
import platform
import time
from dataclasses import asdict

from benchmarks.page import RESULTS, write
from benchmarks.rows import GROUPS, Row


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the rows of the table.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"one of {', '.join(GROUPS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller runs; nothing is kept")
    parser.add_argument("--page", action="store_true", help="measure nothing; make the page from the kept tables")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.groups if name not in GROUPS]
    if unknown:
        parser.error(f"no group {unknown[0]!r}: one of {', '.join(GROUPS)}")
    if not chosen.page:
        for name in chosen.groups or GROUPS:
            rows = []
            for row in GROUPS[name](quick=chosen.quick):
                show(row)
                rows.append(row)
            if not chosen.quick:
                keep(name, rows)
    if not chosen.quick:
        write()


def show(row: Row) -> None:
    """Print a row."""
    against = f" against {row.against}" if row.against else ""
    verdict = "met" if row.met else "MISSED"
    print(f"{row.ratio:8.3f}  {row.wanted:13} {verdict:7} {row.measure}{against}: {row.detail}", flush=True)


def keep(name: str, rows: list[Row]) -> None:
    """Keep the table of a group."""
    document = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "rows": [asdict(row) for row in rows],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
