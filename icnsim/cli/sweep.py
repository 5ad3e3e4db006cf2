"""`icnsim sweep`: runs a scenario at many points, several times each."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim.cli import FAILED, options

if TYPE_CHECKING:
    from icnsim.engines import Engine


@click.command("sweep")
@options.scenario
@options.vary
@options.design
@options.samples
@options.replications
@options.precision
@options.metrics
@options.max_replications
@click.option("--sensitivity", is_flag=True, help="Sobol' indices of each varied key: --design saltelli.")
@click.option("--dry-run", is_flag=True, help="Print the points, the time and the memory; run nothing.")
@options.resume
@click.option(
    "--keep", type=click.Choice(["figures", "runs"]), default="figures", help="Also keep each run's results (runs)."
)
@options.pool
@options.overrides
@options.seed
@options.of_runs
def command(
    scenario: str, overrides: dict[str, str], seed: int | None, out: str, force: bool, as_json: bool, quiet: bool,
    allow_large: bool, max_events: int | None, max_wall: float | None, sensitivity: bool, dry_run: bool, resume: bool,
    keep: str, engine: "Engine", **given: Any,
) -> int:  # fmt: skip
    """Run a scenario at many points, several times each; print and write the results.

    Each run is stored when it ends, and is not done again: the same command continues
    an interrupted sweep, and a wider sweep runs only its new points.
    """
    from icnsim.cli import sweeptable
    from icnsim.cli.progress import check_progress, sweep_progress
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.recording.stored import showing
    from icnsim.sweeps.plan import plan
    from icnsim.sweeps.sweep import run_plan, store_of

    options.refuse_both(force=force, resume=resume)
    with_what = options.pool_of(given)
    if sensitivity:
        if given["design"] not in (None, "saltelli"):
            raise click.UsageError(f"--sensitivity uses the design saltelli: leave out --design {given['design']}")
        given["design"] = "saltelli"
    budget = Budget(max_events, max_wall)
    section = options.sweep_section(given)
    with check_progress(scenario, quiet=quiet) as checked:
        planned = partial(plan, scenario, overrides, section, seed, allow_large=allow_large, checked=checked)
        made = within(budget, planned)
    if dry_run:
        sweeptable.show_plan(made, with_what, store_of(Path(out), made), budget, as_json=as_json)
        return 0
    with sweep_progress(made.scenario.name, quiet=quiet) as watch:
        found = run_plan(
            made, Path(out), with_what, force=force, keep_runs=keep == "runs",
            budget=budget, watch=watch, engine=engine,
        )  # fmt: skip
    with showing(found):
        if as_json:
            sweeptable.print_json(found)
        elif not quiet:
            sweeptable.show(found, made.scenario.sweep.metrics)
    return FAILED if found.summary["failed"] else 0
