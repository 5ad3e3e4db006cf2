"""The terminal that tables and progress are printed on."""

import os
from collections.abc import Mapping
from typing import Final

from rich.console import Console

SIZES: Final = ("COLUMNS", "LINES")


class Terminal(Console):
    """Rich's console without markup. The command line handles a reader that has closed the pipe.

    A width of 0, as some tools and containers set COLUMNS, means that the width is unknown.
    """

    def __init__(self, width: int | None = None, *, stderr: bool = False) -> None:
        environment = known_sizes(os.environ)
        super().__init__(width=width, stderr=stderr, highlight=False, markup=False, emoji=False, _environ=environment)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def known_sizes(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without sizes of the terminal that are not positive numbers."""
    return {
        name: value
        for name, value in environment.items()
        if name not in SIZES or (value.isascii() and value.isdigit() and int(value) > 0)
    }
