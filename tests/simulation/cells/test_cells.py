"""Each cell of the table has the value computed by hand, and no other figure changes."""

from collections.abc import Sequence
from functools import cache

import pytest

from tests.simulation.cells.cell import COLUMNS, Cell, Row
from tests.simulation.cells.page import PAGE, with_table
from tests.simulation.cells.rows import ROWS

ROW = {row.name: row for row in ROWS}
CELLS = [(row, column, cell) for row in ROWS for column, cell in row.cells.items()]


def same(found: float | None, value: float | None) -> bool:
    """Whether two figures are equal to the µs."""
    return found == value if found is None or value is None else abs(found - value) < 1.5e-6


@cache
def others_without_fault(name: str, changes: tuple[tuple[str, object], ...]) -> Sequence[object]:
    """The figures of a row that no fault may change."""
    return ROW[name].measure([], dict(changes))[1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_without_a_fault_the_figure_has_its_value(row: Row) -> None:
    assert same(row.measure([], {})[0], row.value)
    assert set(row.cells) == set(COLUMNS)


@pytest.mark.parametrize(("row", "column", "cell"), CELLS, ids=lambda each: getattr(each, "name", str(each)[:20]))
def test_a_fault_changes_the_figure_as_the_table_says_and_no_other(row: Row, column: str, cell: Cell) -> None:
    found, others = row.measure(cell.faults, cell.changes)
    assert same(found, cell.value), (found, cell.value, cell.faults)
    assert others == others_without_fault(row.name, tuple(cell.changes.items()))


def test_the_page_has_the_table() -> None:
    page = PAGE.read_text("utf-8")
    assert with_table(page) == page
