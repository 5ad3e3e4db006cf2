"""`icnsim compare`: two scenarios or results, replication by replication, or the failure detectors of one scenario."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim.cli import FAILED, options

if TYPE_CHECKING:
    from icnsim.engines import Engine


def _listed(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """The parts of a list that is separated by commas."""
    return None if value is None else tuple(filter(None, (part.strip() for part in value.split(","))))


@click.command("compare")
@click.argument("a", metavar="[A]", required=False, type=click.Path())
@click.argument("b", metavar="[B]", required=False, type=click.Path())
@click.option(
    "--last",
    is_flag=True,
    help="Take the newest run or sweep in the folder of --out as B; without A, the one before it as A.",
)
@options.overrides
@click.option(
    "--set-b",
    "overrides_b",
    multiple=True,
    metavar="KEY=VALUE",
    callback=options.pairs,
    help="The same for B alone, so that A and B may be the same file.",
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
@click.option(
    "--detectors",
    is_flag=False,
    flag_value="all",
    metavar="[KIND,…]",
    callback=_listed,
    help="Compare the failure detectors of the scenario A: all kinds, or these. Write it after A.",
)
@click.option(
    "--conditions",
    metavar="NAME,…|all",
    callback=_listed,
    help="With --detectors: also change the scenario in these ways, such as loss or heavy-tail; as-it-is is no change.",
)
@click.option(
    "--points",
    type=click.IntRange(1, 100),
    metavar="N",
    help="With --detectors: settings of each detector [default: 7].",
)
@options.resume
@options.pool
@options.of_runs
def command(
    a: str | None, b: str | None, last: bool, overrides: dict[str, str], overrides_b: dict[str, str],
    replications: int | None, seed: int | None, metrics: tuple[str, ...], equivalence: tuple[str, ...],
    detectors: tuple[str, ...] | None, conditions: tuple[str, ...] | None, points: int | None, resume: bool, out: str,
    force: bool, as_json: bool, quiet: bool, allow_large: bool, max_events: int | None, max_wall: float | None,
    engine: "Engine", **given: Any,
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

    With --detectors, only A is given, and its failure detectors are compared: each runs at several settings
    of its own parameter with the same seeds. Tables show the detection time at equal query accuracy, the
    accuracy at equal detection time and the costs, next to the design's poll at the scenario's own
    interval and timeout.
    """
    from functools import partial

    from icnsim.cli import comparetable
    from icnsim.cli.progress import check_progress, sweep_progress
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.recording.stored import showing
    from icnsim.sweeps.comparison import carry_out
    from icnsim.sweeps.pairing import prepare

    options.refuse_both(force=force, resume=resume)
    with_what = options.pool_of(given)
    budget = Budget(max_events, max_wall)
    if last:
        a, b = _newest(a, b, Path(out), detectors)
    if a is None:
        raise click.UsageError("give two scenarios or results, A and B, or --last, or one scenario with --detectors")
    if detectors is not None:
        _refuse_with_detectors(b, overrides_b, metrics, equivalence)
        from icnsim.cli import detectortable
        from icnsim.sweeps.detectors import comparison, planning

        planned = partial(
            planning.prepare,
            a, detectors, conditions or (), overrides, points or planning.POINTS, replications, seed,
            allow_large=allow_large,
        )  # fmt: skip
        prepared = within(budget, planned)
        with sweep_progress(prepared.scenario.name, quiet=quiet) as watch:
            side_by_side = comparison.carry_out(
                prepared, Path(out), with_what, force=force, budget=budget, watch=watch, engine=engine
            )
        with showing(side_by_side):
            if as_json:
                detectortable.print_json(side_by_side)
            elif not quiet:
                detectortable.show(side_by_side)
        return FAILED if side_by_side.document["failed"] else 0
    _refuse_without_detectors(b, conditions, points)
    assert b is not None
    _refuse_unknown(metrics)
    with check_progress(f"{a} and {b}", quiet=quiet) as checked:
        paired = partial(
            prepare,
            a, b, overrides, overrides_b, replications, seed, equivalence, allow_large=allow_large, checked=checked,
        )  # fmt: skip
        pairing = within(budget, paired)
    found = carry_out(
        pairing, Path(out), with_what, force=force, budget=budget, watch=partial(sweep_progress, quiet=quiet),
        engine=engine,
    )  # fmt: skip
    if as_json:
        comparetable.print_json(found)
    elif not quiet:
        comparetable.show(found, metrics)
    return FAILED if found.failed else 0


def _newest(a: str | None, b: str | None, out: Path, detectors: Sequence[str] | None) -> tuple[str, str]:
    """A and B where --last selects B, or both."""
    from icnsim.sweeps.listed import LIVE, RUN, newest

    if b is not None or detectors is not None:
        other = "B" if b is not None else "--detectors"
        raise click.UsageError(f"--last takes the newest result as B: leave out {other}")
    found = newest(out, 1 if a else 2, (RUN, LIVE, "sweep"))
    first = a or str(found[0])
    if Path(first).resolve() == found[-1].resolve():
        raise click.UsageError(f"{first} is the newest result itself: give another A, or none for the one before it")
    return first, str(found[-1])


def _refuse_with_detectors(
    b: str | None, overrides_b: dict[str, str], metrics: Sequence[str], equivalence: Sequence[str]
) -> None:
    if b is not None:
        raise click.UsageError(f"--detectors compares the detectors of one scenario: leave out {b!r}")
    given = {"--set-b": overrides_b, "--metric": metrics, "--equivalence": equivalence}
    for option, values in given.items():
        if values:
            raise click.UsageError(f"{option} compares A and B; it does not apply to --detectors")


def _refuse_without_detectors(b: str | None, conditions: Sequence[str] | None, points: int | None) -> None:
    if b is None:
        raise click.UsageError("give two scenarios or results, A and B, or one scenario with --detectors")
    if conditions is not None or points is not None:
        raise click.UsageError("--conditions and --points belong to --detectors")


def _refuse_unknown(metrics: Sequence[str]) -> None:
    from icnsim.sweeps.figures import unknown

    for metric in metrics:
        for _, expected in unknown(metric):
            raise click.UsageError(f"--metric {metric!r} is no {expected.removeprefix('a ')}")
