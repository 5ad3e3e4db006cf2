"""`icnsim figures`: the name, the unit and the meaning of every figure."""

import click

from icnsim.cli import completion, options


@click.command("figures")
@click.argument("words", metavar="[WORD]...", nargs=-1, shell_complete=completion.figures)
@options.as_json
def command(words: tuple[str, ...], as_json: bool) -> None:
    """Print every figure of a run with its unit and its meaning, or the figures that contain each WORD.

    Use the names in `expect`, --metric, --minimize, --subject-to, and in run["NAME"] in Python.
    """
    from icnsim.cli.document import print_document
    from icnsim.sweeps.described import described

    wanted = [word.lower() for word in words]
    found = [each for each in described() if all(word in " ".join(each).lower() for word in wanted)]
    if as_json:
        print_document([each._asdict() for each in found])
        return
    if not found:
        raise click.UsageError(f"no figure contains {' and '.join(map(repr, words))}; `icnsim figures` prints all")
    name, unit = (max(len(each[place]) for each in found) for place in (0, 1))
    for each in found:
        click.echo(f"{each.name:{name}}  {each.unit:{unit}}  {each.meaning}".rstrip())
