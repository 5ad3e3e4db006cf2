"""`icnsim report`: writes results as one page that opens from disk."""

from functools import partial
from pathlib import Path

import click

from icnsim.cli import options
from icnsim.errors import printable


@click.command("report")
@options.results(2)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False),
              help="The file of the page; - is stdout. The default is NAME-ID.html.")  # fmt: skip
@options.allow_large
@options.max_wall_of_reading
def command(results: tuple[str, ...], output: str | None, allow_large: bool, max_wall: float | None) -> None:
    """Write results as one HTML page, which needs no network.

    RESULTS is the folder that `icnsim run`, `sweep`, `recommend`, `check`, `rare` or `compare --detectors` wrote, or
    results/NAME if it contains only one. With two runs or sweeps the page compares the second with the first, as
    `icnsim compare` does.
    """
    from icnsim.cli.output import put_file
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.report.opening import html_of

    if len(results) > 2:
        raise click.UsageError("give one result, or two results to compare them")
    make = partial(_compared if len(results) == 2 else html_of, *results, allow_large=allow_large)
    html, name = within(Budget(None, max_wall), make)
    target = output or f"{name}.html"
    put_file(target, [html.encode()])
    if target != "-":
        click.echo(printable(f"report in {target}"), err=True)


def _compared(a: str, b: str, *, allow_large: bool) -> tuple[str, str]:
    """The HTML of a comparison, and a name for its file without the suffix."""
    from icnsim.recording import stored
    from icnsim.report import comparison
    from icnsim.report.rendering import html
    from icnsim.sweeps.comparison import compare
    from icnsim.sweeps.opening import only
    from icnsim.sweeps.sides import is_results

    for each in (a, b):
        if not is_results(each) or not Path(each).exists():
            raise click.UsageError(f"{each}: give the folders of two results; `icnsim compare` runs scenarios")
    found = compare(only(Path(a)), only(Path(b)), allow_large=allow_large)
    with stored.readable(Path(b)):
        return html(comparison.page(found)), found.name
