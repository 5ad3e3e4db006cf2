"""Tables in terminals of any width."""

import io
import re
from itertools import product

import pytest
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from icnsim.cli.fitting import print_table, widths

NUMBERS = ["51.1 × [0.54, 56,193]", "105.277 s", "+30.026 ± 0.070 s", "100.000 % [96.191 %, 100.000 %]"]


def printed(width: int, columns: int, *, whole: bool) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number in range(columns):
        table.add_column(f"figure {number}", justify="right", overflow="fold", no_wrap=whole)
    table.add_row(*(NUMBERS * columns)[:columns])
    print_table(console, table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize(("width", "columns"), list(product((20, 40, 60, 80, 120, 250), (1, 3, 5, 8))))
@pytest.mark.parametrize("whole", [False, True])
def test_no_number_is_cut_or_broken(width: int, columns: int, whole: bool) -> None:
    found = sorted(re.sub(r"[─\s]+", " ", " ".join(printed(width, columns, whole=whole))).split())
    heads = [word for number in range(columns) for word in ("figure", str(number))]
    assert found == sorted([*" ".join((NUMBERS * columns)[:columns]).split(), *heads])


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
def test_a_table_that_can_fit_does(columns: int) -> None:
    assert max(map(len, printed(80, columns, whole=False))) <= 80


def test_the_widest_columns_are_narrowed_first_and_none_below_its_longest_word() -> None:
    measured = [Measurement(3, 20), Measurement(8, 10), Measurement(5, 5)]
    assert widths(measured, 35) == [20, 10, 5]
    assert widths(measured, 27) == [12, 10, 5]
    assert widths(measured, 18) == [5, 8, 5]
    assert widths(measured, 4) == [3, 8, 5]
