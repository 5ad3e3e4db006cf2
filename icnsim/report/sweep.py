"""The page of a sweep: its points with intervals, its plots, its scenario."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from icnsim.plots.catalogue import OF_A_SWEEP
from icnsim.plots.lines import lines
from icnsim.report.common import plots, provenance, scenario_section
from icnsim.report.page import Cell, Page, Section, Table, table
from icnsim.scenario import load
from icnsim.sweeps import overview
from icnsim.sweeps.figures import unit_of
from icnsim.sweeps.sweep import Sweep

MOST_POINTS: Final = 500


def page(sweep: Sweep) -> Page:
    """What a reader asks of a sweep."""
    summary = sweep.summary
    place = sweep.folder
    assert place is not None
    failed = int(sweep.some("aggregate", ["failed"])["failed"].sum())
    least, most = summary["replications"]["least"], summary["replications"]["most"]
    facts = (
        ("points", f"{summary['points']:,}"),
        ("design", summary["design"]),
        ("replications", f"{least:,}" if least == most else f"{least:,} to {most:,}"),
        ("runs", f"{summary['runs']:,}"),
        ("sweep", summary["sweep_id"]),
        ("icnsim", summary["version"]),
    )
    verdict = (not failed, f"{failed:,} runs failed" if failed else "every run ended")
    charts: list[tuple[str, Any]] = [
        (kind, partial(make, sweep)) for kind, make in OF_A_SWEEP.items() if kind != "lines"
    ]
    usual = overview.usual(sweep)
    charts += [(f"lines-{number}", partial(lines, sweep, metric)) for number, metric in enumerate(usual)]
    scenario = load(place / "scenario.yaml", allow_large=True)
    sections = [
        Section("points", "Points", (_points(sweep, usual), *_sensitivity(sweep))),
        Section("plots", "Plots", plots(charts)),
        scenario_section(scenario),
        provenance(place),
    ]
    return Page(f"{scenario.name}: sweep", scenario.description, facts, (verdict,), tuple(sections))


def _points(sweep: Sweep, usual: Sequence[str]) -> Table:
    keys = list(sweep.summary["vary"])
    statistics = ("estimate", "ci95_low", "ci95_high")
    wanted = [f"{metric}.{name}" for metric in usual for name in statistics]
    frame = sweep.some("aggregate", [*keys, "replications", "failed", *wanted], MOST_POINTS)
    told = overview.rows(sweep, usual, MOST_POINTS)
    rows = (
        (
            *(Cell(each[key], _key(row[key])) for key in keys),
            row["replications"],
            *(Cell(each[metric][0], overview.number(row[f"{metric}.estimate"]), each[metric][1]) for metric in usual),
        )
        for each, row in zip(told, frame.to_dict("records"), strict=True)
    )
    columns = (*(f"#{key}" for key in keys), "#runs", *(f"#{metric}{_unit(metric)}" for metric in usual))
    left = sweep.summary["points"] - MOST_POINTS
    more = [f"{left:,} points more are in aggregate.parquet"] if left > 0 else []
    note = ". ".join(
        ["Small: half of the 95 % interval, or its ends", *overview.missing(sweep, usual, MOST_POINTS), *more]
    )
    return table("Every point with the usual figures", columns, rows, f"{note}.")


def _key(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _unit(metric: str) -> str:
    unit = unit_of(metric)
    return f" ({unit})" if unit and unit not in ("%", "B") else ""


def _sensitivity(sweep: Sweep) -> list[Table]:
    if sweep.summary["design"] != "saltelli":
        return []
    found = sweep.sensitivity
    columns = [name if found[name].dtype.kind not in "if" else f"#{name}" for name in found.columns]
    return [
        table("Sobol' indices: shares of a figure's variance", columns, found.astype("object").itertuples(index=False))
    ]
