"""Tables that never break a number, in a terminal of any width.

Rich narrows columns until the table fits, and then breaks numbers in two or cuts them off. Here no column is narrower
than its longest word. A table that does not fit loses the space between its columns first. If it does not fit
even then, it is printed wider than the terminal, which continues each line on the next one.
"""

from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

BETWEEN: Final = 3
"""Characters between two columns of a table with the box SIMPLE_HEAD and the usual padding."""
CLOSE: Final = 1
"""Characters between two columns without padding."""
EDGES: Final = 2
"""Characters at both ends of a row."""


def print_table(console: Console, table: Table) -> None:
    """Prints a table with the box SIMPLE_HEAD and without padded edges, and sets the widths of its columns."""
    measured = [_measured(console, column) for column in table.columns]
    least = sum(each.minimum for each in measured)
    gaps = len(measured) - 1
    close = least + gaps * BETWEEN + EDGES > console.width
    if close:
        table.padding = (0, 0)
    room = console.width - EDGES - gaps * (CLOSE if close else BETWEEN)
    for column, width in zip(table.columns, widths(measured, room), strict=True):
        column.width = width
    own = console.width
    console.width = max(own, least + gaps * CLOSE + EDGES)  # Rich prints nothing wider than the console
    console.print(table, crop=False)
    console.width = own


def widths(measured: list[Measurement], room: int) -> list[int]:
    """Return the widths of columns within `room`: the widest are narrowed first, and none below its minimum."""
    found = [each.maximum for each in measured]
    while sum(found) > room:
        spare = [place for place, each in enumerate(measured) if found[place] > each.minimum]
        if not spare:
            break
        found[max(spare, key=lambda place: found[place])] -= 1
    return found


def _measured(console: Console, column: Column) -> Measurement:
    """Return the longest word and the longest line of a column; the longest line twice if it must not wrap."""
    options = console.options.update(width=1_000)
    cells = [Measurement.get(console, options, cell) for cell in (column.header, *column.cells)]
    maximum = max(cell.maximum for cell in cells)
    return Measurement(maximum if column.no_wrap else max(cell.minimum for cell in cells), maximum)
