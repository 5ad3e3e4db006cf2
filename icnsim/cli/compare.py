"""`icnsim compare`: two scenarios or results, replication by replication."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim.cli import FAILED, options

if TYPE_CHECKING:
    from icnsim.engines import Engine


@click.command("compare")
@click.argument("a", metavar="A", type=click.Path())
@click.argument("b", metavar="B", type=click.Path())
@options.overrides
@click.option(
    "--set-b",
    "overrides_b",
    multiple=True,
    metavar="KEY=VALUE",
    callback=options.pairs,
    help="The same for B alone, so that A B may be one file and a variation of it.",
)
@options.replications
@options.seed
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="A figure to print; may be repeated.")
@click.option(
    "--equivalence",
    multiple=True,
    metavar="[NAME=]DELTA",
    help="Call figures equivalent that are shown to be no more than DELTA apart: a share of A's mean such as 2% "
    "[default: 5%], or for one figure a value in its unit, such as records.mean=50 or success_rate=0.5pp; may be "
    "repeated.",
)
@options.resume
@options.pool
@options.of_runs
def command(
    a: str, b: str, overrides: dict[str, str], overrides_b: dict[str, str], replications: int | None, seed: int | None,
    metrics: tuple[str, ...], equivalence: tuple[str, ...], resume: bool, out: str, force: bool, as_json: bool,
    quiet: bool, allow_large: bool, max_events: int | None, max_wall: float | None, engine: "Engine", **given: Any,
) -> int:  # fmt: skip
    """Compare B with A, replication by replication with the same seed; print what differs and how surely.

    A and B are each a scenario file, which is run (10 replications, unless it or the option says
    otherwise; what has been run is not run again), or the folder of a sweep's or of one run's results.
    Points of two sweeps are paired by the values of their keys; one point is compared with every
    point of the other side.

    The same seeds cause the same chance events on both sides. The variance reduction, with its
    95 % interval, says how many times as many independent replications the same interval of the
    difference would need.

    Each figure gets a verdict on B: better, worse, different (if the figure has no better direction),
    equivalent (no more than --equivalence apart), same (no pair differs) or undecided. The verdicts
    are controlled by Holm's procedure: the probability that any figure is falsely called different
    is at most 5 % for all printed figures together. --json judges all figures together.
    """
    from functools import partial

    from icnsim.cli import comparetable
    from icnsim.cli.progress import sweep_progress
    from icnsim.recording.progress import Budget
    from icnsim.sweeps.comparison import carry_out, prepare

    options.refuse_both(force=force, resume=resume)
    with_what = options.pool_of(given)
    _refuse_unknown(metrics)
    pairing = prepare(a, b, overrides, overrides_b, replications, seed, equivalence, allow_large=allow_large)
    found = carry_out(
        pairing, Path(out), with_what, force=force, budget=Budget(max_events, max_wall),
        watch=partial(sweep_progress, quiet=quiet), engine=engine,
    )  # fmt: skip
    if as_json:
        comparetable.print_json(found)
    elif not quiet:
        comparetable.show(found, metrics)
    return FAILED if found.failed else 0


def _refuse_unknown(metrics: Sequence[str]) -> None:
    from icnsim.sweeps.figures import unknown

    for metric in metrics:
        for _, expected in unknown(metric):
            raise click.UsageError(f"--metric {metric!r} is no {expected.removeprefix('a ')}")
