"""Reads points.parquet, which may come from another person: its size and types first, then its values.

Its contents are checked: the number of rows is that of the summary's runs, points are in order,
and figures are numbers. Texts are read as dictionaries, because a small file may hold the same
long text many times.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.errors import ResultsError
from icnsim.scenario.coherence import MEMORY_LIMIT
from icnsim.sweeps.figures import names
from icnsim.sweeps.plan import MAX_RUNS
from icnsim.sweeps.statistics import Floats
from icnsim.sweeps.tables import Key

KeyValue = float | str | None

COPIES: Final = 2
"""The memory of each number while the table is read, bytes."""


@dataclass(frozen=True, slots=True)
class Replications:
    """The replications of one point.

    Attributes
    ----------
    seeds : of each. figures : replications × `names()`, NaN for a missing figure.
    failures : the reason of each failed one, None for others.
    """

    seeds: NDArray[np.int64]
    figures: Floats
    failures: list[str | None]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of the table.

    Attributes
    ----------
    keys : the columns of the keys that vary. values : of these, at each point. seeds : of all replications.
    """

    keys: tuple[Key, ...]
    values: tuple[tuple[KeyValue, ...], ...]
    seeds: frozenset[int]


def points_of(file: Path, summary: Mapping[str, Any], *, allow_large: bool) -> Points:
    """Check the table against the summary of its sweep and read the keys that vary, within `stored.readable`.

    Raises
    ------
    ResultsError : it needs more memory than usual.
    """
    import pyarrow.parquet as pq

    about = pq.read_metadata(file)
    _expect(0 < about.num_rows == summary["runs"] <= MAX_RUNS, f"{about.num_rows} rows of {summary['runs']} runs")
    unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    needed = max(unpacked, about.num_rows * about.num_columns * 8 * COPIES)
    if needed > MEMORY_LIMIT and not allow_large:
        raise ResultsError(f"{file}: reading it takes about {needed / 2**30:.0f} GiB of memory; --allow-large reads it")
    vary = list(summary["vary"])
    table = _read(file, ["point", *vary, "seed"])
    first = _starts(table)
    _expect(len(first) == summary["points"], f"{len(first)} points in place of {summary['points']}")
    keys = tuple(_key(table.schema.field(name)) for name in vary)
    columns = [_values(key, table[key.name].take(first)) for key in keys]
    values = tuple(tuple(column[point] for column in columns) for point in range(len(first)))
    return Points(keys, values, frozenset(_whole(table, "seed").tolist()))


def replications_of(file: Path) -> Iterator[Replications]:
    """The replications of each point."""
    import pyarrow.parquet as pq

    has = set(pq.read_schema(file).names)
    table = _read(file, ["point", "seed", "failed", *(name for name in names() if name in has)])
    # Results of another version may lack a figure.
    nothing = np.full(len(table), np.nan)
    numbers = np.column_stack([_numbers(table, name) if name in has else nothing for name in names()])
    seeds, failures = _whole(table, "seed"), _texts(table["failed"])
    starts = _starts(table)
    for start, end in zip(starts, [*starts[1:], len(table)]):
        yield Replications(seeds[start:end], numbers[start:end], failures[start:end])


def _expect(condition: object, found: str) -> None:
    if not condition:
        raise ValueError(found)


def _read(file: Path, columns: list[str]) -> Any:
    """Some columns, all of which must exist; texts as dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(file)
    texts = [name for name in columns if pa.types.is_string(schema.field(name).type)]
    return pq.ParquetFile(file, read_dictionary=texts).read(columns)


def _whole(table: Any, name: str) -> NDArray[np.int64]:
    """A column of whole numbers, none of which is missing."""
    import pyarrow as pa

    column = table[name]
    _expect(pa.types.is_int64(column.type) and not column.null_count, f"{name} is not of whole numbers")
    numbers: NDArray[np.int64] = column.to_numpy()
    return numbers


def _numbers(table: Any, name: str) -> Floats:
    """A column of figures, NaN where one does not exist."""
    import pyarrow as pa

    _expect(pa.types.is_float64(table[name].type), f"{name} is not of numbers")
    numbers: Floats = table[name].to_numpy()
    _expect(not np.isinf(numbers).any(), f"{name} is infinite somewhere")
    return numbers


def _texts(column: Any) -> list[str | None]:
    """A column of texts; equal ones are one object."""
    import pyarrow as pa

    _expect(pa.types.is_dictionary(column.type), "a column is not of texts")
    found: list[str | None] = []
    for chunk in column.chunks:
        texts = chunk.dictionary.to_pylist()
        found += [None if place is None else texts[place] for place in chunk.indices.to_pylist()]
    return found


def _starts(table: Any) -> list[int]:
    """The first row of each point; the points are in their order."""
    points = _whole(table, "point")
    steps = np.diff(points, prepend=-1)
    _expect(points[0] == 0 and ((steps == 0) | (steps == 1)).all(), "points are not in their order")
    starts: list[int] = np.flatnonzero(steps).tolist()
    return starts


def _key(field: Any) -> Key:
    """The key whose column that is: numbers have their unit in the metadata."""
    unit = (field.metadata or {}).get(b"unit")
    return Key(field.name, None if unit is None else unit.decode())


def _values(key: Key, column: Any) -> list[KeyValue]:
    import pyarrow as pa

    if key.unit is None:
        return [*_texts(column)]
    _expect(pa.types.is_float64(column.type), f"{key.name} is not of numbers")
    found: list[KeyValue] = column.to_pylist()
    _expect(np.isfinite([value for value in found if value is not None]).all(), f"{key.name} is not finite somewhere")
    return found
