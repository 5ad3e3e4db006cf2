"""The tables of a live run: what it measured about the machine, and how it compares with the simulation."""

from collections.abc import Iterable, Sequence

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from icnsim.cli.fitting import print_table
from icnsim.live import wording
from icnsim.live.running import CALIBRATION_S, Live
from icnsim.live.support import Plan

OF_TEXT = ("figure", "real ms", "test")
"""The headings of columns of text; all others have numbers."""


def announce(plan: Plan, *, compared: bool, quiet: bool) -> None:
    """Print on stderr what a run will need."""
    if not quiet:
        needs = f"{plan.processes} processes, at most {plan.sockets} connections on loopback, {plan.seconds:.0f} s"
        more = f"; a simulation and a calibration of at most {CALIBRATION_S:g} s come first"
        click.echo(needs + more * compared, err=True)


def show_live(live: Live, console: Console) -> None:
    """Print the delays of a run, and its comparison with the simulation, if it was asked for."""
    measures = live.measures
    console.print(Text(f"\nreal time at speed {measures['speed']}:"))
    _print(console, wording.DELAY_HEADINGS, wording.delays(measures))
    speed = measures["speed"]
    largest = (
        f"The largest delay was {live.worst_s * 1000:.2f} ms, {live.worst_s * speed:.2f} s of virtual time; "
        f"{live.error_s * 1000:g} ms are promised, {live.error_s * speed:g} s of virtual time."
    )
    for sentence in filter(None, (largest, wording.processors(measures))):
        console.print(Text(sentence), soft_wrap=True)
    if live.comparison is not None:
        document = live.comparison.document()
        console.print(Text("\nthe live run and the simulation, virtual seconds and shares:"))
        _print(console, wording.HEADINGS, wording.figures(document))
        for _, sentence in wording.verdicts(document):
            console.print(Text(sentence), soft_wrap=True)


def _print(console: Console, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in OF_TEXT else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    print_table(console, table)
