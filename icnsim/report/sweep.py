"""The page of a sweep: the best points, its plots, its points with intervals, its scenario."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from icnsim.numbers import figure
from icnsim.plots import swept
from icnsim.plots.catalogue import OF_A_SWEEP, SIMULATED_AGAIN
from icnsim.plots.chart import Chart
from icnsim.plots.front import LARGER_IS_BETTER, front
from icnsim.plots.lines import lines
from icnsim.plots.qos import DETECTOR
from icnsim.recording.pluggedmetrics import declared
from icnsim.report.common import plots, provenance, scenario_section
from icnsim.report.page import Cell, Page, Section, Table, Text, dense, table
from icnsim.scenario import load
from icnsim.sweeps import best, overview
from icnsim.sweeps.best import Best
from icnsim.sweeps.figures import unit_of
from icnsim.sweeps.sweep import Sweep

MOST_POINTS: Final = 500
NAMED: Final = 3
"""The largest number of points that are named in a list."""


def page(sweep: Sweep) -> Page:
    """Return the page of a sweep whose results are in a folder."""
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
    usual = overview.usual(sweep)
    scenario = load(place / "scenario.yaml", allow_large=True)
    found = list(best.best(sweep, list(dict.fromkeys([*scenario.sweep.metrics, *usual]))))
    opposed = _opposed(found)
    flat = opposed == (None, None) and any(_distinct(sweep, metric) < 2 for metric in swept.usual(sweep))
    skipped = {"lines", *SIMULATED_AGAIN, *(["front"] if flat else [])}
    # The curves of detectors say nothing where every point has the same detector.
    detectors = any(key.startswith(DETECTOR) for key in summary["vary"])
    made: dict[str, Callable[..., Chart]] = {**OF_A_SWEEP, "front": partial(front, x=opposed[0], y=opposed[1])}
    charts: list[tuple[str, Any]] = [
        (kind, partial(make, sweep))
        for kind, make in made.items()
        if kind not in skipped and (kind != "qos" or detectors)
    ]
    varying = [metric for metric in usual if _distinct(sweep, metric) > 1]
    charts += [(f"lines-{number}", partial(lines, sweep, metric)) for number, metric in enumerate(varying)]
    left = [metric for metric in usual if _distinct(sweep, metric) == 1]
    sections = [
        Section("best", "Best points", _best(sweep, found)),
        Section("plots", "Plots", (*plots(charts), *_left_out(sweep, left))),
        Section("points", "Points", (_points(sweep, usual), *_plugged(sweep), *_sensitivity(sweep))),
        scenario_section(scenario),
        provenance(place),
    ]
    return Page(f"{scenario.name}: sweep", answer(sweep, found), facts, (verdict,), tuple(sections))


def _distinct(sweep: Sweep, metric: str) -> int:
    """Return how many different values a figure has at the points of a sweep."""
    column = f"{metric}.estimate"
    return int(sweep.some("aggregate", [column])[column].nunique())


def _opposed(found: Sequence[Best]) -> tuple[str | None, str | None]:
    """Return the first two figures that are best at different points: only these have a trade-off.

    Two times None, for the usual ones, if all figures are best at one point. The plot knows which of the figures are
    better large; it does not draw another figure that is better large.
    """
    known = [each for each in found if each.worse and (each.direction == "higher") == (each.metric in LARGER_IS_BETTER)]
    for place, first in enumerate(known):
        for other in known[place + 1 :]:
            if first.point not in (other.point, *other.equal) and other.point not in first.equal:
                return first.metric, other.metric
    return None, None


def _left_out(sweep: Sweep, metrics: Sequence[str]) -> Iterator[Text]:
    """Yield the figures that have no plot, because they do not vary, each with its value."""
    if metrics and sweep.summary["points"] > 1:
        first = sweep.some("aggregate", [f"{metric}.estimate" for metric in metrics]).bfill().iloc[0]
        told = ", ".join(f"{name} ({figure(float(first[f'{name}.estimate']), unit_of(name))})" for name in metrics)
        yield Text(f"Left out, because they are the same at every point: {told}.")


def answer(sweep: Sweep, found: Sequence[Best]) -> str:
    """Return the decision in a sentence: the best point, the equally good ones, the design's.

    The figure is the first one for which a point is shown to be worse than the best.
    """
    decisive = [each for each in found if each.worse]
    if not decisive:
        runs = sweep.summary["replications"]["most"]
        why = "one replication shows no differences" if runs == 1 else "no difference between points is shown"
        return f"Every point is equally good in the usual figures: {why}."
    first = decisive[0]
    unit = unit_of(first.metric)
    words = [
        f"{first.metric} is best, {figure(float(first.estimates[first.point]), unit)}, at "
        f"{best.settings(sweep, first.point)}",
        _equals(sweep, first),
    ]
    if first.design is not None:
        value = figure(float(first.estimates[first.design]), unit)
        mine = first.design == first.point
        words.append(
            "these are the design's numbers" if mine else f"the design's {best.values(sweep, first.design)} has {value}"
        )
    against = [each for each in decisive[1:] if first.point not in (each.point, *each.equal)]
    if against:
        others = ", ".join(f"{each.metric} at {best.values(sweep, each.point)}" for each in against[:NAMED])
        words.append(f"other figures are better elsewhere: {others}")
    return f"{'; '.join(words)}."


def _equals(sweep: Sweep, each: Best) -> str:
    if not each.equal:
        return "no other point is equally good"
    named = ", ".join(best.values(sweep, point) for point in each.equal[:NAMED])
    more = f" and {len(each.equal) - NAMED} more" if len(each.equal) > NAMED else ""
    return f"not shown to be worse: {named}{more}"


def _best(sweep: Sweep, found: Sequence[Best]) -> tuple[Table, ...]:
    """Return the best point for each figure, with the points that are not shown to be worse."""
    if not found:
        return ()
    rows = (
        (
            each.metric,
            each.direction,
            _figure(each.estimates[each.point], each.metric),
            best.values(sweep, each.point),
            len(each.equal),
            ", ".join(best.values(sweep, point) for point in each.equal[:NAMED]),
            *(() if each.design is None else (_figure(each.estimates[each.design], each.metric), _standing(each))),
        )
        for each in found
    )
    with_design = ("#with the design's numbers", "the design's numbers are") if found[0].design is not None else ()
    where = f"at ({' / '.join(sweep.summary['vary'])})"
    columns = ("figure", "better", "#best value", where, "#equally good points", "such as", *with_design)
    note = (
        "Equally good: in pairs of runs not shown to be worse, at 95 % for all points together (Holm's procedure). "
        "A point that differs by the same amount in each of a few pairs counts neither as worse nor as equally good."
    )
    return (dense(table("The best point for each figure", columns, rows, note)),)


def _figure(value: float, metric: str) -> Cell:
    return Cell(figure(float(value), unit_of(metric)), float(value))


def _standing(each: Best) -> Cell:
    if each.design == each.point:
        return Cell("✓ best")
    return Cell("✓ equally good" if each.design in each.equal else "✗ worse in these runs")


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
    headings = (f"#{key} ({sweep.unit(key)})" if sweep.unit(key) else f"#{key}" for key in keys)
    columns = (*headings, "#runs", *(f"#{metric}{_unit(metric)}" for metric in usual))
    left = sweep.summary["points"] - MOST_POINTS
    more = [f"{left:,} points more are in aggregate.parquet"] if left > 0 else []
    note = ". ".join(
        ["Small: half of the 95 % interval, or its ends", *overview.missing(sweep, usual, MOST_POINTS), *more]
    )
    return table("Every point with the usual figures", columns, rows, f"{note}.")


def _plugged(sweep: Sweep) -> Iterator[Table]:
    """Yield what the figures of plug-ins are, where the runs have any."""
    if sweep.plugged:
        rows = ((name, declared()[name].unit, declared()[name].meaning) for name in sweep.plugged)
        yield table("Figures of plug-ins", ("figure", "unit", "what it is"), rows)


def _key(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _unit(metric: str) -> str:
    unit = unit_of(metric)
    return f" ({unit})" if unit and unit not in ("%", "B") else ""


def _sensitivity(sweep: Sweep) -> list[Table]:
    if sweep.summary["design"] != "saltelli":
        return []
    found = sweep.sensitivity
    shares = [name for name in found.columns if found[name].dtype.kind == "f"]
    rows = (
        [_share(row[name]) if name in shares else row[name] for name in found.columns]
        for row in found.astype("object").to_dict("records")
    )
    columns = [f"#{name}" if name in shares else name for name in found.columns]
    return [table("Sobol' indices: shares of a figure's variance", columns, rows)]


def _share(value: float) -> Any:
    return value if math.isnan(value) else Cell(figure(float(value), "%"), float(value))
