"""`icnsim run --watch`: the federation as it runs, on stderr."""

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from icnsim.cli.progress import EVERY_S, span
from icnsim.errors import printable
from icnsim.simulation.glimpse import Glimpse

if TYPE_CHECKING:
    from rich.console import RenderableType

LEAST_S: Final = 0.25
"""Between two looks."""
PATIENCE: Final = 100
"""So many times as long as the last look took, until the next: looking takes 1 % of the time."""
BARS: Final = " ▁▂▃▄▅▆▇█"
LOOKS: Final = 30
"""Rates that are drawn beside each other."""


class Watch:
    """Looks at a run, no more often than it costs nothing.

    Parameters
    ----------
    every : seconds between two looks, at least.

    Attributes
    ----------
    now : what was seen last. rates : attempts begun and detections per virtual minute, between looks.
    """

    def __init__(self, name: str, every: float = LEAST_S) -> None:
        self.name = printable(name)
        self.now: Glimpse | None = None
        self.rates: deque[tuple[float, float]] = deque(maxlen=LOOKS)
        self._every = every
        self._began = time.monotonic()
        self._next = self._began + every
        self._looked = 0.0

    def due(self) -> bool:
        """Whether it is time; then the look begins."""
        self._looked = time.monotonic()
        return self._looked >= self._next

    def see(self, glimpse: Glimpse) -> None:
        """What has been looked for."""
        last, self.now = self.now, glimpse
        since = glimpse.at - (last.at if last else 0)
        if since:
            begun = glimpse.attempts - (last.attempts if last else 0)
            found = glimpse.ended["timed_out"] - (last.ended["timed_out"] if last else 0)
            self.rates.append((begun * 60e6 / since, found * 60e6 / since))
        took = time.monotonic() - self._looked
        self._next = time.monotonic() + max(self._every, PATIENCE * took)

    def line(self) -> str:
        """Where it is, in one line."""
        told = "; ".join(f"{title}: {values}" for title, values in self.rows())
        return f"{self.name}: {told}"

    def rows(self) -> list[tuple[str, str]]:
        """What is shown: titles and values."""
        g = self.now
        if g is None:
            return [("virtual time", "begins")]
        wall = max(time.monotonic() - self._began, 1e-9)
        share = g.at / g.horizon if g.horizon else 1.0
        left = f", about {span(wall * (1 - share) / share)} left" if 0 < share < 1 else ""
        rows = [
            ("virtual time", f"{g.at / 1e6:,.0f} of {g.horizon / 1e6:,.0f} s, {share:.0%}"),
            ("wall time", f"{span(wall)}, {g.at / 1e6 / wall:,.0f} virtual s/s, {g.events / wall:,.0f} events/s{left}"),
            (
                "attempts",
                ", ".join([f"{g.attempts:,} begun", *(f"{n:,} {_words(name)}" for name, n in g.ended.items())]),
            ),
            ("active", ", ".join(f"{count:,} {name}" for name, count in g.active.items())),
            ("records", f"{g.records:,} held, {g.in_flight:,} messages under way"),
        ]
        if g.running is not None:
            rows.append(("actors", f"{g.running:,} copies run, {g.nowhere:,} actors run nowhere"))
        if g.violations:
            rows.append(("violated", ", ".join(f"{name} {count:,} times" for name, count in g.violations.items())))
        for title, place in (("begun per min", 0), ("detected per min", 1)):
            values = [rates[place] for rates in self.rates]
            if values:
                rows.append((title, f"{values[-1]:,.0f}  {_spark(values)}"))
        return rows


def _words(name: str) -> str:
    return name.replace("_", " ")


def _spark(values: list[float]) -> str:
    """The values as bars, from 0 to the largest."""
    most = max(values)
    return "".join(BARS[round(value / most * (len(BARS) - 1)) if most else 0] for value in values)


@contextmanager
def watching(name: str) -> Iterator[Watch]:
    """Shows a run on stderr: a picture that changes on a terminal, whose last one stays; else a line every 10 s."""
    if not sys.stderr.isatty():
        yield _Lines(name)
        return
    from rich.console import Console
    from rich.live import Live

    class _Drawn(Watch):
        def see(self, glimpse: Glimpse) -> None:
            super().see(glimpse)
            live.update(_frame(self), refresh=True)

    watch = _Drawn(name)
    with Live(_frame(watch), console=Console(stderr=True), auto_refresh=False) as live:
        yield watch


class _Lines(Watch):
    """Tells a line every `EVERY_S` seconds, and one at the end."""

    def __init__(self, name: str) -> None:
        super().__init__(name, EVERY_S)

    def see(self, glimpse: Glimpse) -> None:
        super().see(glimpse)
        click.echo(self.line(), err=True)


def _frame(watch: Watch) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    grid: Any = Table.grid(padding=(0, 2))
    grid.title, grid.title_justify = Text(watch.name), "left"
    for title, value in watch.rows():
        grid.add_row(Text(title, style="dim"), Text(value))
    return grid  # type: ignore[no-any-return]
