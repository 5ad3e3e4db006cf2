"""The table of a comparison: a row for each figure with A, B, their difference and the verdict."""

import math
import sys
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from icnsim.analysis.figures import better
from icnsim.cli.document import print_document
from icnsim.cli.fitting import print_table
from icnsim.cli.sweeptable import WIDE
from icnsim.cli.terminal import Terminal
from icnsim.errors import printable
from icnsim.numbers import NONE, UNKNOWN, brief, figure, share_difference
from icnsim.scenario.loading import shown
from icnsim.statistics.intervals import LEVEL
from icnsim.statistics.paired import Paired
from icnsim.statistics.verdicts import Judged, Verdict
from icnsim.sweeps.comparison import WHY_UNKNOWN, Comparison
from icnsim.sweeps.differences import ABSENT
from icnsim.sweeps.figures import names, unit_of
from icnsim.sweeps.overview import OF_TASKS, USUAL, key_value, number
from icnsim.sweeps.sides import Side

PAIRS: Final = 10
"""The largest number of pairs of points that are printed; the JSON has all."""
NARROW: Final = 100
"""The width of a terminal below which the names of figures take two lines."""
MOST_KEYS: Final = 10
"""The largest number of differing keys that are printed."""
ROUNDING: Final = 1e-12
"""A difference below this share of the two means is a rounding error and is printed as 0."""


def show(comparison: Comparison, metrics: Sequence[str]) -> None:
    """Prints the keys that differ, a row for each figure, the omitted points, and the identities of both sides."""
    console = Terminal(width=None if sys.stdout.isatty() else WIDE)
    scenarios = [side.scenario if side.plan is None else side.plan.scenario for side in (comparison.a, comparison.b)]
    asked = [metric for scenario in scenarios for metric in scenario.sweep.metrics]  # a point's own has no sweep
    submitted = all(scenario.submissions is not None for scenario in scenarios)
    migrating = any(scenario.migrates for scenario in scenarios)
    usual = (*(USUAL if migrating else ()), *(OF_TASKS if submitted else ()))
    chosen = list(dict.fromkeys(metrics or asked or usual))
    for line in _header(comparison):
        console.print(Text(printable(line)), soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for key in comparison.keys:
        table.add_column(Text(printable(key).replace(".", "\n.")), justify="right", overflow="fold")
    table.add_column("figure", no_wrap=True)
    for title in ("pairs", "A", "B", "B - A, ± 95 %", "differs", "B is", "variance\nreduction"):
        table.add_column(title, justify="right", overflow="fold")
    judged = comparison.judged(chosen)
    for pair, found in enumerate(comparison.paired[:PAIRS]):
        for row, metric in enumerate(chosen):
            values = [Text(key_value(value)) if not row else Text() for value in comparison.values(pair)]
            figure_name = metric.replace(".", "\n.") if console.width < NARROW else metric
            table.add_row(
                *values, figure_name, *_cells(found, judged[pair], metric), end_section=row == len(chosen) - 1
            )
    print_table(console, table)
    for line in (*_footer(comparison, chosen), *_identities(comparison)):
        console.print(Text(printable(line)), soft_wrap=True)


def _header(comparison: Comparison) -> Iterator[str]:
    a, b, differences = comparison.a.title, comparison.b.title, comparison.differences
    yield f"B ({b}) differs from A ({a}) in:" if differences else f"A ({a}) and B ({b}) are the same scenario"
    for key, of_a, of_b in differences[:MOST_KEYS]:
        yield f"   {key}: {_written(of_a)} → {_written(of_b)}"
    if len(differences) > MOST_KEYS:
        yield f"   and {len(differences) - MOST_KEYS:,} more keys"
    if comparison.a.version != comparison.b.version:
        yield (
            f"A is from icnsim {comparison.a.version}, B from {comparison.b.version}: the same seed may give other "
            "random draws in another version, so figures may differ because of the version alone"
        )
    for side in (comparison.a, comparison.b):
        if side.caution:
            yield f"{side.title}: {side.caution}"


def _identities(comparison: Comparison) -> Iterator[str]:
    """Yields what each side is, with the hash by which its results are found."""
    for letter, side in (("A", comparison.a), ("B", comparison.b)):
        points = "" if len(side.points) == 1 else f", {len(side.points):,} points"
        yield f"{letter}: {side.title}: {side.scenario.name}, {side.identity}{points}"


def _written(value: Any) -> str:
    return repr(value) if value is ABSENT else value if isinstance(value, str) and value else shown(value)


def _cells(found: Paired, judged: Judged, metric: str) -> list[str]:
    """Returns the numbers of one figure of one pair of points."""
    place, unit = names().index(metric), unit_of(metric)
    row = Paired(*(column[place] for column in found))
    verdict = judged.verdicts[place]
    differs = judged.p_adjusted[place] <= 1 - LEVEL  # NaN for figures that are the same in all pairs
    return [
        f"{row.n:,}",
        *(figure(number(float(mean)), unit) for mean in (row.mean_a, row.mean_b)),
        _difference(row, unit),
        "-" if verdict is None else "yes" if differs else "no",
        "-" if verdict is None else str(verdict),
        _reduction(*map(float, (row.variance_reduction, row.reduction_low, row.reduction_high))),
    ]


def _reduction(middle: float, low: float, high: float) -> str:
    """Returns a variance reduction with its interval."""
    if math.isnan(middle):
        return "-"
    text, *ends = map(brief, (middle, low, high))
    return f"{text} × {UNKNOWN}" if math.isnan(low) else f"{text} × [{ends[0]}, {ends[1]}]"


def _difference(row: Paired, unit: str) -> str:
    """Returns a difference with its sign and its interval, if it exists. Shares differ in percentage points."""
    middle, half = float(row.difference), float(row.high - row.low) / 2
    if math.isnan(middle):
        return NONE
    if abs(middle) < ROUNDING * max(abs(float(row.mean_a)), abs(float(row.mean_b))):
        middle = 0.0
    form = share_difference if unit == "%" else partial(figure, unit=unit)
    text = ("+" if middle > 0 else "") + form(middle)
    if math.isnan(half):
        return text
    number, _, own = text.partition(" ")
    width = form(half, scale_of=middle or None)
    return f"{number} ± {width}" if own == width.partition(" ")[2] else f"{text} ± {width}"


def _footer(comparison: Comparison, chosen: list[str]) -> Iterator[str]:
    more = len(comparison.paired) - PAIRS
    if more > 0:
        yield f"and {more:,} more pairs of points; --json has all"
    for letter, of_b in (("A", False), ("B", True)):
        if (still_open := comparison.unfinished(of_b=of_b)) is not None:
            yield f"{letter}: {still_open}"
    yield from _left_out("A", comparison, 0)
    yield from _left_out("B", comparison, 1)
    places = [names().index(metric) for metric in chosen]
    yield from _without_verdict(comparison, chosen, places)
    judged = comparison.judged(chosen)
    reductions = [
        (found.variance_reduction[places], found.reduction_low[places]) for found in comparison.paired[:PAIRS]
    ]
    if any((np.isnan(low) & ~np.isnan(value)).any() for value, low in reductions):
        yield WHY_UNKNOWN
    if all(found.n[place] < 2 for found in comparison.paired for place in places):
        yield "an interval needs at least two pairs: set --replications for scenario files"
        return
    family = sum(int((~np.isnan(each.p_adjusted[places])).sum()) for each in judged)
    together = "the figure" if family == 1 else f"all {family} figures together, by Holm"
    own = "".join(f", {name}={margin.written}" for name, margin in comparison.margins.own.items() if name in chosen)
    if any(each.verdicts[place] is Verdict.SAME for each in judged for place in places):
        yield "same: no pair differs; this is a count and not a test"
    if not family:
        return
    yield f'± is the 95 % interval of each figure alone; "differs" and "B is" hold at 95 % for {together}'
    yield f"equivalent: no more than {comparison.margins.usual.written} of A apart{own}; see --equivalence"


def _without_verdict(comparison: Comparison, chosen: list[str], places: list[int]) -> Iterator[str]:
    """Yields the reasons why printed figures have no verdict."""
    reasons: dict[str, list[str]] = {}
    judged = comparison.judged(chosen)
    for metric, place in zip(chosen, places):
        found = {each.why[place] for each, of_pair in zip(judged, comparison.paired) if of_pair.n[place] > 1}
        for why in sorted(filter(None, found)):
            reasons.setdefault(why, []).append(metric)
    for why, metrics in reasons.items():
        yield f"{', '.join(metrics)}: no verdict, because {why}"


def _left_out(letter: str, comparison: Comparison, place: int) -> Iterator[str]:
    left, other = comparison.left_out[place], "BA"[place]
    if left.points:
        yield f"{letter}: {left.points:,} points that {other} does not have are left out"
    if left.replications:
        yield f"{letter}: {left.replications:,} replications with seeds that {other} does not have are left out"
    if left.failed:
        yield f"{letter}: {left.failed:,} replications failed and are left out, the first: {left.reason}"


def print_json(comparison: Comparison) -> None:
    """Prints one document: the sides, their differences, the omitted points, and all figures of all pairs of points."""
    pairs = [
        {
            "point_a": points[0],
            "point_b": points[1],
            "values": dict(zip(comparison.keys, comparison.values(pair))),
            "figures": _figures(found, of_pair, comparison.names),
        }
        for pair, (points, found, of_pair) in enumerate(
            zip(comparison.points, comparison.paired, comparison.judged(), strict=True)
        )
    ]
    document = {
        "a": _side(comparison, comparison.a, 0),
        "b": _side(comparison, comparison.b, 1),
        "differences": [
            {"key": key, **{side: value for side, value in (("a", a), ("b", b)) if value is not ABSENT}}
            for key, a, b in comparison.differences
        ],
        "comparisons": pairs,
    }
    print_document(document)


def _side(comparison: Comparison, side: Side, place: int) -> dict[str, Any]:
    left = comparison.left_out[place]
    return {
        "path": side.title,
        "scenario": side.scenario.name,
        "identity": side.identity,
        "version": side.version,
        "caution": side.caution or None,
        "points": len(side.points),
        "unfinished": comparison.unfinished(of_b=bool(place)),
        "left_out": {"points": left.points, "replications": left.replications, "failed": left.failed},
    }


def _figures(found: Paired, judged: Judged, own: Collection[str]) -> dict[str, dict[str, Any]]:
    made = {}
    others = (judged.p_adjusted, judged.margin, judged.p_equivalence)
    columns = (column.tolist() for column in (*found, *others))
    for metric, verdict, why, n, *numbers in zip(names(), judged.verdicts, judged.why, *columns, strict=True):
        if metric not in own:
            continue
        mean_a, mean_b, difference, low, high, std, p, reduction, least, most, adjusted, delta, equal = map(
            number, numbers
        )
        made[metric] = {
            "n": n, "mean_a": mean_a, "mean_b": mean_b, "difference": difference,
            "ci95": None if low is None else [low, high], "std": std, "variance_reduction": reduction,
            "variance_reduction_ci95": None if least is None else [least, most],
            "excludes_zero": None if low is None or high is None else low > 0 or high < 0,
            "p": p, "p_adjusted": adjusted, "delta": delta, "p_equivalence": equal, "better": better(metric),
            "verdict": verdict, "verdict_why": why,
        }  # fmt: skip
    return made
