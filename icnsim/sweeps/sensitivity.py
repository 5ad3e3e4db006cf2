"""Which key matters: Sobol' indices of every figure over a sweep of the design saltelli.

A figure's value at a point is its mean over the replications, whose seeds are the same at
all points, so that what is left of chance moves the points together.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from icnsim.analysis import sobol
from icnsim.sweeps.figures import names
from icnsim.sweeps.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

NULL, SAME = "it is null at some points", "it is the same at all points"


def sensitivity(aggregate: "pd.DataFrame", keys: list[str]) -> "pd.DataFrame":
    """Indices of every figure for every key.

    Parameters
    ----------
    aggregate : a row a point, all points of a design saltelli.

    Returns
    -------
    rows of metric, key, first_order, first_order_low, first_order_high, total_order,
    total_order_low, total_order_high, reason: why there are none, null where there are.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for name in names():
        values = aggregate[f"{name}.mean"].to_numpy()
        missing = bool(aggregate[f"{name}.mean"].isna().any())
        found = None if missing else sobol.indices(values, len(keys))
        reason = (NULL if missing else SAME) if found is None else None
        for number, key in enumerate(keys):
            figures = (
                dict.fromkeys(_COLUMNS) if found is None else {c: float(v[number]) for c, v in zip(_COLUMNS, found)}
            )
            rows.append({"metric": name, "key": key, **figures, "reason": reason})
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(_COLUMNS, float))


_COLUMNS = (
    "first_order", "first_order_low", "first_order_high", "total_order", "total_order_low", "total_order_high"
)  # fmt: skip


def write(place: Path, plan: Plan) -> None:
    """Write sensitivity.parquet beside the aggregate.parquet that is in a folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    means = pq.read_table(place / "aggregate.parquet", columns=[f"{name}.mean" for name in names()])
    frame = sensitivity(means.to_pandas(), list(plan.keys))
    fields = [pa.field(name, pa.float64() if name in _COLUMNS else pa.string()) for name in frame.columns]
    table = pa.Table.from_pandas(frame, pa.schema(fields), preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, place / "sensitivity.parquet")
