"""points.parquet and aggregate.parquet: written point by point, read from the store.

Only a block of points is in memory at a time. Every figure is a float64 column, null where
the run has no such figure; the columns are those of `figures.of`, which does not depend on plug-ins that the
scenario does not name.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from icnsim.recording.parquet import WRITER
from icnsim.scenario.detectorlabels import label
from icnsim.scenario.variation import Range, measured
from icnsim.sweeps.figures import names, of, unit_of
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.statistics import STATISTICS, WHY, Floats, aggregated, place, reasons

BLOCK: Final = 1024
"""Rows of points.parquet, at least, that are written at once."""
ENDS: Final = (*(f".{statistic}" for statistic in STATISTICS if statistic != "n"), ".low", ".high")
"""The ends of the names of columns that have the unit of their figure. The name begins with that of the figure."""


@dataclass(frozen=True, slots=True)
class Key:
    """The column of a key that varies: numbers in one unit, or texts where it is anything else.

    Attributes
    ----------
    unit : of the numbers, "" for plain ones; None for texts.
    """

    name: str
    unit: str | None

    @classmethod
    def of(cls, name: str, values: Sequence[Any]) -> "Key":
        """The column for all values that the key has."""
        found = [measured(value) for value in values if value is not None]
        units = {each[0] if each is not None else None for each in found}
        return cls(name, units.pop() if len(units) == 1 else None)

    def value(self, value: Any) -> float | str | None:
        """The value in the column: seconds, bytes, a number, the label of a detector, or JSON of any other value."""
        if value is None:
            return None
        if self.unit is not None:
            found = measured(value)
            assert found is not None
            return found[1]
        return value if isinstance(value, str) else label(value) or json.dumps(value, ensure_ascii=False)

    @property
    def field(self) -> pa.Field:
        """The Arrow field, with the unit in its metadata."""
        if self.unit is None:
            return pa.field(self.name, pa.string())
        return pa.field(self.name, pa.float64(), metadata={"unit": self.unit})


def keys_of(plan: Plan) -> list[Key]:
    """The columns of a plan's keys."""
    made = []
    for number, (name, levels) in enumerate(plan.scenario.sweep.vary.items()):
        if isinstance(levels, str):
            # One value tells the unit of all; the scenario's own, from which one-at-a-time goes out, may be another.
            values = [Range.read(levels).at(0), plan.points[0][number]]
        else:
            values = [point[number] for point in plan.points]
        made.append(Key.of(name, values))
    return made


@dataclass(frozen=True, slots=True)
class PointRuns:
    """The replications of one point.

    Attributes
    ----------
    number : of the point, from 0. figures : replications × figures, NaN where one does not
        exist or the run failed, `failures` telling why.
    """

    number: int
    figures: Floats
    failures: list[str | None]


def write(place: Path, plan: Plan, runs: Iterator[PointRuns]) -> None:
    """Write both tables of a sweep into a folder; the same figures give the same bytes."""
    keys = keys_of(plan)
    head = [pa.field("point", pa.int64()), *(key.field for key in keys)]
    own = of(plan.scenario)
    numbers = [pa.field(name, pa.float64()) for name in own]
    points = pa.schema(
        [*head, pa.field("replication", pa.int64()), pa.field("seed", pa.int64()), pa.field("failed", pa.string()),
         *numbers]
    )  # fmt: skip
    aggregate = pa.schema(
        [*head, pa.field("replications", pa.int64()), pa.field("failed", pa.int64())]
        + [field for name in own for field in _fields_of(name)]
    )
    # Readers select rows by the point; statistics of all columns would take a fifth of the time and of the file.
    settings = {**WRITER, "write_statistics": [field.name for field in head]}
    with (
        pq.ParquetWriter(place / "points.parquet", points, **settings) as every,
        pq.ParquetWriter(place / "aggregate.parquet", aggregate, **settings) as each,
    ):
        for block in _blocks(runs):
            every.write_table(_rows(points, plan, keys, block))
            each.write_table(_summaries(aggregate, plan, keys, block))


def units_of(schema: pa.Schema) -> dict[str, str]:
    """The unit of each column of a sweep's or a recommendation's table, as it is shown; "" for columns without one."""
    return {field.name: _unit(field) for field in schema}


def _unit(field: pa.Field) -> str:
    """The unit of a key is in the metadata of its column; others follow from the name of their figure."""
    own = (field.metadata or {}).get(b"unit")
    if own is not None:
        return str(own.decode())
    name = field.name
    of_figure = [name, *(name.removesuffix(end) for end in ENDS if name.endswith(end))]
    return next((unit_of(figure) for figure in of_figure if figure in _known(names())), "")


@lru_cache(maxsize=1)
def _known(figures: tuple[str, ...]) -> frozenset[str]:
    return frozenset(figures)


def _blocks(runs: Iterator[PointRuns]) -> Iterator[list[PointRuns]]:
    block: list[PointRuns] = []
    rows = 0
    for point in runs:
        block.append(point)
        rows += len(point.figures)
        if rows >= BLOCK:
            yield block
            block, rows = [], 0
    if block:
        yield block


def _rows(schema: pa.Schema, plan: Plan, keys: list[Key], block: list[PointRuns]) -> pa.Table:
    sizes = [len(point.figures) for point in block]
    values: list[Any] = [_repeated([point.number for point in block], sizes)]
    for number, key in enumerate(keys):
        values.append(_repeated([key.value(plan.points[point.number][number]) for point in block], sizes))
    replications = [number for size in sizes for number in range(1, size + 1)]
    seeds = {number: plan.seed(number) for number in set(replications)}
    values += [replications, [seeds[number] for number in replications]]
    values.append([failure for point in block for failure in point.failures])
    return _table(schema, values, np.concatenate([point.figures for point in block])[:, _columns(plan)])


def _columns(plan: Plan) -> list[int]:
    """The places of the figures of a sweep's runs among all figures."""
    return [place(name) for name in of(plan.scenario)]


def _summaries(schema: pa.Schema, plan: Plan, keys: list[Key], block: list[PointRuns]) -> pa.Table:
    values: list[Any] = [[point.number for point in block]]
    for number, key in enumerate(keys):
        values.append([key.value(plan.points[point.number][number]) for point in block])
    values.append([len(point.figures) for point in block])
    values.append([sum(failure is not None for failure in point.failures) for point in block])
    # Points with equally many replications, which is the usual case, are summed up together.
    alike = itertools.groupby((point.figures for point in block), key=len)
    found = np.concatenate([aggregated(np.array(list(figures))) for _, figures in alike])
    arrays = [pa.array(column, field.type) for column, field in zip(values, schema)]
    whys = list(zip(*reasons(found)))
    for figure in _columns(plan):
        arrays += _numbers(found[:, figure])
        arrays.append(pa.array(whys[figure], pa.string()))
    return pa.table(arrays, schema=schema)


def _fields_of(name: str) -> list[pa.Field]:
    """The columns of a figure in the table of points."""
    numbers = [pa.field(f"{name}.{statistic}", pa.float64()) for statistic in STATISTICS]
    return [*numbers, pa.field(f"{name}.{WHY}", pa.string())]


def _repeated(values: list[Any], sizes: list[int]) -> list[Any]:
    return [value for value, size in zip(values, sizes) for _ in range(size)]


def _table(schema: pa.Schema, values: list[Any], numbers: Floats) -> pa.Table:
    arrays = [pa.array(column, field.type) for column, field in zip(values, schema)]
    return pa.table([*arrays, *_numbers(numbers)], schema=schema)


def _numbers(columns: Floats) -> list[pa.Array]:
    """The columns of a matrix, with null for NaN. They are parts of one array, because each array takes time."""
    rows = len(columns)
    whole = pa.array(columns.T.ravel(), pa.float64(), from_pandas=True)
    return [whole.slice(first, rows) for first in range(0, columns.size, rows)]
