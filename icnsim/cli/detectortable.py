"""The output of `icnsim compare --detectors`: the points of each curve, and the detectors at equal terms."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from icnsim.cli.document import print_document
from icnsim.cli.fitting import print_table
from icnsim.cli.sweeptable import WIDE
from icnsim.cli.table import next_commands
from icnsim.cli.terminal import Terminal
from icnsim.errors import printable
from icnsim.numbers import UNKNOWN, as_given, figure, interval, whole
from icnsim.recommendation.wording import shown
from icnsim.sweeps.detectors.comparison import DetectorComparison
from icnsim.sweeps.detectors.tables import CHOSEN, REFERENCES, WHY_UNKNOWN, reached

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[Any, Any]
LONGEST: Final = 160
"""The largest number of characters of a condition's keys that are printed; the JSON has all."""


def show(found: DetectorComparison) -> None:
    """Prints the tables of each condition and the folder of the results."""
    console = Terminal(width=None if sys.stdout.isatty() else WIDE)
    document = found.document
    console.print(Text(printable(_title(document))), soft_wrap=True)
    for described in document["conditions"]:
        condition, design = described["name"], described["design"]
        for line in _header(described):
            console.print(Text(printable(line)), soft_wrap=True)
        print_table(console, _points(_of(found.points, condition)))
        for title, frame, name, unit, difference, reference in (
            ("detection time at equal query accuracy", found.equal_accuracy, "detection_time_s", "s", "difference_s",
             f"{figure(design['query_accuracy'], '%')}, as the design"),
            ("query accuracy at equal detection time", found.equal_detection_time, "query_accuracy", "%", "difference",
             f"{figure(design['detection_time_s'], 's')}, as the design"),
        ):  # fmt: skip
            console.print(Text(title))
            print_table(console, _equal(_of(frame, condition), name, unit, difference, reference))
        console.print(Text(f"costs of the fastest measured setting with an accuracy of at least {figure(CHOSEN, '%')}"))
        print_table(console, _costs(_of(found.costs, condition)))
    for line in _footer(document):
        console.print(Text(printable(line)), soft_wrap=True)
    if found.folder is not None:
        click.echo(printable(f"results in {found.folder}, those of {len(document['curves'])} sweeps next to it"))
        next_commands(found.folder, plot=False)


def _title(document: Row) -> str:
    design = document["design"]
    every, timeout = (as_given(design[key], "s") for key in ("check_interval_s", "timeout_s"))
    poll = f"poll every {every}, timeout {timeout}"
    counts = f"{len(document['detectors'])} detectors, {document['replications']} replications"
    return f"{document['scenario']}: {counts}; the design: {poll}"


def _header(condition: Row) -> Iterator[str]:
    yield ""
    yield f"{condition['name']}: {condition['meaning']}"
    if condition["sets"]:
        text = ", ".join(f"{key}={shown(value)}" for key, value in condition["sets"].items())
        yield f"   {text if len(text) <= LONGEST else f'{text[:LONGEST]}…'}"


def _of(frame: "pd.DataFrame", condition: str) -> list[Row]:
    rows: list[Row] = frame[frame["condition"] == condition].to_dict("records") if len(frame) else []
    return rows


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(columns[0], no_wrap=True)
    for title in columns[1:]:
        table.add_column(title, justify="right", overflow="fold")
    return table


def _points(rows: Sequence[Row]) -> Table:
    table = _table("detector", "detection time, mean", "query accuracy", "mistakes", "requests to willing targets")
    for place, row in enumerate(rows):
        last = place + 1 == len(rows) or rows[place + 1]["kind"] != row["kind"]
        table.add_row(
            Text(printable(row["detector"])), _with_interval(row, "detection_time_s", "s"),
            _with_interval(row, "query_accuracy", "%"), whole(row["mistakes"]), whole(row["trials"]),
            end_section=last,
        )  # fmt: skip
    return table


def _with_interval(row: Row, name: str, unit: str) -> str:
    value, low, high = (_known(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    if low is None or high is None:
        return f"{figure(value, unit)} {UNKNOWN}" if value else figure(value, unit)
    return f"{figure(value, unit)} {interval(low, high, unit)}"


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _equal(rows: Sequence[Row], name: str, unit: str, difference: str, reference: str) -> Table:
    """Returns a row for each detector: the value at each equal term, and the difference to the design."""
    ats = list(dict.fromkeys(row["at"] for row in rows))
    table = _table("detector", *(reference if at == REFERENCES else at for at in ats), "difference to the design")
    for kind in dict.fromkeys(row["kind"] for row in rows):
        of_kind = {row["at"]: row for row in rows if row["kind"] == kind}
        own = of_kind[REFERENCES]
        table.add_row(kind, *(reached(of_kind[at], name, unit) for at in ats), _difference(own, difference, unit))
    return table


def _difference(row: Row, name: str, unit: str) -> str:
    text = _with_interval(row, name, unit).replace(" %", " pp")
    return f"+{text}" if row[name] > 0 else text


def _costs(rows: Sequence[Row]) -> Table:
    columns: Mapping[str, Callable[[Row], str]] = {
        "detection": lambda row: figure(_known(row["detector.cost_s"]), "s"),
        "manager, with poll's detection": lambda row: figure(_known(row["manager.cost_s"]), "s"),
        "timers": lambda row: _count(row["detector.timers"]),
        "at once": lambda row: _count(row["detector.timers_peak"]),
        "memory": lambda row: figure(_known(row["detector.memory_bytes"]), "B"),
        "observations": lambda row: _count(row["detector.samples"]),
        "heartbeats": lambda row: _count(row["detector.heartbeats"]),
        "messages": lambda row: _count(row["messages.sent"]),
    }
    table = _table("detector", "accurate", *columns)
    for row in rows:
        accurate = "yes" if row["accurate"] else "no"
        table.add_row(Text(printable(row["detector"])), accurate, *(cell(row) for cell in columns.values()))
    return table


def _count(value: float) -> str:
    return "-" if math.isnan(value) else whole(value)


def _footer(document: Row) -> Iterator[str]:
    for skipped in document["skipped"]:
        yield f"{skipped['name']} does not apply: {skipped['reason']}"
    yield (
        "values between measured points are interpolated on the logarithm of the share of mistakes; a point without a "
        "mistake counts as half a mistake; ≤ and ≥ mark the end of the measured range; [ ] is the 95 % interval, "
        "paired by seed"
    )
    yield WHY_UNKNOWN
    if not document["detections"]:
        yield (
            "no request was sent to a target that is dead, so there is no detection time: add a group with "
            "behavior: unresponsive"
        )
    if document["failed"]:
        yield f"{document['failed']:,} runs failed and are left out, the first: {document['reason']}"


def print_json(found: DetectorComparison) -> None:
    """Prints one document with all results."""
    print_document(found.document)
