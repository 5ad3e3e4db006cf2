"""The output of `icnsim recommend`: the Pareto front, the answer in words, and the command that runs the settings."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from icnsim import typed
from icnsim.cli.document import print_document
from icnsim.cli.fitting import print_table
from icnsim.cli.sweeptable import WIDE
from icnsim.cli.table import next_commands
from icnsim.cli.terminal import Terminal
from icnsim.errors import printable
from icnsim.numbers import figure, interval
from icnsim.recommendation.recommend import Recommendation
from icnsim.recommendation.wording import MEDIAN
from icnsim.sweeps.figures import unit_of
from icnsim.sweeps.overview import key_value

ROWS: Final = 20
"""The number of points of the front that are printed; the files have all."""
EXPLAINED: Final = (
    f"({MEDIAN.strip()}: half of the runs have at most this value, or at least this value if it is a lower bound; the "
    "values of different runs are not pooled)"
)


def show(found: Recommendation, command: Sequence[str]) -> None:
    """Prints the front, the answer, the command that runs the settings, and the folder of the results.

    Parameters
    ----------
    command : the beginning of that command.
    """
    console = Terminal(width=None if sys.stdout.isatty() else WIDE)
    document, front = found.document, found.front
    keys = list(document["search"]["vary"])
    metrics = list(dict.fromkeys([*document["minimize"], *(limit["metric"] for limit in document["constraints"])]))
    console.print(_title(document), soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in (*keys, *metrics):
        table.add_column(Text(printable(name).replace(".", "\n.")), justify="right", overflow="fold")
    table.add_column("meets the limits" if document["constraints"] else "point")
    rows = front.to_dict("records")
    first = _first(rows)
    for row in rows[first : first + ROWS]:
        table.add_row(
            *(Text(key_value(row[key])) for key in keys),
            *(_cell(row, metric) for metric in metrics),
            Text(_verdict(row, document)),
            style="bold" if row["recommended"] or row["knee"] else "",
        )
    print_table(console, table)
    if len(rows) > ROWS:
        console.print(Text(f"pareto.csv contains all {len(rows):,} points"))
    console.print(Text(printable(found.sentence)), soft_wrap=True)
    if MEDIAN in found.sentence:
        console.print(Text(EXPLAINED), soft_wrap=True)
    if found.settings is not None:
        console.print(Text(typed.command([*command, *typed.settings(found.settings)])), soft_wrap=True)
    before = "the stored recommendation was used (see --force); " if found.reused else ""
    click.echo(printable(f"{before}results in {found.folder}"))
    if found.folder is not None:
        next_commands(found.folder, plot=False)


def _title(document: Mapping[str, Any]) -> Text:
    search = document["search"]
    by = "the optimiser" if search["by"] == "optimiser" else f"the design {search['by']}"
    least, most = search["replications"]["least"], search["replications"]["most"]
    each = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    scenario = printable(document["scenario"])
    return Text(
        f"{scenario}: the Pareto front and your own settings, of {search['points']:,} points by {by}; screening, with "
        f"{each} replications each and 95 % intervals"
    )


def _first(rows: list[dict[Any, Any]]) -> int:
    """Returns the first row to print, so that the recommended point, the knee or the first feasible one is printed."""
    marked = [number for mark in ("recommended", "knee", "feasible") for number, row in enumerate(rows) if row[mark]]
    middle = marked[0] if marked else 0
    return max(0, min(middle - ROWS // 2, len(rows) - ROWS))


def _cell(row: Mapping[Any, Any], metric: str) -> str:
    unit = unit_of(metric)
    middle, low, high = (row[f"{metric}{end}"] for end in ("", ".low", ".high"))
    if math.isnan(middle):
        return "-"
    if math.isnan(low):
        return figure(float(middle), unit)
    return f"{figure(float(middle), unit)} {interval(float(low), float(high), unit)}"


def _verdict(row: Mapping[Any, Any], document: Mapping[str, Any]) -> str:
    marks = [text for mark, text in (("knee", "knee"), ("own", "your own")) if row[mark]]
    return ", ".join([*_meets(row, document), *marks])


def _meets(row: Mapping[Any, Any], document: Mapping[str, Any]) -> list[str]:
    if row["recommended"]:
        return ["recommended"]
    if row["point"] in [each["point"] for each in document["tries"]]:
        return ["no: not confirmed by fresh runs"]
    if row["feasible"]:
        selection = document["selection"] or {"equivalent": (), "same": ()}
        equal = ", as good" if row["point"] in selection["equivalent"] else ""
        same = ", not distinguished" if row["point"] in selection["same"] else ""
        return [f"yes{equal}{same}"] if document["constraints"] else []
    if row["failed"]:
        return [f"no: {row['failed']} runs failed"]
    missed = [c["told"] for c in document["constraints"] if not row[f"meets {c['as_written']}"]]
    return [f"no: {', '.join(missed)}" if missed else "no: a figure is missing"]


def print_json(found: Recommendation) -> None:
    """Prints one document: recommendation.json, the folder, and the front."""
    front = found.front.astype(object).where(found.front.notna(), None)
    print_document({**found.document, "folder": str(found.folder), "front": front.to_dict("records")})
