"""The effect of each key of a sweep on a figure: the figure's range, or the share of its variance."""

import math
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from icnsim.errors import ResultsError
from icnsim.numbers import figure, scaled
from icnsim.plots.chart import Axis, Chart, Floats, Layer, Points, Rule, Spans
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import Measure, levels, measure, usual


def tornado(sweep: SweepResult, metric: str | None = None) -> Chart:
    """The effect of each key on a figure: the range when one key varies, or Sobol' indices. The largest is on top.

    Parameters
    ----------
    metric : the figure. A sweep of the design one-at-a-time shows its range over each key's values, one of
        the design saltelli the shares of its variance.

    Raises
    ------
    ResultsError : there is no such figure, or the sweep has another design.
    """
    design = sweep.summary["design"]
    if design == "one-at-a-time":
        return _ranges(sweep, metric or usual(sweep)[0])
    if design == "saltelli":
        return _indices(sweep, metric or usual(sweep)[0])
    raise ResultsError(f"this sweep has the design {design}; a tornado needs one-at-a-time or saltelli")


def _ranges(sweep: SweepResult, metric: str) -> Chart:
    found = measure(sweep, metric)
    base = float(found.values[0])  # the design begins with the scenario's own point
    own = [] if math.isnan(base) else [base]
    rows = []
    for key in sweep.summary["vary"]:
        at = levels(sweep, key)
        varied = np.flatnonzero(at.values != at.values[0])
        if not len(varied) or np.isnan(found.values[varied]).all():
            continue
        ends = [varied[np.nanargmin(found.values[varied])], varied[np.nanargmax(found.values[varied])]]
        values = [*own, *found.values[ends].tolist()]
        low, high = min(values), max(values)
        texts = [f"{key} {at.text_of(at.values[end])}: {scaled(found.values[end], found.unit)}" for end in ends]
        rows.append((high - low, key, low, high, ends, texts))
    rows.sort(key=lambda row: (-row[0], row[1]))
    lanes = np.arange(len(rows), dtype=np.float64)
    low, high = (np.array([row[place] for row in rows], dtype=np.float64) for place in (2, 3))
    layers: list[Layer] = [
        Spans("range", "running", lanes, low, high, tuple("; ".join(row[5]) for row in rows)),
        *(_ends(name, role, marker, found, rows, place) for place, (name, role, marker) in enumerate(_ENDS)),
        *(Rule(f"the scenario's own, {scaled(at, found.unit)}", "predicted", "x", at) for at in own),
    ]  # fmt: skip
    there = scaled(base, found.unit) if own else "without a value"
    alt = f"{metric}, {there} at the scenario's own point: " + "; ".join(", ".join(row[5]) for row in rows)
    lane_axis = Axis("key", categories=tuple(row[1] for row in rows))
    most = f" depends most on {rows[0][1]}" if rows and rows[0][0] else " does not depend on any key that varies"
    title = f"{sweep.summary['scenario']}: {metric}{most}"
    return Chart(title, found.axis, lane_axis, tuple(layers), f"{alt}.")


def _ends(
    name: str, role: str, marker: Literal["diamond", "disc"], found: Measure, rows: list[Any], place: int
) -> Points:
    """The point of each row at which the figure is least, or largest."""
    at = np.array([row[4][place] for row in rows], dtype=np.int64)
    texts = tuple(row[5][place] for row in rows)
    lanes = np.arange(len(rows), dtype=np.float64)
    return Points(name, role, found.values[at], lanes, found.low[at], found.high[at], "x", texts=texts, marker=marker)


def _indices(sweep: SweepResult, metric: str) -> Chart:
    frame = sweep.some("sensitivity", ["metric", "key", "reason", "noise", *_COLUMNS])
    rows = frame[frame["metric"] == metric]
    if rows.empty or rows["reason"].notna().any():
        why = "there is no such figure" if rows.empty else str(rows["reason"].iloc[0])
        raise ResultsError(f"{metric} has no indices: {why}")
    rows = rows.sort_values(["total_order", "key"], ascending=[False, True])
    values = {name: 100 * rows[name].to_numpy(np.float64) for name in _COLUMNS}
    keys = rows["key"].tolist()
    layers = tuple(_share(keys, values, each) for each in _ORDERS)
    words = "; ".join(
        f"{key} {scaled(alone, '%')} alone, {scaled(total, '%')} with its interactions"
        for key, alone, total in zip(rows["key"], values["first_order"], values["total_order"], strict=True)
    )
    share = Axis("share of the variance that it causes", "%")
    title = f"{sweep.summary['scenario']}: {metric} depends most on {keys[0]}"
    note = (
        f"bars: 95 % intervals; chance, {figure(float(rows['noise'].iloc[0]), '%')} of the points' variance, is removed"
    )
    return Chart(
        title,
        share,
        Axis("key", categories=tuple(rows["key"])),
        layers,
        f"Shares of the variance of {metric}: {words}.",
        note,
    )


def _share(keys: list[str], values: dict[str, Floats], order: "_Order") -> Points:
    middle, low, high = (values[f"{order.column}{end}"] for end in ("", "_low", "_high"))
    texts = tuple(f"{key}, {order.name}: {scaled(share, '%')}" for key, share in zip(keys, middle, strict=True))
    lanes: Floats = np.arange(len(keys), dtype=np.float64) + order.shift
    return Points(order.name, order.role, middle, lanes, low, high, "x", texts=texts, marker=order.marker)


class _Order(NamedTuple):
    """The appearance of one kind of index."""

    name: str
    column: str
    role: str
    marker: Literal["diamond", "disc"]
    shift: float


_ORDERS: Final = (
    _Order("alone", "first_order", "simulated", "disc", -0.12),
    _Order("with its interactions", "total_order", "bad", "diamond", 0.12),
)
_ENDS: Final[tuple[tuple[str, str, Literal["diamond", "disc"]], ...]] = (
    ("least value, with 95 % interval", "simulated", "diamond"),
    ("largest value, with 95 % interval", "bad", "disc"),
)
_COLUMNS: Final = tuple(f"{order}_order{end}" for order in ("first", "total") for end in ("", "_low", "_high"))
