"""`icnsim report`: a result as one page that opens from disk."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from icnsim.cli import options
from icnsim.errors import printable

if TYPE_CHECKING:
    from icnsim.report.page import Page


@click.command("report")
@options.results(2)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False),
              help="Where the page is written, - for stdout; by default NAME-ID.html here.")  # fmt: skip
@options.allow_large
def command(results: tuple[str, ...], output: str | None, allow_large: bool) -> None:
    """Write a run, a sweep, a recommendation or a comparison as one HTML page, which needs no network.

    RESULTS is the folder that `icnsim run`, `icnsim sweep` or `icnsim recommend` wrote, or results/NAME if
    it holds only one. With two of them the page compares the second with the first, as `icnsim compare` does.
    """
    from icnsim.cli.output import put_file
    from icnsim.report.rendering import html

    if len(results) > 2:
        raise click.UsageError("one result, or two that are compared")
    page, name = _compared(*results, allow_large=allow_large) if len(results) == 2 else _of(results[0], allow_large)
    target = output or f"{name}.html"
    put_file(target, [html(page).encode()])
    if target != "-":
        click.echo(printable(f"report in {target}"), err=True)


def _of(results: str, allow_large: bool) -> "tuple[Page, str]":
    from icnsim.experiment import Run
    from icnsim.recommendation.recommend import opened
    from icnsim.report import recommendation, run, sweep
    from icnsim.sweeps.opening import load

    advice = opened(results)
    if advice is not None:
        name = f"{advice.document['scenario']}-recommend-{advice.document['recommend_id']}"
        return recommendation.page(advice), name
    found = load(results, allow_large=allow_large)
    if isinstance(found, Run):
        return run.page(found), f"{found.scenario.name}-{found.summary['run_id']}"
    return sweep.page(found), f"{found.summary['scenario']}-sweep-{found.summary['sweep_id']}"


def _compared(a: str, b: str, *, allow_large: bool) -> "tuple[Page, str]":
    from icnsim.report import comparison
    from icnsim.sweeps.comparison import compare
    from icnsim.sweeps.opening import only
    from icnsim.sweeps.sides import is_results

    for each in (a, b):
        if not is_results(each) or not Path(each).exists():
            raise click.UsageError(f"{each}: give the folders of two results; `icnsim compare` runs scenarios")
    found = compare(only(Path(a)), only(Path(b)), allow_large=allow_large)
    return comparison.page(found), f"{Path(a).name}-{Path(b).name}"
