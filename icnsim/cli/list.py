"""`icnsim list`: the scenarios and the results in this folder."""

from pathlib import Path

import click

from icnsim.cli import options
from icnsim.errors import ResultsError, printable


@click.command("list")
@options.out
def command(out: str) -> None:
    """List the scenarios in ./scenarios and the results in ./results.

    A result is listed with its date. If a scenario has several results, the keys in which they differ are shown.
    """
    from icnsim.sweeps.listed import listed, scenarios_of

    paths = sorted(path for path in Path("scenarios").glob("*.yaml") if path.is_file())
    for path in paths:
        click.echo(printable(f"{path}  {_question(path)}"))
    try:
        scenarios = scenarios_of(Path(out))
    except OSError as error:
        raise ResultsError(f"{out}: no folder that can be listed: {(error.strerror or str(error)).lower()}") from None
    results = list(listed(scenarios))
    for result in results:
        click.echo(printable(result.line()))
    if not paths and not results:
        click.echo(printable(f"no scenarios in ./scenarios and no results in {out}"), err=True)
        click.echo(
            "next: icnsim init, which copies the shipped scenarios, or icnsim new NAME, which writes one", err=True
        )


def _question(path: Path) -> str:
    """Returns the first line of the file's header."""
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline(500)
    except (OSError, UnicodeDecodeError):
        return ""
    return first.removeprefix("#").strip() if first.startswith("#") else ""
