"""`icnsim schema`: the JSON Schema of scenario files, for editors."""

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a scenario file."""
    from icnsim.recording.folder import dumps
    from icnsim.scenario.resolved import json_schema

    click.echo(dumps(json_schema()), nl=False)
