"""`icnsim recommend`: finds the settings that minimise a figure subject to limits of others, or a trade-off."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim import matplotlibrc
from icnsim.cli import FAILED, options

if TYPE_CHECKING:
    from icnsim.engines import Engine


@click.command("recommend")
@options.scenario
@options.vary
@options.design
@click.option(
    "--samples", type=click.IntRange(1), metavar="N",
    help="The number of points that the optimiser evaluates (by default 128), or of a --design.",
)  # fmt: skip
@options.replications
@click.option(
    "--minimize", multiple=True, metavar="METRIC",
    help="The figure to minimise. With several, or none, the answer is their trade-off: "
    "by default that of detection_total.p99, false_positives.rate and records.mean.",
)  # fmt: skip
@click.option(
    "--subject-to", multiple=True, metavar="METRIC<VALUE",
    help="A limit, such as detection_total.p99<60s or success_rate>=99%; may be repeated. A single --minimize needs "
    "one.",
)  # fmt: skip
@click.option(
    "--indifference", metavar="SHARE|VALUE",
    help="A difference of the objective that does not matter, such as 5% (the default) or 2s.",
)  # fmt: skip
@click.option(
    "--scale", is_flag=True,
    help="Make each run as large as the figures need, instead of refusing runs that are too small.",
)  # fmt: skip
@options.resume
@options.pool
@options.overrides
@options.seed
@options.of_runs
def command(
    scenario: str, overrides: dict[str, str], seed: int | None, out: str, force: bool, as_json: bool, quiet: bool,
    allow_large: bool, max_events: int | None, max_wall: float | None, minimize: tuple[str, ...],
    subject_to: tuple[str, ...], indifference: str | None, scale: bool, resume: bool, engine: "Engine", **given: Any,
) -> int:  # fmt: skip
    """Find the settings that minimise a figure while others meet limits, at 95 % confidence.

    All points of lists or of a --design are run. An optimiser searches ranges without a design. A limit is met
    if the confidence bound meets it. The best point is run again with other seeds before it is recommended, and
    compared with all others. Exit code 1: no point is shown to meet the limits.
    """
    from icnsim.cli import recommendtable
    from icnsim.cli.progress import check_progress, sweep_progress
    from icnsim.recommendation.constraints import goal
    from icnsim.recommendation.recommend import RECOMMENDED, TRADE_OFF, run_search
    from icnsim.recommendation.screening import search
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.recording.stored import showing

    options.refuse_both(force=force, resume=resume)
    with_what = options.pool_of(given)
    asked = goal(minimize or None, subject_to, indifference)
    budget = Budget(max_events, max_wall)
    with check_progress(scenario, quiet=quiet) as checked:
        planned = partial(
            search,
            scenario, asked, overrides, options.sweep_section(given), seed, scaled=scale, allow_large=allow_large,
            checked=checked,
        )  # fmt: skip
        where = within(budget, planned)
    matplotlibrc.load()
    with sweep_progress(where.plan.scenario.name, quiet=quiet) as watch:
        found = run_search(
            where,
            asked,
            Path(out),
            with_what,
            force=force,
            budget=budget,
            watch=watch,
            engine=engine,
        )
    with showing(found):
        if as_json:
            recommendtable.print_json(found)
        elif not quiet:
            own = [part for key, value in overrides.items() for part in ("--set", f"{key}={value}")]
            large = ["--allow-large"] if allow_large else []
            seeded = [] if seed is None else ["--seed", str(seed)]
            recommendtable.show(found, ["icnsim", "run", scenario, *large, *seeded, *own])
        return 0 if found.outcome in (RECOMMENDED, TRADE_OFF) else FAILED
