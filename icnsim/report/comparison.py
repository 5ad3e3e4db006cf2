"""The page of a comparison: which figures are better and worse in B, how the scenarios differ, every figure."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from icnsim import typed
from icnsim.numbers import UNKNOWN, brief, figure, share_difference, signed
from icnsim.plots.chart import Axis, Chart, Layer, Marker, Points, Rule
from icnsim.report.page import Cell, Page, Plot, Section, Table, table
from icnsim.scenario import units
from icnsim.statistics.verdicts import Verdict
from icnsim.sweeps.comparison import WHY_UNKNOWN, Comparison
from icnsim.sweeps.differences import ABSENT
from icnsim.sweeps.figures import names, unit_of
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
"""Figures of the plot, and those that are named first."""
MOST_PAIRS: Final = 20
NAMED: Final = 3
"""The largest number of figures that the first sentence names for each verdict."""
LABEL_KEYS: Final = 2
"""The largest number of differing keys by which A and B are named."""
MARKS: Final[Mapping[str, str]] = {
    Verdict.BETTER: "✓ better",
    Verdict.WORSE: "✗ worse",
    Verdict.DIFFERENT: "≠ different",
    Verdict.EQUIVALENT: "≈ equivalent",
    Verdict.SAME: "= same",
    Verdict.UNDECIDED: "? undecided",
}
DECIDED: Final = (Verdict.BETTER, Verdict.WORSE, Verdict.DIFFERENT)
DRAWN: Final[tuple[tuple[str, str, Marker, tuple[Verdict, ...]], ...]] = (
    ("B is better", "good", "disc", (Verdict.BETTER,)),
    ("B is worse", "bad", "diamond", (Verdict.WORSE,)),
    ("B is different", "simulated", "ring", (Verdict.DIFFERENT,)),
)
"""For each kind of point: its name, role and marker, and the verdicts that it has; any other verdict is not shown."""
Row = Mapping[str, Any]


def page(comparison: Comparison) -> Page:
    """Build the page of a comparison."""
    a, b = labels(comparison)
    scenarios = (comparison.a.scenario.name, comparison.b.scenario.name)
    title = f"{scenarios[0]}: {a} and {b}" if scenarios[0] == scenarios[1] else f"{scenarios[0]} and {scenarios[1]}"
    facts = (
        ("A", f"{a}: {comparison.a.title}"),
        ("B", f"{b}: {comparison.b.title}"),
        ("pairs of points", f"{len(comparison.points):,}"),
    )
    differences = table(
        "Keys in which the scenarios differ",
        ("key", "A", "B"),
        ((each.key, _shown(each.a), _shown(each.b)) for each in comparison.differences),
    )
    rows = _rows(comparison)
    sections = (
        Section("differs", "Differences", (differences,)),
        Section("plots", "Plots", tuple(Plot("differences", chart) for chart in _charts(comparison, rows))),
        Section("figures", "Figures", tuple(_tables(comparison, rows))),
    )
    return Page(title, answer(comparison, rows), facts, tuple(_verdicts(comparison)), sections)


def labels(comparison: Comparison) -> tuple[str, str]:
    """Return names of A and B: the values of the keys that differ, or their folders if no key differs."""
    found = comparison.differences
    if not found:
        return Path(comparison.a.title).name, Path(comparison.b.title).name
    left = len(found) - LABEL_KEYS
    more = f" and {left} more key{'s' if left > 1 else ''}" if left > 0 else ""
    first = found[:LABEL_KEYS]
    sides = [[(each.key, each.a) for each in first], [(each.key, each.b) for each in first]]
    a, b = (", ".join(f"{key}={_shown(value)}" for key, value in side) for side in sides)
    return f"{a}{more}", f"{b}{more}"


def answer(comparison: Comparison, rows: Iterable[Row]) -> str:
    """Return in a sentence in which figures B is better and in which it is worse."""
    a, b = labels(comparison)
    decided: dict[str, list[Row]] = {verdict: [] for verdict in (Verdict.BETTER, Verdict.WORSE)}
    count = 0
    for row in rows:
        count += 1
        if row["verdict"] in decided:
            decided[row["verdict"]].append(row)
    words = [f"is {verdict} than A in {_named(found)}" for verdict, found in decided.items() if found]
    if not words:
        runs = "; one pair of runs shows no difference" if comparison.table["n"].max() < 2 else ""
        return f"B ({b}) is not shown to be better or worse than A ({a}) in any of {count:,} figures{runs}."
    return f"B ({b}) {' and '.join(words)}; A has {a}."


def _named(rows: list[Row]) -> str:
    """Return how many figures these are, with the usual ones by name."""
    known = {metric: place for place, metric in enumerate(SHOWN)}
    usual = sorted((row for row in rows if row["metric"] in known), key=lambda row: known[row["metric"]])
    # Of several pairs of points, each figure is named once.
    told = list(dict.fromkeys(_change(row) for row in (usual or rows)))[:NAMED]
    count = f"{len(rows):,} figures" if len(rows) > 1 else "1 figure"
    return f"{count} ({', '.join(told)}{' …' if len(rows) > len(told) else ''})"


def _change(row: Row) -> str:
    if unit_of(row["metric"]) == "%":  # a share of a share would be taken for percentage points
        points = share_difference(float(row["difference"]))
        return f"{row['metric']} {points if points.startswith('-') else f'+{points}'}"
    share = f" {signed(_relative(row, 'difference'), '%')}" if row["mean_a"] else ""
    return f"{row['metric']}{share}"


def _verdicts(comparison: Comparison) -> Iterable[tuple[bool, str]]:
    failed = comparison.failed
    yield not failed, f"{failed:,} runs failed" if failed else "every run ended"
    for letter, side in (("A", comparison.a), ("B", comparison.b)):
        if side.caution:
            yield False, f"{letter}: {side.caution}"
    for letter, of_b in (("A", False), ("B", True)):
        words = comparison.unfinished(of_b=of_b)
        if words is not None:
            yield False, f"{letter}: {words}"


def _shown(value: Any) -> str:
    return "–" if value is ABSENT else units.shortened(typed.value(value))


def _rows(comparison: Comparison) -> list[Row]:
    """Return the figures of the first pairs of points that both sides have; closed forms depend on no chance.

    The usual figures are one family of verdicts, and all others are another. In a single family of some hundred
    figures, many more runs would be needed to show anything of the few that a reader looks at.
    """
    frame = comparison.table
    frame = frame[(frame["n"] > 0) & frame["point_a"].isin(frame["point_a"].unique()[:MOST_PAIRS])]
    usual = [metric for metric in SHOWN if metric in names()]
    others = [name for name in names() if name not in usual and not name.startswith("predicted.")]
    families = (comparison.judged(usual), comparison.judged(others))
    place = {name: number for number, name in enumerate(names())}
    pairs = {points: number for number, points in enumerate(comparison.points)}
    found: list[Row] = []
    for row in frame.astype("object").to_dict("records"):
        if row["metric"].startswith("predicted."):
            continue
        of_pair = families[row["metric"] not in usual][pairs[row["point_a"], row["point_b"]]]
        at = place[row["metric"]]
        found.append({**row, "verdict": of_pair.verdicts[at], "p_adjusted": float(of_pair.p_adjusted[at])})
    return found


def _tables(comparison: Comparison, rows: list[Row]) -> Iterable[Table]:
    """Yield the usual figures, the others that differ, and the rest, each with its unit and the verdict on B."""
    known = {metric: place for place, metric in enumerate(SHOWN)}
    order = sorted(rows, key=lambda row: known.get(row["metric"], len(known)))  # stable: points stay in their order
    others = [row for row in order if row["metric"] not in known]
    keys = comparison.keys
    a, b = labels(comparison)
    columns = (
        "figure", *keys, "B is", f"#A, {a}", f"#B, {b}", "#B - A, with its 95 % interval", "#p adjusted", "#δ",
        "#variance reduction", "#pairs",
    )  # fmt: skip
    note = (
        "B is better, worse or different at 95 % for all figures of its family together (Holm's procedure): the usual "
        "figures are one family, all others are another. The intervals are those of each figure alone. B is equivalent "
        f"if A and B are shown to be no more than δ apart. Marked: B is worse. {WHY_UNKNOWN}."
    )
    for title, chosen in (
        ("Usual figures", [row for row in order if row["metric"] in known]),
        ("Other figures that differ", [row for row in others if row["verdict"] in DECIDED]),
        ("Other figures, equivalent or not shown to differ", [row for row in others if row["verdict"] not in DECIDED]),
    ):
        yield table(f"{title}: {len(chosen):,}", columns, (_cells(row, keys) for row in chosen), note)


def _cells(row: Row, keys: tuple[str, ...]) -> Iterable[Any]:
    metric = row["metric"]
    unit = unit_of(metric)
    yield Cell(metric, mark=row["verdict"] == Verdict.WORSE)
    yield from (Cell(key_value(row[key])) for key in keys)
    yield "–" if row["verdict"] is None else MARKS[row["verdict"]]
    for name in ("mean_a", "mean_b"):
        yield Cell(figure(float(row[name]), unit), float(row[name]))
    yield _difference(row, unit)
    yield _probability(row["p_adjusted"])
    yield "–" if math.isnan(row["delta"]) else Cell(_points(row["delta"], unit), float(row["delta"]))
    yield _reduction(row)
    yield row["n"]


def _difference(row: Row, unit: str) -> Cell:
    low, high = row["ci95_low"], row["ci95_high"]
    interval = (
        "" if math.isnan(low) or row["verdict"] == Verdict.SAME else f"[{_points(low, unit)}, {_points(high, unit)}]"
    )
    return Cell(_points(row["difference"], unit), float(row["difference"]), interval)


def _reduction(row: Row) -> Any:
    """Return the variance reduction with its interval."""
    value, low, high = (float(row[f"variance_reduction{end}"]) for end in ("", "_low", "_high"))
    if math.isnan(value):
        return "–"
    between = UNKNOWN if math.isnan(low) else f"[{brief(low)}, {brief(high)}]"
    return Cell(f"{brief(value)} ×", value, between)


def _probability(p: float) -> Any:
    """Return a p-value: below 0.001 its size says nothing more."""
    return p if math.isnan(p) else Cell("< 0.001" if p < 0.001 else brief(p), p)


def _points(value: float, unit: str) -> str:
    """Return a difference with its unit; of shares in percentage points."""
    return share_difference(float(value)) if unit == "%" else figure(float(value), unit)


def _charts(comparison: Comparison, rows: list[Row]) -> list[Chart]:
    """Return the relative differences of the usual figures of the first pair of points, where they have one."""
    first = [row for row in rows if (row["point_a"], row["point_b"]) == (rows[0]["point_a"], rows[0]["point_b"])]
    known = {row["metric"]: row for row in first}
    found = [known[metric] for metric in SHOWN if metric in known and known[metric]["mean_a"]]
    found = [row for row in found if not math.isnan(row["difference"])]
    if not found:
        return []
    layers: list[Layer] = []
    others = [row for row in found if row["verdict"] not in DECIDED]
    for name, role, marker, verdicts in (*DRAWN, ("equivalent, or not shown to differ", "muted", "cross", ())):
        chosen = others if not verdicts else [row for row in found if row["verdict"] in verdicts]
        if chosen:
            layers.append(_layer(name, role, marker, chosen, [found.index(row) for row in chosen]))
    layers.append(Rule("no difference", "ink", "x", 0.0))
    counts = {verdict: sum(row["verdict"] == verdict for row in found) for verdict in (Verdict.BETTER, Verdict.WORSE)}
    _, b = labels(comparison)
    better, worse = (counts[verdict] for verdict in (Verdict.BETTER, Verdict.WORSE))
    title = f"B, {b}, is better in {better} and worse in {worse} of {len(found)} usual figures"
    note = "bars: 95 % intervals of each figure alone" + (
        "; of the first pair of points" if len(comparison.points) > 1 else ""
    )
    alt = f"Relative differences of B from A: {'; '.join(_text(row) for row in found)}."
    lanes = Axis("figure", categories=tuple(row["metric"] for row in found))
    return [Chart(title, Axis("difference", "% of A"), lanes, tuple(layers), alt, note)]


def _layer(name: str, role: str, marker: Marker, rows: list[Row], lanes: list[int]) -> Points:
    x, low, high = (
        100 * np.array([_relative(row, end) for row in rows]) for end in ("difference", "ci95_low", "ci95_high")
    )
    low, high = np.where(np.isnan(low), x, low), np.where(np.isnan(high), x, high)
    texts = tuple(map(_text, rows))
    return Points(name, role, x, np.array(lanes, dtype=np.float64), low, high, "x", texts=texts, marker=marker)


def _relative(row: Row, end: str) -> float:
    return float(row[end] / abs(row["mean_a"]))


def _text(row: Row) -> str:
    low, high = _relative(row, "ci95_low"), _relative(row, "ci95_high")
    interval = (
        "" if math.isnan(low) or row["verdict"] == Verdict.SAME else f" [{signed(low, '%')}, {signed(high, '%')}]"
    )
    return f"{row['metric']}: {signed(_relative(row, 'difference'), '%')}{interval}"
