"""`icnsim plot`: draws one picture of a result."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from icnsim import matplotlibrc
from icnsim.cli import completion, options

if TYPE_CHECKING:
    from icnsim.plots.chart import Chart


@click.command("plot")
@options.results()
@click.option(
    "--kind", metavar="KIND", help="The kind of plot; without it the kinds are listed.", shell_complete=completion.plots
)
@click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False), help="A file that ends in .svg, .png or .pdf."
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option("--migration", type=click.IntRange(0), metavar="ID", help="For the kind migration: its number.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="For sweeps: the figure; the kind front takes two.",
    shell_complete=completion.figures,
)
@click.option("--x", metavar="KEY", help="For sweeps: the key along the axis.",
              shell_complete=completion.keys)  # fmt: skip
@click.option("--by", metavar="KEY", help="For sweeps: the second key.", shell_complete=completion.keys)
@click.option("--subject-to", metavar="METRIC<VALUE", help="For sweeps: the limit to draw.")
@options.allow_large
@options.max_wall_of_reading
def command(
    results: str, kind: str | None, output: str | None, theme: str, allow_large: bool, max_wall: float | None,
    **given: Any,
) -> None:  # fmt: skip
    """Draw the results of a run or a sweep, as .svg, .pdf or .png.

    RESULTS is the folder that `icnsim run` or `icnsim sweep` wrote, or results/NAME if it contains
    only one. Without --kind the kinds are listed.
    """
    from icnsim.cli.output import put_file
    from icnsim.experiment import Run
    from icnsim.plots.catalogue import OF_A_SWEEP, of_run
    from icnsim.plots.drawing import FORMATS, file_of
    from icnsim.recording import stored
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.sweeps.opening import load

    if output is not None and Path(output).suffix[1:] not in FORMATS:
        raise click.UsageError(f"--output {output}: the name must end in .svg, .png or .pdf")
    result = load(results, allow_large=allow_large)
    written = result.summary.get("version")
    kinds = of_run(result) if isinstance(result, Run) else OF_A_SWEEP
    if kind is None:
        for name, make in kinds.items():
            click.echo(f"{name:22}  {(make.__doc__ or '').partition(chr(10))[0]}")
        return
    if kind not in kinds:
        raise click.UsageError(f"--kind {kind!r} is not one of the kinds of these results: {', '.join(kinds)}")
    arguments = _arguments(kind, given)
    if output is None:
        raise click.UsageError("--kind needs --output with a file whose name ends in .svg, .png or .pdf")
    matplotlibrc.load()
    suffix = Path(output).suffix[1:]
    make_any: Callable[..., Chart] = kinds[kind]

    def drawn() -> bytes:
        with stored.readable(Path(results), written):
            return file_of(make_any(result, **arguments), suffix, "dark" if theme == "dark" else "light")

    put_file(output, [within(Budget(None, max_wall), drawn)])


TAKES: Final[Mapping[str, Mapping[str, str]]] = {
    "migration": {"migration": "number"},
    "lines": {"metric": "metric", "x": "x", "by": "by", "subject_to": "limit"},
    "heatmap": {"metric": "metric", "x": "x", "by": "y", "subject_to": "limit", "at_most": "at_most"},
    "front": {"metric": "x", "second": "y"},
    "tornado": {"metric": "metric"},
}
"""The options of each kind, with the names of its function's parameters."""


def _arguments(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a kind's function; an option that the kind does not take is refused."""
    from icnsim.recommendation.constraints import constraint

    metrics = given.pop("metrics")
    if len(metrics) > 2:
        raise click.UsageError("--metric: at most two")
    found = {**given, **dict(zip(("metric", "second"), metrics))}
    if found["subject_to"] is not None:
        limit = constraint(found["subject_to"])
        if found.setdefault("metric", limit.metric) != limit.metric:
            raise click.UsageError(f"--subject-to limits {limit.metric}, --metric draws {found['metric']}")
        found["subject_to"] = limit.value
        if kind == "heatmap":
            found["at_most"] = limit.from_above
    takes = TAKES.get(kind, {})
    for name, value in found.items():
        if value is not None and name not in takes:
            option = "a second --metric" if name == "second" else f"--{name.replace('_', '-')}"
            raise click.UsageError(f"--kind {kind} does not take {option}")
    return {takes[name]: value for name, value in found.items() if value is not None}
