"""The table of a sweep: a row a point, mean and interval of the figures that matter."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from icnsim.cli.document import print_document
from icnsim.cli.fitting import print_table
from icnsim.cli.progress import span
from icnsim.cli.table import next_commands
from icnsim.cli.terminal import Terminal
from icnsim.errors import printable
from icnsim.numbers import figure, interval
from icnsim.recommendation.wording import shown
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.sweeps.engines import Dask, Engine
from icnsim.sweeps.estimate import estimate
from icnsim.sweeps.overview import SHOWN, headings, missing, rows, title, usual
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.store import Store
from icnsim.sweeps.sweep import Sweep
from icnsim.sweeps.tables import keys_of

if TYPE_CHECKING:
    import pandas as pd

WIDE: Final = 250
"""Columns of a table that goes to no terminal."""


def show(sweep: Sweep, metrics: Sequence[str]) -> None:
    """Print the points of a sweep, what is precise and what failed, and where the results are."""
    console = Terminal(width=None if sys.stdout.isatty() else WIDE)
    # In a terminal, the interval is below its mean: rows are twice as high and columns half as wide.
    between = "\n" if console.width < WIDE else " "
    summary = sweep.summary
    keys = list(summary["vary"])
    chosen = list(dict.fromkeys(metrics or usual(sweep)))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for key in headings(sweep):
        table.add_column(Text(printable(key).replace(".", "\n.")), justify="right", overflow="fold")
    table.add_column("runs", justify="right", overflow="fold")
    for metric in chosen:
        table.add_column(metric.replace(".", "\n."), justify="right", overflow="fold")
    for row in rows(sweep, chosen):
        cells = (between.join(filter(None, row[metric])) for metric in chosen)
        table.add_row(*(Text(row[key]) for key in keys), row["runs"], *cells)
    console.print(Text(printable(title(summary))), soft_wrap=True)
    print_table(console, table)
    for line in missing(sweep, chosen):
        console.print(Text(printable(line)), soft_wrap=True)
    if summary["points"] > SHOWN:
        console.print(Text(f"and {summary['points'] - SHOWN:,} points more in aggregate.parquet"))
    if summary["imprecise"]:
        told = f"{summary['imprecise']:,} of {summary['points']:,} points are not as precise as asked with the most"
        console.print(Text(f"{told} replications that they may have; see --max-replications"), soft_wrap=True)
    if summary["design"] == "saltelli":
        _print_indices(console, sweep, chosen)
    for failed, reason in _failures(sweep.some("points", ["point", "failed"]) if summary["failed"] else None):
        console.print(Text(printable(f"point {failed} failed: {reason}")), soft_wrap=True)
    before = "swept before, not again (see --force); " if sweep.reused else ""
    click.echo(printable(f"{before}results in {sweep.folder}"))
    if sweep.folder is not None:
        next_commands(sweep.folder, plot=True)


def _print_indices(console: Terminal, sweep: Sweep, metrics: Sequence[str]) -> None:
    """Print the shares of the variance of the chosen figures that each key causes, and the share that is chance."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title="Sobol' indices, with 95 % intervals", title_justify="left")
    for heading in ("figure", "key"):
        table.add_column(heading)
    for heading in ("alone (first order)", "with interactions (total)"):
        table.add_column(heading, justify="right", overflow="fold")
    found = sweep.sensitivity
    chance = []
    for metric in metrics:
        of_metric = found[found["metric"] == metric].to_dict("records")
        for row in of_metric:
            cells = (
                [_index(row, name) for name in INDICES]
                if not isinstance(row["reason"], str)
                else ["-", f"none: {row['reason']}"]
            )
            table.add_row(metric, Text(printable(row["key"])), *cells)
        if not math.isnan(of_metric[0]["noise"]):
            chance.append(f"{metric} {figure(of_metric[0]['noise'], '%')}")
    print_table(console, table)
    if chance:
        console.print(
            Text(f"chance, of the variance of the points' means, is removed: {', '.join(chance)}"), soft_wrap=True
        )
    if sweep.summary["points"] < (len(sweep.summary["vary"]) + 2) * ENOUGH:
        console.print(Text(f"rough, as the intervals say: --samples {ENOUGH} and more tell large from small"))


def _index(row: Mapping[Any, Any], name: str) -> str:
    return f"{figure(row[name], '%')} {interval(row[f'{name}_low'], row[f'{name}_high'], '%')}"


ENOUGH: Final = 64
INDICES: Final = ("first_order", "total_order")


def _failures(points: "pd.DataFrame | None") -> list[tuple[int, str]]:
    """The first reason of each point that has failed runs."""
    if points is None:
        return []
    first = points.dropna(subset=["failed"]).groupby("point")["failed"].first()
    return list(first.items())[:SHOWN]


def print_json(sweep: Sweep) -> None:
    """Print one document: the summary, and each point with the statistics of every figure."""
    points = _records(sweep.aggregate)
    rows = [{name: value for name, value in row.items() if value is not None} for row in points]
    document = {**sweep.summary, "folder": str(sweep.folder), "aggregate": rows}
    if sweep.summary["design"] == "saltelli":
        document["sensitivity"] = _records(sweep.sensitivity)
    print_document(document)


def _records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a frame, with None for a missing value."""
    found: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return found


def show_plan(plan: Plan, engine: Engine, store: Store, budget: Budget, *, as_json: bool) -> None:
    """Print the points, the runs and the estimated resources of a sweep; runs that are stored need none.

    Raises
    ------
    BudgetError : the estimate, or one of its pilots, used up the budget. EngineError : no workers.
    """
    if isinstance(engine, Dask):
        engine.open()  # the number of its workers is known then
        engine.close(at_once=True)
    needed, keys = within(budget, lambda: estimate(plan, engine.workers, store, budget)), keys_of(plan)
    if as_json:
        points = [{key.name: key.value(value) for key, value in zip(keys, point)} for point in plan.points]
        document = {
            "scenario": plan.scenario.name, "sweep_id": plan.sweep_id, "points": points, "runs": needed.runs,
            "most_runs": needed.most_runs, "stored": needed.stored, "workers": engine.workers,
            "estimated_s": round(needed.seconds, 3), "estimated_bytes": round(needed.memory_bytes),
        }  # fmt: skip
        print_document(document)
        return
    for number, point in enumerate(plan.points):
        values = "  ".join(f"{key.name}={shown(value)}" for key, value in zip(keys, point))
        click.echo(printable(f"{number:6}  {values}"))
    more = "" if needed.most_runs == needed.runs else f", up to {needed.most_runs:,} for the precision"
    stored = f", of which {needed.stored:,} are stored already" if needed.stored else ""
    click.echo(f"{needed.points:,} points, {needed.runs:,} runs{more}{stored}")
    click.echo(
        f"about {span(needed.seconds)} on {engine.workers} workers and {figure(float(needed.memory_bytes), 'B')} in "
        "all, by two short pilots of the first point"
    )
