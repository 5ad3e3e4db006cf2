"""Progress on a terminal's stderr, and nowhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from icnsim.simulation.environment import Progress


@contextmanager
def progress_bar(name: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar for one run; None where stderr is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(),
               TextColumn("{task.fields[events]:,} events"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=1.0, events=0)
        yield lambda share, events: bar.update(task, completed=share, events=events)
