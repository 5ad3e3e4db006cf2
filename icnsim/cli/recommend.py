"""`icnsim recommend`: the settings that minimise one figure subject to limits of others."""

import logging
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim.cli import FAILED, options

if TYPE_CHECKING:
    from icnsim.engines import Engine


@click.command("recommend")
@options.scenario
@options.vary
@options.design
@click.option(
    "--samples", type=click.IntRange(1), metavar="N",
    help="Points that the optimiser looks at, 128 by default, or that a --design takes.",
)  # fmt: skip
@options.replications
@click.option("--minimize", required=True, metavar="METRIC", help="The figure that is to be as small as can be.")
@click.option(
    "--subject-to", multiple=True, required=True, metavar="METRIC<VALUE",
    help="A limit, such as detection_total.p99<60s or success_rate>=99%. May be repeated.",
)  # fmt: skip
@options.resume
@options.pool
@options.overrides
@options.seed
@options.of_runs
def command(
    scenario: str, overrides: dict[str, str], seed: int | None, out: str, force: bool, as_json: bool, quiet: bool,
    allow_large: bool, max_events: int | None, max_wall: float | None, minimize: str, subject_to: tuple[str, ...],
    resume: bool, engine: "Engine", **given: Any,
) -> int:  # fmt: skip
    """Find the settings that minimise one figure while others stay within limits, at 95 % confidence.

    Points of lists, or of a --design, are all run; ranges without one are searched by an
    optimiser. Limits are held by confidence bounds, and the best points run again with other
    seeds before one is recommended. Exit code 1: no settings were shown to be within the limits.
    """
    from icnsim.cli import recommendtable
    from icnsim.cli.progress import sweep_progress
    from icnsim.recommendation.constraints import goal
    from icnsim.recommendation.recommend import run_search
    from icnsim.recommendation.screening import search
    from icnsim.recording.progress import Budget

    options.refuse_both(force=force, resume=resume)
    with_what = options.pool_of(given)
    asked = goal(minimize, subject_to)
    where = search(scenario, asked, overrides, options.sweep_section(given), seed, allow_large=allow_large)
    _import_matplotlib()
    with sweep_progress(where.plan.scenario.name, quiet=quiet) as watch:
        found = run_search(
            where,
            asked,
            Path(out),
            with_what,
            force=force,
            budget=Budget(max_events, max_wall),
            watch=watch,
            engine=engine,
        )
    if as_json:
        recommendtable.print_json(found)
    elif not quiet:
        own = [part for key, value in overrides.items() for part in ("--set", f"{key}={value}")]
        large = ["--allow-large"] if allow_large else []
        seeded = [] if seed is None else ["--seed", str(seed)]
        recommendtable.show(found, ["icnsim", "run", scenario, *large, *seeded, *own])
    return 0 if found.settings is not None else FAILED


def _import_matplotlib() -> None:
    """Import matplotlib with the settings that it comes with, none of the folder in which we are, and silently."""
    from icnsim.analysis import paretoplot

    # It takes a temporary folder where the home's cannot be written, and would warn of it.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    # A matplotlibrc of the present folder goes before any other.
    with chdir(Path(found.origin).with_name("mpl-data")):
        paretoplot.prepare()
