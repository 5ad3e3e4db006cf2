"""`icnsim explore`: the closed forms of a scenario as one page with sliders."""

import click

from icnsim.cli import options
from icnsim.errors import printable


@click.command("explore")
@options.scenario
@options.overrides
@click.option("--out", "output", metavar="FILE", type=click.Path(dir_okay=False),
              help="The file of the page, - for stdout; by default NAME-explore.html in this folder.")  # fmt: skip
def command(scenario: str, overrides: dict[str, str], output: str | None) -> None:
    """Write a page with sliders over the closed forms of a scenario, which needs no network.

    The sliders change the interval, the timeout, the retention, the share of dead executors, the loss of messages and
    the tail of the latency. The page shows the predictions of the closed forms, next to those at the design's settings,
    and the command that simulates the current settings. It names the keys of the scenario that no closed form covers.
    """
    from icnsim.cli.output import put_file
    from icnsim.report.explore import html
    from icnsim.scenario.loading import read

    source = read(scenario)
    name, page = html(source, scenario, overrides)
    target = output or f"{name}-explore.html"
    put_file(target, [page.encode()])
    if target != "-":
        click.echo(printable(f"page in {target}: open it in a browser"), err=True)
