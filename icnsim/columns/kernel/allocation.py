"""Rows of tables: taken from those that were given back, or from the end of what `m` holds."""

from icnsim.columns.kernel.layout import (
    N_TOP,
    NONE,
    Whole,
)


def allocate(m: Whole, free: int, size: int) -> int:
    """A row of that size; `free` is the number that holds the first free one."""
    row = m[free]
    if row != NONE:
        m[free] = m[row]
        return row
    row = m[N_TOP]
    m[N_TOP] = row + size
    return row


def give_back(m: Whole, free: int, row: int) -> None:
    """A row is free: its first field tells the next one."""
    m[row] = m[free]
    m[free] = row
