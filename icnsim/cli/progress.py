"""Progress on stderr: a bar on a terminal; for a sweep elsewhere a plain line every so often."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import click

from icnsim.errors import printable
from icnsim.numbers import brief, figure, whole

if TYPE_CHECKING:
    from icnsim.sweeps.execution import Watch
    from icnsim.sweeps.work import Outcome

EVERY_S: Final = 10.0
"""Seconds between two plain lines."""
WORKERS: Final = 16
"""Workers that are shown one by one."""


class Bar(Protocol):
    """Is told how far a run is, or a search for what breaks; it does not look at the run."""

    def __call__(self, share: float, events: int, look: object = None, /) -> None:
        """The share that is done, and the events so far."""


@contextmanager
def progress_bar(name: str, *, quiet: bool) -> Iterator[Bar | None]:
    """A bar for one run; None where stderr is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import TextColumn

    with _bar(TextColumn("{task.fields[events]:,} events")) as bar:
        task = bar.add_task(printable(name), total=1.0, events=0)
        yield lambda share, events, look=None, /: bar.update(task, completed=share, events=events)


def _bar(*columns: Any) -> Any:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from icnsim.cli.terminal import Terminal

    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), *columns,
        TimeRemainingColumn(), console=Terminal(stderr=True), transient=True,
    )  # fmt: skip


@contextmanager
def sweep_progress(name: str, *, quiet: bool) -> "Iterator[Watch | None]":
    """What watches a sweep and tells stderr of it; says what is kept where it is interrupted."""
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
        click.echo(f"{kept}; the same command with --resume goes on from there", err=True)
        raise


@dataclass(slots=True)
class _State:
    """How far a sweep is."""

    name: str
    runs: int = 0
    found_before: int = 0
    ended_now: int = 0
    failed: int = 0
    began: float = field(default_factory=time.monotonic)
    workers: dict[str, list[float]] = field(default_factory=dict)
    """For each worker: runs, their seconds in all, when the last one ended."""

    def planned(self, runs: int) -> None:
        self.runs = runs

    def found(self) -> None:
        self.found_before += 1

    def ended(self, outcome: "Outcome") -> None:
        self.ended_now += 1
        self.failed += outcome.failure is not None
        of_it = self.workers.setdefault(outcome.worker, [0, 0.0, 0.0])
        of_it[0] += 1
        of_it[1] += outcome.took_s
        of_it[2] = time.monotonic()

    def waiting(self) -> None:
        """What is drawn four times a second shows it."""

    @property
    def rate(self) -> float:
        """Runs per second."""
        return self.ended_now / max(time.monotonic() - self.began, 1e-9)

    def line(self) -> str:
        """Where it is, in one line."""
        done = self.found_before + self.ended_now
        left = (self.runs - done) / self.rate if self.ended_now else None
        parts = [f"{done:,} of {self.runs:,} runs", f"{brief(self.rate)}/s"]
        if left is not None:
            parts.append(f"about {span(left)} left")
        if self.found_before:
            parts.append(f"{self.found_before:,} were stored")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        return printable(f"{self.name}: {', '.join(parts)}; {self.busy()}")

    def busy(self) -> str:
        """What the workers have done."""
        told = [f"{name} {int(w[0]):,} runs" for name, w in sorted(self.workers.items())]
        return ", ".join(told[:WORKERS]) + (f" and {len(told) - WORKERS} workers more" if len(told) > WORKERS else "")


class _Lines:
    """Tells a plain line every `EVERY_S` seconds."""

    def __init__(self, state: _State) -> None:
        self._state = state
        self._told = time.monotonic()

    def planned(self, runs: int) -> None:
        self._state.planned(runs)

    def found(self) -> None:
        self._state.found()
        self._tell()

    def ended(self, outcome: "Outcome") -> None:
        self._state.ended(outcome)
        self._tell()

    def waiting(self) -> None:
        self._tell()

    def _tell(self) -> None:
        if time.monotonic() >= self._told + EVERY_S:
            self._told = time.monotonic()
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

    bar = _bar(TextColumn("{task.fields[told]}", markup=False))
    task = bar.add_task(printable(state.name), total=None, told="")

    def drawn() -> Group:
        done = state.found_before + state.ended_now
        told = f"{done:,} of {state.runs:,} runs, {brief(state.rate)}/s" + (
            f", {state.failed:,} failed" * bool(state.failed)
        )
        bar.update(task, completed=done, total=state.runs or None, told=told)
        workers = Table("worker", "runs", "each", "last ended", box=None, pad_edge=False)
        for name, (runs, took, last) in sorted(state.workers.items())[:WORKERS]:
            ago = f"{whole(time.monotonic() - last)} s ago"
            workers.add_row(Text(printable(name)), f"{int(runs):,}", figure(took / runs, "s"), ago)
        return Group(bar.get_renderable(), workers)

    with Live(get_renderable=drawn, console=Terminal(stderr=True), transient=True, refresh_per_second=4):
        yield


def span(seconds: float) -> str:
    """A time of the wall clock, as one says it."""
    if seconds < 90:
        return f"{whole(seconds)} s"
    return f"{whole(seconds / 60)} min" if seconds < 5400 else f"{brief(seconds / 3600)} h"
