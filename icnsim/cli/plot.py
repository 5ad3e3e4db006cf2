"""`icnsim plot`: one picture of a result, as a file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from icnsim.cli import options

if TYPE_CHECKING:
    from icnsim.experiment import Run
    from icnsim.plots.chart import Chart
    from icnsim.sweeps.sweep import Sweep


@click.command("plot")
@click.argument("results", metavar="RESULTS", type=click.Path())
@click.option("--kind", metavar="KIND", help="What is drawn; without it the kinds are listed.")
@click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False), help="A file that ends in .svg, .png or .pdf."
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option("--migration", type=click.IntRange(0), metavar="ID", help="For the kind migration: which one.")
@options.allow_large
def command(
    results: str, kind: str | None, output: str | None, theme: str, migration: int | None, allow_large: bool
) -> None:
    """Draw a run's or a sweep's results: vectors for print as .svg or .pdf, dots as .png.

    RESULTS is the folder that `icnsim run` or `icnsim sweep` wrote, or results/NAME where only one lies.
    """
    from icnsim.cli.output import put_file
    from icnsim.plots.drawing import FORMATS, file_of
    from icnsim.sweeps.opening import load

    if output is not None and Path(output).suffix[1:] not in FORMATS:
        raise click.UsageError(f"--output {output}: a file that ends in .svg, .png or .pdf")
    if migration is not None and kind != "migration":
        raise click.UsageError("--migration is for --kind migration")
    kinds = _kinds(load(results, allow_large=allow_large), migration)
    if kind is None:
        for name, (words, _) in kinds.items():
            click.echo(f"{name:22}  {words}")
        return
    if kind not in kinds:
        raise click.UsageError(f"--kind {kind!r}: these results have {', '.join(kinds)}")
    if output is None:
        raise click.UsageError("--kind needs --output, a file that ends in .svg, .png or .pdf")
    chart = kinds[kind][1]()
    put_file(output, [file_of(chart, Path(output).suffix[1:], "dark" if theme == "dark" else "light")])


def _kinds(result: "Run | Sweep", number: int | None) -> "Mapping[str, tuple[str, Callable[[], Chart]]]":
    """What can be drawn of a result: in words, and what draws it."""
    from functools import partial

    from icnsim.experiment import Run
    from icnsim.plots.catalogue import OF_A_RUN
    from icnsim.plots.migration import migration

    if not isinstance(result, Run):
        return {}
    made = {kind: partial(make, result) for kind, make in OF_A_RUN.items()}
    made["migration"] = partial(migration, result, number)
    return {kind: (_first_line(OF_A_RUN[kind]), make) for kind, make in made.items()}


def _first_line(function: object) -> str:
    return (function.__doc__ or "").partition("\n")[0]
