"""Allocation of table rows: from the list of free rows of the table, or from the end of `m`."""

from icnsim.columns.kernel.layout import (
    N_TOP,
    NONE,
    Whole,
)


def take_row(m: Whole, free: int, size: int) -> int:
    """Allocate a row of `size` places; `m[free]` is the first free row of the table."""
    row = m[free]
    if row != NONE:
        m[free] = m[row]
        return row
    row = m[N_TOP]
    m[N_TOP] = row + size
    return row


def release_row(m: Whole, free: int, row: int) -> None:
    """Free a row. Its first field links to the next free row."""
    m[row] = m[free]
    m[free] = row
