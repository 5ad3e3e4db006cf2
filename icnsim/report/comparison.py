"""The page of a comparison: how two scenarios differ, and how their figures differ."""

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np

from icnsim.analysis.intervals import LEVEL
from icnsim.plots.chart import Axis, Chart, Points, Rule
from icnsim.report.page import Cell, Page, Plot, Section, table
from icnsim.sweeps.comparison import Comparison
from icnsim.sweeps.differences import ABSENT
from icnsim.sweeps.overview import OF_TASKS, USUAL, key_value

SHOWN: Final = (
    *USUAL,
    "migration_duration.mean",
    "migration_total.mean",
    "downtime.mean",
    "records.peak",
    *OF_TASKS,
    "messages.sent",
)
"""Figures of the plot."""
MOST_PAIRS: Final = 20
COLUMNS: Final = {
    "mean_a": "#A", "mean_b": "#B", "difference": "#B - A", "ci95_low": "#95 % from", "ci95_high": "#to",
    "p_adjusted": "#p adjusted", "delta": "#δ", "verdict": "verdict on B", "variance_reduction": "#variance reduction",
    "variance_reduction_low": "#95 % from", "variance_reduction_high": "#to",
}  # fmt: skip
"""Columns of the table of figures, and their headings."""


def page(comparison: Comparison) -> Page:
    """Build the page of a comparison."""
    a, b = comparison.a.title, comparison.b.title
    title = f"{_name(a)} and {_name(b)}" if _name(a) != _name(b) else f"{_name(a)}, two results"
    facts = (("A", a), ("B", b), ("pairs of points", f"{len(comparison.points):,}"))
    failed = comparison.failed
    verdict = (not failed, f"{failed:,} runs failed" if failed else "every run ended")
    still_open = [(letter, comparison.unfinished(of_b=of_b)) for letter, of_b in (("A", False), ("B", True))]
    verdicts = (verdict, *((False, f"{letter}: {words}") for letter, words in still_open if words is not None))
    differences = table(
        "Keys in which the scenarios differ",
        ("key", "A", "B"),
        ((each.key, _shown(each.a), _shown(each.b)) for each in comparison.differences),
    )
    sections = (
        Section("differs", "What differs", (differences,)),
        Section("plots", "Plots", tuple(Plot("differences", chart) for chart in _charts(comparison))),
        Section("figures", "Figures", (_figures(comparison),)),
    )
    return Page(title, "B compared with A, replication by replication.", facts, verdicts, sections)


def _name(title: str) -> str:
    """The scenario's, of the folder of its results: results/NAME/ID."""
    return Path(title).parent.name or title


def _shown(value: Any) -> str:
    return "–" if value is ABSENT else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _figures(comparison: Comparison) -> Any:
    keys = comparison.keys
    frame = comparison.table
    frame = frame[(frame["n"] > 0) & frame["point_a"].isin(frame["point_a"].unique()[:MOST_PAIRS])]
    rows = (
        (
            *(Cell(key_value(row[key])) for key in keys),
            Cell(row["metric"], mark=row["p_adjusted"] <= 1 - LEVEL),
            row["n"],
            *(row[name] for name in COLUMNS),
        )
        for row in frame.astype("object").to_dict("records")
    )
    columns = (*keys, "figure", "#n", *COLUMNS.values())
    note = (
        "Marked: the figure differs at 95 % for all figures together (Holm's procedure). The intervals are those of "
        "each figure alone. The verdict on B is equivalent if A and B are shown to be no more than δ apart."
    )
    return table("Every figure, paired by replication", columns, rows, note)


def _charts(comparison: Comparison) -> list[Chart]:
    """The relative differences of the usual figures of the first pair of points, where they have one."""
    frame = comparison.table
    first = frame[(frame["point_a"] == frame["point_a"].iloc[0]) & (frame["point_b"] == frame["point_b"].iloc[0])]
    known = {row["metric"]: row for row in first.to_dict("records")}
    found = []
    for metric in SHOWN:
        row = known.get(metric)
        if row is not None and row["mean_a"] and not math.isnan(row["difference"]):
            scale = 100 / abs(row["mean_a"])
            found.append((metric, *(row[name] * scale for name in ("difference", "ci95_low", "ci95_high"))))
    if not found:
        return []
    names, middle, low, high = zip(*found, strict=True)
    x, least, most = (np.array(each, dtype=np.float64) for each in (middle, low, high))
    sure = not np.isnan(least).any()  # one replication has no interval
    texts = tuple(f"{name}: {d:+.3g} %" + (f" [{lo:+.3g}, {hi:+.3g}]" if sure else "") for name, d, lo, hi in found)
    points = Points(
        f"B - A{', with 95 % interval' if sure else ''}", "simulated", x, np.arange(len(names), dtype=np.float64),
        texts=texts, low=least if sure else None, high=most if sure else None, spread="x",
    )  # fmt: skip
    return [
        Chart(
            f"{_name(comparison.b.title)} against {_name(comparison.a.title)}",
            Axis("difference", "% of A"),
            Axis("figure", categories=tuple(names)),
            (points, Rule("no difference", "ink", "x", 0.0)),
            f"Relative differences of B from A: {'; '.join(texts)}.",
        )
    ]
