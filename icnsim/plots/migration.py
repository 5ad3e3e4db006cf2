"""One migration from its first request to its end, at every executor that takes part."""

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from icnsim.errors import ResultsError
from icnsim.numbers import figure
from icnsim.plots.chart import Arrows, Axis, Chart, Layer, Points, Spans
from icnsim.plots.results import RunResult

if TYPE_CHECKING:
    import pandas as pd

TIMES: Final = tuple(
    f"{name}_at_s"
    for name in ("requested", "admitted", "accepted", "checkpointed", "transferred", "restored", "completed", "failed")
)
SPANS: Final = (
    ("requesting", "source", "requested_at_s", "accepted_at_s"),
    ("checkpointing", "source", "accepted_at_s", "checkpointed_at_s"),
    ("transferring", "source", "checkpointed_at_s", "completed_at_s"),
    ("restoring", "target", "admitted_at_s", "restored_at_s"),
)
"""A record's states: executor, first instant, and last instant if the record does not fail before."""
LISTED: Final = 3
"""The number of attempts before the last one that the description lists."""
ARROWS: Final = (
    ("Request, and its evaluation", "source", "requested_at_s", "target", "admitted_at_s"),
    ("Accept", "target", "admitted_at_s", "source", "accepted_at_s"),
    ("Complete", "source", "checkpointed_at_s", "target", "transferred_at_s"),
    ("Ack", "target", "restored_at_s", "source", "completed_at_s"),
)


def migration(run: RunResult, number: int | None = None) -> Chart:
    """The states of the records of one migration, and the messages that arrived, over time.

    Parameters
    ----------
    number : its `migration_id`. The default is the migration with most attempts. Among several, completed ones come
        first, then longer ones.

    Raises
    ------
    ResultsError : there is no such migration.
    """
    attempts = run.some(
        "attempts", ["migration_id", "attempt", "actor", "source", "target", "outcome", "reason", *TIMES]
    )
    number = _most_attempts(attempts) if number is None else number
    rows = attempts[attempts["migration_id"] == number]
    if rows.empty:
        raise ResultsError(f"there is no migration {number} in these results; see migration_id in migrations.parquet")
    began = float(rows["requested_at_s"].iloc[0])
    lanes = {name: lane for lane, name in enumerate(dict.fromkeys([*rows["source"], *rows["target"]]))}
    layers = [*_spans(rows, lanes, began), *_arrows(rows, lanes, began), *_failures(rows, lanes, began)]
    words = [
        _attempt(row)
        for row in rows.iloc[
            [*range(min(LISTED, len(rows))), *range(max(LISTED, len(rows) - 1), len(rows))]
        ].itertuples()
    ]
    if len(rows) > LISTED + 1:
        words.insert(LISTED, f"{len(rows) - LISTED - 1:,} attempts more")
    title = f"{run.scenario.name}: migration {number} of {rows['actor'].iloc[0]}, from {figure(began, 's')} on"
    lane_axis = Axis("executor", categories=tuple(lanes))
    alt = f"Migration {number}: {'; '.join(words)}."
    return Chart(title, Axis("since the first request", "s"), lane_axis, tuple(layers), alt)


def _attempt(row: Any) -> str:
    why = f" ({row.reason})" if isinstance(row.reason, str) else ""
    return f"attempt {row.attempt} from {row.source} to {row.target} {row.outcome.replace('_', ' ')}{why}"


def _most_attempts(attempts: "pd.DataFrame") -> int:
    if attempts.empty:
        return 0
    last = attempts[["completed_at_s", "failed_at_s"]].max(axis=1)
    took = (last - attempts["requested_at_s"]).fillna(0.0)
    ranked = attempts.assign(took=took, completed=attempts["outcome"] == "completed")
    best = ranked.sort_values(["attempt", "completed", "took", "migration_id"], ascending=[False, False, False, True])
    return int(best["migration_id"].iloc[0])


def _spans(rows: "pd.DataFrame", lanes: dict[Any, int], began: float) -> list[Layer]:
    layers: list[Layer] = []
    for state, side, since, until in SPANS:
        bars = [
            (lanes[getattr(row, side)], getattr(row, since) - began, _end(row, until, side) - began, row.attempt)
            for row in rows.itertuples()
            if not math.isnan(getattr(row, since))
        ]
        bars = [bar for bar in bars if bar[2] > bar[1]]
        if bars:
            lane, start, end, attempt = (np.array(column, dtype=np.float64) for column in zip(*bars, strict=True))
            texts = tuple(
                f"{state}, attempt {int(a)}: {figure(s, 's')} to {figure(e, 's')}"
                for a, s, e in zip(attempt, start, end, strict=True)
            )
            layers.append(Spans(state, state, lane, start, end, texts, 0.34))
    return layers


def _end(row: Any, until: str, side: str) -> float:
    """The instant at which a record left the state, by a transition or by a failure."""
    ends = [getattr(row, until), row.failed_at_s if side == "source" else math.nan]
    return float(min((end for end in ends if not math.isnan(end)), default=row.requested_at_s))


def _arrows(rows: "pd.DataFrame", lanes: dict[Any, int], began: float) -> list[Layer]:
    sent = [
        (
            getattr(row, since) - began,
            lanes[getattr(row, here)],
            getattr(row, until) - began,
            lanes[getattr(row, there)],
            name,
        )
        for name, here, since, there, until in ARROWS
        for row in rows.itertuples()
        if not math.isnan(getattr(row, since)) and not math.isnan(getattr(row, until))
    ]
    if not sent:
        return []
    *ends, names = zip(*sent, strict=True)
    x0, y0, x1, y1 = (np.array(column, dtype=np.float64) for column in ends)
    return [Arrows("messages that arrived", "ink", x0, y0, x1, y1, tuple(names))]


def _failures(rows: "pd.DataFrame", lanes: dict[Any, int], began: float) -> list[Layer]:
    failed = rows[rows["failed_at_s"].notna()]
    if failed.empty:
        return []
    x = failed["failed_at_s"].to_numpy(np.float64) - began
    y = np.array([lanes[name] for name in failed["source"]], dtype=np.float64)
    texts = tuple(f"attempt {row.attempt}: {row.reason}" for row in failed.itertuples())
    return [Points("failed at the source", "bad", x, y, texts=texts, marker="cross")]
