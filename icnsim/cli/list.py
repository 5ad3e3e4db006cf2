"""`icnsim list`: the scenarios and the results that are here."""

from pathlib import Path

import click

from icnsim.cli import options
from icnsim.errors import printable


@click.command("list")
@options.out
def command(out: str) -> None:
    """List the scenarios in ./scenarios and the results in ./results."""
    for path in sorted(path for path in Path("scenarios").glob("*.yaml") if path.is_file()):
        click.echo(printable(f"{path}  {_question(path)}"))
    for manifest in sorted(Path(out).glob("*/*/manifest.json")):
        click.echo(printable(str(manifest.parent)))


def _question(path: Path) -> str:
    """The first line of the file's header."""
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline(500)
    except (OSError, UnicodeDecodeError):
        return ""
    return first.removeprefix("#").strip() if first.startswith("#") else ""
