"""The parts of a page: sections of tables, plots, texts, verdicts and diagrams, for every kind of result."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from icnsim.plots.chart import Chart

MISSING: Final = "–"
"""The text of a cell without a value."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text : what is shown. key : the number that it is sorted by, None to sort by the text. note : more, in small print.
    mark : whether its row is highlighted.
    """

    text: str
    key: float | None = None
    note: str = ""
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that its reader can sort and filter.

    Attributes
    ----------
    columns : headings; one that begins with "#" has numbers and is right-aligned. rows : each has as many cells.
    note : what is left out, or how it is to be read. printed : the most rows that are printed, None for all.
    narrow : whether it is printed in two columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    printed: int | None = None
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart under its name for links."""

    kind: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `lines` are shown as they are, each on its own line."""

    words: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A diagram that is folded away.

    Attributes
    ----------
    title : what it is. lines : the events in words. svg : what this package has drawn. printed : whether it is printed.
    """

    title: str
    lines: tuple[str, ...]
    svg: str
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence with a mark.

    Attributes
    ----------
    holds : ✓ if true, ✗ if false, no mark of either kind if None. words : what holds or fails.
    found : the value that decides, empty without one. why : the reason, empty without one.
    """

    holds: bool | None
    words: str
    found: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts under a heading. Those of `folded` are shown when the reader opens `summary`."""

    title: str
    items: tuple[Verdict, ...]
    summary: str = ""
    folded: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside of a section, with a paragraph below it."""

    title: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The timeline of a run, drawn by the script `assets/timeline.js`.

    Attributes
    ----------
    data : see `icnsim.report.timeline`. note : what is drawn and what is left out. lines : the content in words.
    """

    data: Mapping[str, Any]
    note: str
    lines: tuple[str, ...]


Part = Table | Plot | Text | Picture | Verdicts | Heading | Timeline


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading; `name` is its anchor. One without parts is left out."""

    name: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes
    ----------
    title, description : of the scenario. facts : names and values under the title.
    verdicts : what held and what did not: whether, or None if it is open, and in words.
    """

    title: str
    description: str
    facts: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[bool | None, str], ...]
    sections: tuple[Section, ...] = field(default_factory=tuple)


def cells(values: Iterable[Any]) -> tuple[Cell, ...]:
    """A row of plain values: numbers are sorted as such, and missing ones come last."""
    return tuple(_cell(value) for value in values)


def _cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return Cell(MISSING)
    if isinstance(value, bool):
        return Cell("yes" if value else "no", float(value))
    if isinstance(value, int):
        return Cell(f"{value:,}", float(value))
    if isinstance(value, float):
        return Cell(f"{value:,.6g}", value)
    return Cell(str(value))


def table(
    title: str, columns: Sequence[str], rows: Iterable[Iterable[Any]], note: str = "", printed: int | None = None
) -> Table:
    """A table of plain values or cells."""
    return Table(title, tuple(columns), tuple(cells(row) for row in rows), note, printed)


def dense(full: Table) -> Table:
    """The table without the columns that have no value in any row, and without the rows that have no value.

    The first column names the row and is no value. The note names the columns that are left out.
    """
    rows = [row for row in full.rows if any(map(_has_value, row[1:]))]
    kept = [place for place in range(len(full.columns)) if not rows or any(_has_value(row[place]) for row in rows)]
    names = [name.lstrip("#") for place, name in enumerate(full.columns) if place not in kept]
    left = f"No row has a value in: {', '.join(names)}." if names else ""
    return replace(
        full,
        columns=tuple(full.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in rows),
        note=" ".join(filter(None, (full.note, left))),
    )


def _has_value(cell: Cell) -> bool:
    return cell.text not in ("", MISSING) or bool(cell.note)
