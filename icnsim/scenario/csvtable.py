"""Reads a CSV table strictly: a header that names each column once, and rows with one cell for each column.

A row with more or fewer cells is an error, because its cells would belong to other columns: a decimal comma or a stray
comma moves all cells after it. Each row comes with its line in the file, so blank lines and quoted line breaks count.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MAX_ROWS: Final = 1_000_000
SHOWN: Final = 40
"""Characters of a cell that a message shows."""
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9.]*,[0-9]+", re.ASCII)

Row = tuple[int, list[str]]
"""The line of a row, from 1, and its cells without spaces around them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is being read.

    Attributes
    ----------
    name : of the file, for messages. header : the names of the columns. rows : each row, once; raises ValueError at a
        row that does not fit the header.
    """

    name: str
    header: tuple[str, ...]
    rows: Iterator[Row]

    def require(self, needed: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Raise ValueError unless the table has the needed columns, and no others than the optional ones."""
        if set(needed) <= set(self.header) <= {*needed, *optional}:
            return
        columns = f"the column{'s' * (len(needed) > 1)} {' and '.join(needed)}"
        more = f", optionally {' and '.join(optional)}" if optional else ""
        found = ", ".join(self.header)[:200]
        apart = "; separate columns by commas" if ";" in found or "\t" in found else ""
        raise ValueError(f"a CSV file with {columns}{more}, not {found!r}{apart}")

    def place(self, line: int) -> str:
        """The place of a row in messages."""
        return f"line {line} of {self.name}"


def read(name: str, content: bytes) -> Table:
    """A CSV file in UTF-8 as a table; raises ValueError with the expectation, also while its rows are read."""
    lines = _lines(name, content)
    first = next(lines, None)
    if first is None:
        raise ValueError("a CSV file with a header")
    line, header = first
    for place, title in enumerate(header):
        # The first column may have no name: it then has the names of rows.
        if not title and place:
            raise ValueError(f"a name for each column: column {place + 1} is unnamed, line {line} of {name}")
        if title in header[:place]:
            raise ValueError(f"a header that names each column once: {title[:SHOWN]!r} is twice, line {line} of {name}")
    return Table(name, tuple(header), _rows(name, header, lines))


def number(text: str) -> float:
    """The number in a cell, with a decimal point; raises ValueError for anything else, such as nan or 1_000."""
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"not {text[:SHOWN]!r}{'; write a decimal point' * bool(_DECIMAL_COMMA.fullmatch(text))}")
    return float(text)


def _rows(name: str, header: list[str], lines: Iterator[Row]) -> Iterator[Row]:
    width = len(header)
    for number, row in enumerate(lines, 1):
        line, cells = row
        if len(cells) != width:
            columns = f"{width} cell{'s' * (width > 1)}, one for each column"
            advice = "; a decimal comma or a stray comma moves cells" if len(cells) > width else ""
            raise ValueError(f"a row of {columns}, not {len(cells)}, line {line} of {name}{advice}")
        if number > MAX_ROWS:
            raise ValueError(f"a file of at most {MAX_ROWS:,} rows")
        yield row


def _lines(name: str, content: bytes) -> Iterator[Row]:
    """The rows that are not blank, each with the line in which it begins."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline=""), strict=True)
    begins = 1
    try:
        for row in reader:
            if row:
                yield begins, [cell.strip() for cell in row]
            begins = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise ValueError(f"a CSV file in UTF-8 ({error.reason} in {name})") from None
    except csv.Error as error:
        raise ValueError(f"a CSV file ({error}, line {max(reader.line_num, begins)} of {name})") from None
