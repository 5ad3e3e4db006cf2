"""`icnsim schema`: prints the JSON Schema of scenario files, for editors."""

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a scenario file."""
    from icnsim.cli.document import print_document
    from icnsim.scenario.resolved import json_schema

    print_document(json_schema())
