"""`icnsim metrics`: the metrics of a run, as a Prometheus exporter would have reported them."""

from datetime import UTC, datetime
from typing import Final

import click

from icnsim.cli import options

MOST: Final = 20_000
"""The most instants of a series; each has about a hundred samples."""


@click.command("metrics")
@options.results()
@click.option(
    "--format", "form", type=click.Choice(["prometheus", "openmetrics"]), default="prometheus", show_default=True
)
@click.option("--at", metavar="TIME", help="The time of the scrape, such as 10min; by default the end.")
@click.option("--series", is_flag=True, help="Print OpenMetrics with the time of each sample, for promtool.")
@click.option("--every", metavar="TIME", help="With --series, the time between two scrapes; 15s by default.")
@click.option(
    "--start", metavar="DATE", help="With --series, the date of virtual time 0. The default is 2026-01-01T00:00:00Z."
)
@click.option(
    "--output", metavar="FILE", default="-", type=click.Path(dir_okay=False), help="A file instead of stdout."
)
@options.allow_large
@options.max_wall_of_reading
def command(
    results: str, form: str, at: str | None, series: bool, every: str | None, start: str | None, output: str,
    allow_large: bool, max_wall: float | None,
) -> None:  # fmt: skip
    """Print the metrics of a run, as a scrape at one instant or as a series.

    RESULTS is the folder that `icnsim run` wrote, or results/NAME if it contains only one. The run is
    simulated again. To make a database of a series, use `promtool tsdb create-blocks-from openmetrics FILE DATA`.
    """
    from icnsim.cli.output import put_file
    from icnsim.experiment import Run
    from icnsim.metrics import exposition
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.sweeps.opening import load

    if not series and (every or start):
        raise click.UsageError(f"{'--every' if every else '--start'} needs --series")
    if series and at:
        raise click.UsageError("--at prints one instant, and --series many: leave one of them out")
    step, epoch = options.time("--every", every or "15s"), _epoch(start or "2026-01-01T00:00:00Z")
    when = None if at is None else options.time("--at", at)
    run = load(results, allow_large=allow_large)
    if not isinstance(run, Run):
        raise click.UsageError(f"{results} contains a sweep: give the folder of one run")
    recording = within(Budget(None, max_wall), run.replayed)
    if series:
        import numpy as np

        instants = np.arange(0, recording.horizon + step, step, dtype=np.int64) if step else np.array([], np.int64)
        if not 0 < len(instants) <= MOST:
            raise click.UsageError(f"--every {every}: {len(instants):,} scrapes, from 1 to {MOST:,} are possible")
        put_file(output, exposition.series(recording, run.scenario, instants, epoch))
        return
    put_file(output, [exposition.latest(recording, run.scenario, recording.horizon if when is None else when, form)])


def _epoch(text: str) -> int:
    """Returns a date as Unix time, µs."""
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--start {text!r}: a date such as 2026-01-01T00:00:00Z is expected") from None
    return round((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1e6)
