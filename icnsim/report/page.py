"""What a page is made of: sections of tables, plots, texts and diagrams, whatever result they tell of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from icnsim.plots.chart import Chart


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text : what is shown. key : what it is sorted by, if that is not its text. note : more, in small print.
    mark : whether it is to be seen at once.
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
    columns : headings; one that begins with "#" is of numbers, right-aligned. rows : of as many cells.
    note : what is left out, or how it is to be read.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


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
    """A diagram that is folded away: what it is, the events in words, and the SVG that this package has made."""

    title: str
    lines: tuple[str, ...]
    svg: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened in a run, drawn by the script `assets/timeline.js`.

    Attributes
    ----------
    data : see `icnsim.report.timeline`. note : what is drawn and what is left out. lines : the content in words.
    """

    data: Mapping[str, Any]
    note: str
    lines: tuple[str, ...]


Part = Table | Plot | Text | Picture | Timeline


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
    verdicts : what held and what did not: whether, and in words.
    """

    title: str
    description: str
    facts: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[bool, str], ...]
    sections: tuple[Section, ...] = field(default_factory=tuple)


def cells(values: Iterable[Any]) -> tuple[Cell, ...]:
    """A row of plain values: numbers are sorted as such, and missing ones come last."""
    return tuple(_cell(value) for value in values)


def _cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return Cell("–")
    if isinstance(value, bool):
        return Cell("yes" if value else "no", float(value))
    if isinstance(value, int):
        return Cell(f"{value:,}", float(value))
    if isinstance(value, float):
        return Cell(f"{value:,.6g}", value)
    return Cell(str(value))


def table(title: str, columns: Sequence[str], rows: Iterable[Iterable[Any]], note: str = "") -> Table:
    """A table of plain values or cells."""
    return Table(title, tuple(columns), tuple(cells(row) for row in rows), note)
