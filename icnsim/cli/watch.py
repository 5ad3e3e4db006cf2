"""`icnsim run --watch`: shows the running federation on stderr."""

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from icnsim.cli.progress import EVERY_S, span
from icnsim.errors import printable
from icnsim.numbers import figure, whole
from icnsim.recording.progress import Snapshot

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

LEAST_S: Final = 0.25
"""The shortest time between two snapshots, s."""
PATIENCE: Final = 100
"""The time until the next snapshot, as a multiple of the cost of the last one: snapshots take 1 % of the time."""
BARS: Final = " ▁▂▃▄▅▆▇█"
LOOKS: Final = 30
"""The number of rates that are drawn in a row."""
RATES: Final = ("begun", "completed", "detected")
"""The rates, per virtual minute. Detected are attempts whose source has timed out."""
TITLES: Final = 15
"""Columns of the titles and the gap after them."""


class Watch:
    """An `Observer` that takes snapshots of a run, at intervals at which their cost is small.

    Parameters
    ----------
    show : shows the last snapshot. every : the shortest time between two snapshots, s.
    wait : the time from which the beginning of a stage is shown at once, s.

    Attributes
    ----------
    now : the last snapshot. rates : per virtual minute between snapshots, in the order of `RATES`.
    doing : the stage outside of the simulation that is in progress, such as the set-up; empty during the simulation.
    """

    def __init__(self, name: str, show: "Callable[[Watch], None]", every: float = LEAST_S, wait: float = 0.0) -> None:
        self.name = printable(name)
        self.now: Snapshot | None = None
        self.doing = ""
        self._wait = wait
        self.rates: deque[tuple[float, ...]] = deque(maxlen=LOOKS)
        self._show = show
        self._every = every
        self._began = time.monotonic()
        self._next = self._began + every

    def __call__(self, share: float, events: int, look: Callable[[], Snapshot], /) -> None:
        """Takes and shows a snapshot if it is due, or at the end of the run."""
        began = time.monotonic()
        if began < self._next and share < 1:
            return
        self.doing = ""
        self.see(look())
        self._show(self)
        # The time of the display counts, too: on a slow terminal it is the larger part.
        now = time.monotonic()
        self._next = now + max(self._every, PATIENCE * (now - began))

    def stage(self, name: str) -> None:
        """Shows that a stage outside of the simulation has begun."""
        self.doing = name
        if time.monotonic() - self._began >= self._wait:
            self._show(self)

    def see(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot, and the rates since the last one."""
        last, self.now = self.now, snapshot
        since = snapshot.at - (last.at if last else 0)
        if since:
            before = _totals(last) if last else (0,) * len(RATES)
            self.rates.append(tuple((n - b) * 60e6 / since for n, b in zip(_totals(snapshot), before, strict=True)))

    def line(self) -> str:
        """Returns the last snapshot in one line."""
        values = "; ".join(f"{title}: {value}" for title, value in self.rows())
        return f"{self.name}: {values}"

    def rows(self, width: int = 0) -> list[tuple[str, str]]:
        """Returns titles and values, with bars for the rates if the width is sufficient."""
        g = self.now
        stage = [("stage", self.doing)] if self.doing else []
        if g is None:
            return stage or [("virtual time", "begins")]
        wall = max(time.monotonic() - self._began, 1e-9)
        share = g.at / g.horizon if g.horizon else 1.0
        left = f", about {span(wall * (1 - share) / share)} left" if 0 < share < 1 else ""
        attempts = [f"{g.attempts:,} begun", _counts(g.ended)]
        if g.retries:
            attempts.append(f"{g.retries:,} of them retries")
        if g.skipped:
            attempts.append(f"{g.skipped:,} arrivals skipped")
        rows = [
            *stage,
            ("virtual time", f"{whole(g.at / 1e6)} of {whole(g.horizon / 1e6)} s, {figure(share, '%')}"),
            (
                "wall time",
                f"{span(wall)}, {whole(g.at / 1e6 / wall)} virtual s/s, {whole(g.events / wall)} events/s{left}",
            ),
        ]
        if g.tasks is not None:
            rows += [
                ("tasks", f"{sum(g.tasks.values()):,} submitted, {_counts(g.tasks)}"),
                ("runs of tasks", f"{g.running:,} in progress, {g.in_flight:,} messages in flight"),
            ]
        else:
            rows += [
                ("attempts", ", ".join(attempts)),
                ("active", _counts(g.active)),
                ("records", f"{g.records:,} held, {g.in_flight:,} messages in flight"),
            ]
            if g.running is not None:
                rows.append(("actors", f"{g.running:,} copies run, {g.nowhere:,} actors run nowhere"))
        if g.faults is not None:
            rows.append(("faults", _counts(g.faults) or "none in effect"))
        if g.violations is not None:
            broken = ", ".join(f"{name} {count:,} times" for name, count in g.violations.items())
            rows.append(("violated", broken or "nothing so far"))
        return rows + ([] if g.tasks is not None else self._rates(g, width))

    def _rates(self, g: Snapshot, width: int) -> list[tuple[str, str]]:
        rows = []
        for place, (name, total) in enumerate(zip(RATES, _totals(g), strict=True)):
            values = [rates[place] for rates in self.rates]
            if values:
                text = f"{whole(values[-1])} now, {whole(total * 60e6 / g.at)} on average"
                # One row each also where it is narrow: then there are fewer bars, or none.
                bars = max(0, min(len(values), width - TITLES - len(text) - 2))
                rows.append((f"{name}/min", f"{text}  {_bars(values)[-bars:]}" if bars else text))
        return rows


def _totals(snapshot: Snapshot) -> tuple[int, ...]:
    return snapshot.attempts, snapshot.ended["completed"], snapshot.ended["timed_out"]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def _bars(values: list[float]) -> str:
    """Returns the values as bars, from 0 to the largest."""
    most = max(values)
    return "".join(BARS[round(value / most * (len(BARS) - 1)) if most else 0] for value in values)


def watching() -> Callable[[str], AbstractContextManager[Watch]]:
    """Returns the display of runs on stderr: a picture on a terminal, elsewhere a line every 10 s with a notice."""
    if sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        return _on_terminal
    click.echo(f"stderr is not a terminal: --watch prints a line every {EVERY_S:.0f} s", err=True)
    return _in_lines


@contextmanager
def _in_lines(name: str) -> Iterator[Watch]:
    yield Watch(name, lambda watch: click.echo(watch.line(), err=True), EVERY_S, EVERY_S)


@contextmanager
def _on_terminal(name: str) -> Iterator[Watch]:
    """A picture that changes, whose last one stays: also after Ctrl-C, or where the budget is used up."""
    from rich.live import Live

    from icnsim.cli.terminal import Terminal

    console = Terminal(stderr=True)
    watch = Watch(name, lambda watch: live.update(_frame(watch, console), refresh=True))
    with Live(_frame(watch, console), console=console, auto_refresh=False) as live:
        try:
            yield watch
        finally:
            watch.doing = ""
            live.update(_frame(watch, console))
            live.transient = watch.now is None  # stored results were used, so there was no snapshot


def _frame(watch: Watch, console: "Console") -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    grid: Any = Table.grid(padding=(0, 2))
    grid.title, grid.title_justify = Text(watch.name), "left"
    for title, value in watch.rows(console.width if console.encoding.startswith("utf") else 0):
        grid.add_row(Text(title, style="dim"), Text(value))
    return grid  # type: ignore[no-any-return]
