"""Which key matters: Sobol' indices of the expected value of every figure over a sweep of the design saltelli.

The replications of a point show how much of a figure is chance. This part is removed from the
indices, see `icnsim.statistics.sobol`. A figure's replications count if the figure exists at all
points with that seed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.statistics import sobol
from icnsim.sweeps.figures import names
from icnsim.sweeps.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

NULL: Final = "it is null at some points"
SAME: Final = "it is the same at all points"
CHANCE: Final = "its differences between points are no larger than chance makes them; use more replications"
FEW: Final = f"effects cannot be distinguished from chance with fewer than {sobol.LEAST} replications of all points"
_COLUMNS: Final = (
    "first_order", "first_order_low", "first_order_high", "total_order", "total_order_low", "total_order_high"
)  # fmt: skip


def sensitivity(figures: Iterable[tuple[str, Floats]], keys: list[str]) -> "pd.DataFrame":
    """Indices of every figure for every key.

    Parameters
    ----------
    figures : for each, its name and its values, points × replications of a design saltelli;
        NaN where a run has no such figure.

    Returns
    -------
    rows of metric, key, first_order, first_order_low, first_order_high, total_order,
    total_order_low, total_order_high; noise: the share of the variance of the point means that
    is chance; reason: why there are no indices, null if there are.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for name, values in figures:
        found, reason = _indices(name, values, len(keys))
        noise = None if found is None else found.noise
        for number, key in enumerate(keys):
            columns = dict.fromkeys(_COLUMNS) if found is None else dict(zip(_COLUMNS, found[1:], strict=True))
            numbers = {column: None if each is None else float(each[number]) for column, each in columns.items()}
            rows.append({"metric": name, "key": key, **numbers, "noise": noise, "reason": reason})
    return pd.DataFrame(rows).astype(dict.fromkeys((*_COLUMNS, "noise"), float))


def _indices(name: str, values: Floats, keys: int) -> tuple[sobol.Indices | None, str | None]:
    """The indices of a figure, or the reason for missing indices."""
    there = ~np.isnan(values)
    if not there.any(axis=1).all():
        return None, NULL
    if name.startswith("predicted."):  # the same in every replication
        values = np.repeat(np.take_along_axis(values, there.argmax(axis=1)[:, np.newaxis], axis=1), sobol.LEAST, axis=1)
        there = ~np.isnan(values)
    complete = values[:, there.all(axis=0)]
    if complete.shape[1] < sobol.LEAST:
        return None, FEW
    found = sobol.indices(complete, keys)
    if found is None:
        return None, SAME
    return found, CHANCE if found.first is None else None


def write(place: Path, plan: Plan) -> None:
    """Write sensitivity.parquet next to the points.parquet of a folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = sensitivity(_figures(place / "points.parquet"), list(plan.keys))
    texts = ("metric", "key", "reason")
    fields = [pa.field(name, pa.string() if name in texts else pa.float64()) for name in frame.columns]
    table = pa.Table.from_pandas(frame, pa.schema(fields), preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, place / "sensitivity.parquet")


def _figures(file: Path) -> Iterator[tuple[str, Floats]]:
    """The values of each figure, points × replications, one figure in memory at a time."""
    import pyarrow.parquet as pq

    points = pq.ParquetFile(file)
    rows = points.read(["point", "replication"])
    point, replication = (rows[name].to_numpy() for name in ("point", "replication"))
    for name in filter(set(points.schema_arrow.names).__contains__, names()):
        values = np.full((point.max() + 1, replication.max()), np.nan)
        values[point, replication - 1] = points.read([name])[name].to_numpy()
        yield name, values
