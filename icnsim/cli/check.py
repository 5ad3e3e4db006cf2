"""`icnsim check`: search for violated invariants, and write small scenarios that violate them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim.cli import FAILED, INTERRUPTED, options
from icnsim.errors import printable

if TYPE_CHECKING:
    from icnsim.engines import Engine


def _kinds(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Names of kinds of faults; a value may contain several, separated by commas."""
    from icnsim.search.swarm import EVERY_KIND

    named = tuple(name for text in values for name in text.split(","))
    for name in named:
        if name not in EVERY_KIND:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(EVERY_KIND)}")
    return named


@click.command("check")
@options.scenario
@click.option("--seeds", type=click.IntRange(1, 10_000_000), metavar="N", default=1000, show_default=True,
              help="Runs of the search, each with its own seed.")  # fmt: skip
@click.option("--kinds", multiple=True, metavar="KIND,…", callback=_kinds,
              help="Turn on only these kinds of faults; by default all, but crash-volatile (a lost disk) only "
              "where the scenario has one.")  # fmt: skip
@click.option("--without", multiple=True, metavar="KIND,…", callback=_kinds, help="Turn on all other kinds.")
@click.option("--stop-after", type=click.IntRange(1), metavar="N", help="End when N classes of violations are found.")
@click.option("--tries", type=click.IntRange(0), metavar="N", default=500, show_default=True,
              help="The most runs for making a violating run small.")  # fmt: skip
@click.option("--cause", is_flag=True, help="Find the event after which a violation could not be avoided.")
@click.option("--branches", type=click.IntRange(1, 1000), metavar="N", default=8, show_default=True,
              help="With --cause, the number of other seeds at each event.")  # fmt: skip
@click.option("--keep", type=click.Path(file_okay=False), metavar="FOLDER",
              help="Also keep the smallest scenario of each new class in this folder, as a test.")  # fmt: skip
@options.pool
@options.overrides
@options.seed
@options.of_runs
def command(
    scenario: str, overrides: dict[str, str], seed: int | None, out: str, force: bool, as_json: bool, quiet: bool,
    allow_large: bool, max_events: int | None, max_wall: float | None, seeds: int, kinds: tuple[str, ...],
    without: tuple[str, ...], stop_after: int | None, tries: int, cause: bool, branches: int,
    keep: str | None, engine: "Engine", **given: Any,
) -> int:  # fmt: skip
    """Search seeds, faults and message orders for violated invariants of the scenario's protocol.

    Each run is a small variation of the scenario in which a random subset of all kinds of faults
    is on. A violating run is made small and written as a scenario with a sequence diagram. Exit
    code 1: an invariant was violated, or the search never reached something that it claims to check.
    """
    from icnsim.cli import checktable
    from icnsim.cli.document import print_document
    from icnsim.cli.progress import progress_bar
    from icnsim.cli.reading import read
    from icnsim.experiment import prepare
    from icnsim.recording.progress import Budget
    from icnsim.recording.stored import showing
    from icnsim.search import keeping
    from icnsim.search.check import Orders, check
    from icnsim.search.looking import MAX_EVENTS
    from icnsim.search.swarm import EVERY_KIND, kinds_of

    with_what = options.pool_of(given)
    hidden = quiet or as_json
    budget = Budget(max_events or MAX_EVENTS, max_wall)
    loaded = read(scenario, partial(prepare, scenario, overrides, seed, allow_large=allow_large), budget, quiet=hidden)
    if engine == "columns":
        raise click.UsageError("--engine columns: a search turns faults on, and the key faults needs events")
    wanted = kinds or kinds_of(loaded)
    chosen = tuple(kind for kind in EVERY_KIND if kind in wanted and kind not in without)
    if not chosen:
        raise click.UsageError("no kind of fault is left: choose other --kinds or --without")
    orders = Orders(chosen, seeds, stop_after, tries, branches if cause else 0, budget)
    found = check(loaded, orders, Path(out), with_what, force=force, bar=lambda name: progress_bar(name, quiet=hidden))
    with showing(found):
        if as_json:
            print_document(found.document)
        elif not quiet:
            checktable.show(found)
    if keep is not None:
        kept = keeping.keep(found, Path(keep))
        if not quiet:
            line = f"{keep}: {len(kept.new)} scenarios kept, {len(kept.known)} classes had a scenario already"
            click.echo(printable(line), err=True)
    if found.interrupted:
        click.echo("interrupted: the results so far are kept; the same command starts the search again", err=True)
        return INTERRUPTED
    return 0 if found.held else FAILED
