"""`icnsim rare`: estimates the probability of a rare event."""

from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@click.command("rare")
@options.scenario
@click.option("--event", type=click.Choice(["false_positive", "double_run"]), required=True,
              help="The event: a willing target is taken for dead, or two copies of an actor run at once.")  # fmt: skip
@click.option("--method", type=click.Choice(["auto", "tilting", "splitting"]), default="auto", show_default=True,
              help="Importance sampling (tilting), importance splitting, or the one that a trial selects.")  # fmt: skip
@click.option("--population", type=click.IntRange(20), metavar="N", default=200, show_default=True,
              help="Runs of each level of splitting, or of each repetition with tilting; a multiple of 5.")  # fmt: skip
@click.option("--repetitions", type=click.IntRange(2), metavar="R", default=20, show_default=True,
              help="Independent estimates, whose spread gives the interval.")  # fmt: skip
@options.pool
@options.overrides
@options.seed
@options.out
@click.option("--force", is_flag=True, help="Estimate again, even if the result exists.")
@options.as_json
@click.option("--quiet", is_flag=True, help="Print only errors.")
@options.max_events_of_runs
@options.max_wall("Stop with an error if the reading of the files or a run takes more than SECONDS of wall time.")
def command(
    scenario: str, overrides: dict[str, str], seed: int | None, out: str, force: bool, as_json: bool, quiet: bool,
    max_events: int | None, max_wall: float | None, event: str, method: Any, population: int, repetitions: int,
    **given: Any,
) -> None:  # fmt: skip
    """Estimate the probability that a rare event happens in a run.

    Importance splitting finds the event, and importance sampling or splitting estimates its probability, with an
    interval at 95 %. It works with retries, faults and stuck records. The probability is that of a run, so use a
    scenario of few migrations.
    """
    from icnsim.cli import raretable
    from icnsim.cli.document import print_document
    from icnsim.cli.progress import progress_bar
    from icnsim.cli.reading import read
    from icnsim.experiment import prepare
    from icnsim.rare_events.methods import Orders
    from icnsim.rare_events.rare import estimated
    from icnsim.recording.progress import Budget
    from icnsim.recording.stored import showing

    @contextmanager
    def bar(name: str) -> "Iterator[Callable[[float, int], None] | None]":
        with progress_bar(name, quiet=quiet or as_json) as progress:
            yield progress

    workers = options.pool_of(given)
    orders = Orders(event, method, population, repetitions)
    budget = Budget(max_events, max_wall)
    loaded = read(scenario, partial(prepare, scenario, overrides, seed), budget, quiet=quiet or as_json)
    found = estimated(loaded, orders, Path(out), workers, force=force, bar=bar, budget=budget)
    with showing(found):
        if as_json:
            print_document(found.document)
        elif not quiet:
            raretable.show(found)
