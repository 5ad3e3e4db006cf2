"""Shows progress on stderr: a bar on a terminal, or for a sweep elsewhere a plain line at intervals."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from icnsim.errors import printable
from icnsim.numbers import brief, figure, whole

if TYPE_CHECKING:
    from icnsim.sweeps.execution import Watch
    from icnsim.sweeps.plan import Checked
    from icnsim.sweeps.work import Outcome

EVERY_S: Final = 10.0
"""Seconds between two plain lines."""
WORKERS: Final = 16
"""The largest number of workers that are shown individually."""


class RunBar:
    """A bar on a terminal that receives the progress of a run or of a search. It takes no snapshot of the run."""

    def __init__(self, name: str, bar: Any) -> None:
        self._name = printable(name)
        self._bar = bar
        self._task = bar.add_task(self._name, total=1.0, events=0)

    def __call__(self, share: float, events: int, look: object = None, /) -> None:
        """Show the share that is done, and the events so far."""
        self._bar.update(self._task, description=self._name, total=1.0, completed=share, events=events)

    def stage(self, name: str) -> None:
        """Show that a stage without a known share has begun."""
        self._bar.update(self._task, description=f"{self._name}: {name}", total=None, refresh=True)


@contextmanager
def progress_bar(name: str, *, quiet: bool) -> Iterator[RunBar | None]:
    """Yields a bar for one run, or None if stderr is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import TextColumn

    with _bar(TextColumn("{task.fields[events]:,} events")) as bar:
        yield RunBar(name, bar)


def _bar(*columns: Any) -> Any:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from icnsim.cli.terminal import Terminal

    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), *columns,
        TimeRemainingColumn(), console=Terminal(stderr=True), transient=True,
    )  # fmt: skip


@contextmanager
def check_progress(name: str, *, quiet: bool) -> "Iterator[Checked | None]":
    """Yields a listener that shows how many points of a sweep have been checked; None if nothing is to be shown."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        from rich.progress import TextColumn

        with _bar(TextColumn("{task.completed:,} points", markup=False)) as bar:
            task = bar.add_task(printable(f"{name}: check of the points"), total=None)
            yield lambda checked, points: bar.update(task, completed=checked, total=points)
    else:
        yield _CheckedLines(name)


class _CheckedLines:
    """Prints a plain line every `EVERY_S` seconds while points are checked."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._printed = time.monotonic()

    def __call__(self, checked: int, points: int) -> None:
        if time.monotonic() >= self._printed + EVERY_S:
            self._printed = time.monotonic()
            click.echo(printable(f"{self._name}: {checked:,} of {points:,} points are checked"), err=True)


@contextmanager
def sweep_progress(name: str, *, quiet: bool) -> "Iterator[Watch | None]":
    """Yields an observer that reports the progress of a sweep on stderr, and after Ctrl-C the stored runs."""
    if quiet:
        yield None
        return
    state = _State(name)
    try:
        if sys.stderr.isatty():
            with _live(state):
                yield state
        else:
            yield _Lines(state)
    except KeyboardInterrupt:
        kept = f"{state.found_before + state.ended_now - state.failed:,} of {state.runs:,} runs are stored"
        click.echo(f"{kept}; the same command with --resume continues", err=True)
        raise


@dataclass(slots=True)
class _State:
    """The progress of a sweep."""

    name: str
    runs: int = 0
    found_before: int = 0
    ended_now: int = 0
    failed: int = 0
    points_written: int = 0
    points: int = 0
    began: float = field(default_factory=time.monotonic)
    workers: dict[str, list[float]] = field(default_factory=dict)
    """For each worker: the number of runs, their total seconds, and the time at which the last one ended."""

    def planned(self, runs: int) -> None:
        self.runs = runs

    def found(self) -> None:
        self.found_before += 1

    def ended(self, outcome: "Outcome") -> None:
        self.ended_now += 1
        self.failed += outcome.failure is not None
        worker = self.workers.setdefault(outcome.worker, [0, 0.0, 0.0])
        worker[0] += 1
        worker[1] += outcome.took_s
        worker[2] = time.monotonic()

    def waiting(self) -> None:
        """Does nothing: the display is drawn four times a second."""

    def written(self, points: int, total: int) -> None:
        self.points_written, self.points = points, total

    @property
    def rate(self) -> float:
        """Runs per second."""
        return self.ended_now / max(time.monotonic() - self.began, 1e-9)

    def line(self) -> str:
        """Returns the progress in one line."""
        done = self.found_before + self.ended_now
        left = (self.runs - done) / self.rate if self.ended_now else None
        parts = [f"{done:,} of {self.runs:,} runs", f"{brief(self.rate)}/s"]
        if left is not None:
            parts.append(f"about {span(left)} left")
        if self.found_before:
            parts.append(f"{self.found_before:,} were stored")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self.points_written:
            parts.append(f"{self.points_written:,} of {self.points:,} points are written")
        busy = f"; {self.busy()}" if self.workers else ""
        return printable(f"{self.name}: {', '.join(parts)}{busy}")

    def busy(self) -> str:
        """Returns the number of runs of each worker."""
        parts = [f"{name} {int(w[0]):,} runs" for name, w in sorted(self.workers.items())]
        more = len(parts) - WORKERS
        return ", ".join(parts[:WORKERS]) + (f" and {more} more workers" if more > 0 else "")


class _Lines:
    """Prints a plain line every `EVERY_S` seconds."""

    def __init__(self, state: _State) -> None:
        self._state = state
        self._printed = time.monotonic()

    def planned(self, runs: int) -> None:
        self._state.planned(runs)

    def found(self) -> None:
        self._state.found()
        self._print()

    def ended(self, outcome: "Outcome") -> None:
        self._state.ended(outcome)
        self._print()

    def waiting(self) -> None:
        self._print()

    def written(self, points: int, total: int) -> None:
        self._state.written(points, total)
        self._print()

    def _print(self) -> None:
        if time.monotonic() >= self._printed + EVERY_S:
            self._printed = time.monotonic()
            click.echo(self._state.line(), err=True)


@contextmanager
def _live(state: _State) -> Iterator[None]:
    """A bar and a row for each worker, drawn anew four times a second."""
    from rich.console import Group
    from rich.live import Live
    from rich.progress import TextColumn
    from rich.table import Table
    from rich.text import Text

    from icnsim.cli.terminal import Terminal

    bar = _bar(TextColumn("{task.fields[counts]}", markup=False))
    task = bar.add_task(printable(state.name), total=None, counts="")

    def drawn() -> Group:
        done = state.found_before + state.ended_now
        counts = f"{done:,} of {state.runs:,} runs, {brief(state.rate)}/s" + (
            f", {state.failed:,} failed" * bool(state.failed)
        )
        if state.points_written:
            counts += f", {state.points_written:,} of {state.points:,} points are written"
        bar.update(task, completed=done, total=state.runs or None, counts=counts)
        workers = Table("worker", "runs", "each", "last ended", box=None, pad_edge=False)
        for name, (runs, took, last) in sorted(state.workers.items())[:WORKERS]:
            ago = f"{whole(time.monotonic() - last)} s ago"
            workers.add_row(Text(printable(name)), f"{int(runs):,}", figure(took / runs, "s"), ago)
        return Group(bar.get_renderable(), workers)

    with Live(get_renderable=drawn, console=Terminal(stderr=True), transient=True, refresh_per_second=4):
        yield


def span(seconds: float) -> str:
    """Returns a duration of the wall clock in s, min or h."""
    if seconds < 90:
        return f"{whole(seconds)} s"
    return f"{whole(seconds / 60)} min" if seconds < 5400 else f"{brief(seconds / 3600)} h"
