"""`icnsim list`: the scenarios and the results that are here."""

from pathlib import Path

import click


@click.command("list")
@click.option("--out", default="results", show_default=True, type=click.Path(), help="Folder of all results.")
def command(out: str) -> None:
    """List the scenarios in ./scenarios and the results in ./results."""
    for path in sorted(Path("scenarios").glob("*.yaml")):
        click.echo(f"{path}  {_question(path)}")
    for manifest in sorted(Path(out).glob("*/*/manifest.json")):
        click.echo(str(manifest.parent))


def _question(path: Path) -> str:
    """The first line of the file's header."""
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline(500)
    except (OSError, UnicodeDecodeError):
        return ""
    text = first.removeprefix("#").strip() if first.startswith("#") else ""
    return "".join(c if c.isprintable() else "�" for c in text)
