"""`icnsim live`: run the executors of a scenario as real processes over real sockets."""

from pathlib import Path

import click

from icnsim.cli import FAILED, complain, options


@click.command("live")
@options.scenario
@options.overrides
@options.seed
@click.option(
    "--speed", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N",
    help="Virtual seconds per real second.",
)  # fmt: skip
@click.option(
    "--processes", type=click.IntRange(1, 128), default=2, show_default=True, metavar="P",
    help="Processes for the executors that no crash and no pause hits; each of the others has its own.",
)  # fmt: skip
@click.option(
    "--timer-error", type=click.FloatRange(0, min_open=True), default=0.1, show_default=True, metavar="SECONDS",
    help="The promised error of timers and sockets in real seconds. If a delay is larger, exit with 1.",
)  # fmt: skip
@click.option(
    "--compare", "compared", is_flag=True,
    help="Simulate the scenario with the same draws, and report for each figure whether the two agree.",
)  # fmt: skip
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), default=0, metavar="PORT",
    help="The port on loopback for Prometheus during the run; a free one by default.",
)  # fmt: skip
@options.out
@options.allow_large
@options.max_events("Stop with an error if the simulation of --compare needs more than N events.")
@options.max_wall(
    "Stop with an error if the simulation of --compare takes more than SECONDS of wall time. It is done before the "
    "live run, which has its own limit of an hour."
)
@options.as_json
@click.option("--quiet", is_flag=True, help="Print only errors.")
def command(
    scenario: str, overrides: dict[str, str], seed: int | None, speed: int, processes: int, timer_error: float,
    compared: bool, metrics_port: int, out: str, allow_large: bool, max_events: int | None, max_wall: float | None,
    as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Run a scenario with real processes, sockets on loopback, timers, files and signals.

    The results have the form of a run. Ctrl-C ends every process.
    """
    from icnsim.cli.document import print_document
    from icnsim.cli.livetable import announce, show_live
    from icnsim.cli.table import show
    from icnsim.cli.terminal import Terminal
    from icnsim.experiment import prepare
    from icnsim.live import wording
    from icnsim.live.running import live
    from icnsim.live.support import planned
    from icnsim.recording.progress import Budget

    for option, limit in (("--max-events", max_events), ("--max-wall", max_wall)):
        if limit is not None and not compared:
            raise click.UsageError(f"{option} limits the simulation of --compare: add --compare, or leave it out")
    loaded = prepare(scenario, overrides, seed, allow_large=allow_large)
    announce(planned(loaded, speed, processes), compared=compared, quiet=quiet or as_json)

    def serving(port: int) -> None:
        if not quiet and not as_json:
            click.echo(f"metrics on http://127.0.0.1:{port}/metrics", err=True)

    found = live(
        loaded, speed, processes=processes, error_s=timer_error, out=out, compared=compared, metrics=metrics_port,
        serving=serving, budget=Budget(max_events, max_wall),
    )  # fmt: skip
    if as_json:
        comparison = None if found.comparison is None else found.comparison.document()
        print_document(
            {"summary": found.run.summary, "live": found.measures, "promise": found.promise, "comparison": comparison}
        )
    elif not quiet:
        show(found.run, Path(scenario))
        show_live(found, Terminal())
    if not found.kept:
        complain(wording.promise(found.promise))
        return FAILED
    if found.comparison is not None and not found.comparison.agrees:
        sentences = (sentence for holds, sentence in wording.verdicts(found.comparison.document()) if not holds)
        complain(f"the live run differs from its simulation. {' '.join(sentences)}")
        return FAILED
    return 0 if found.run.held else FAILED
