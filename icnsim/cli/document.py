"""Prints JSON documents on stdout, without characters that control a terminal."""

import json
from typing import Any

import click


def print_document(document: Any) -> None:
    """Prints one document. Unprintable characters are written as \\uXXXX, which JSON reads as the same text."""
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
    click.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))
