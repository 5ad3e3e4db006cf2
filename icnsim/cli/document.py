"""A JSON document on stdout: the data of a file of ours, with nothing in it that could move a terminal."""

import json
from typing import Any

import click


def print_document(document: Any) -> None:
    """Print one document, what is not printable in its texts as \\uXXXX: no reader of JSON sees a difference."""
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
    click.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))
