"""Prints a JSON document on stdout, without characters that control a terminal."""

import json
from typing import Any

import click


def print_document(document: Any) -> None:
    """Print one document. Characters that are not printable are escaped as \\uXXXX, which JSON reads the same."""
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
    click.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))
