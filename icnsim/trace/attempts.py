"""A sequence diagram of a migration from its rows of `attempts.parquet`, for results that have no table of messages.

A row has the times at which both executors changed their states. A message is drawn where two of these times are the
times at which it was sent and at which it arrived. `icnsim.trace.diagram.of_migration` draws all messages.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from icnsim.trace.diagram import STATES, Arrow, Diagram, Note, Step, Tone

ARROWS: Final = (
    ("request, evaluation", "source", "requested", "target", "admitted"),
    ("accept", "target", "admitted", "source", "accepted"),
    ("complete", "source", "checkpointed", "target", "transferred"),
    ("ack", "target", "restored", "source", "completed"),
)
"""A message: its text, its sender, the column of the time that it was sent, its receiver, the column of its arrival.

The target's record begins after the evaluation of the Request, so the first arrow includes the evaluation.
"""
TIMES: Final = (*(column for column, _, _ in STATES if column != "target_failed"), "deadline")
"""The columns of times that a row has, without their suffix."""

Row = Mapping[str, Any]
"""A row of the table: `attempt`, `source` and `target` (numbers of executors), `outcome`, `reason`, and `TIMES` in µs,
None if the event did not happen."""


def of_rows(rows: Sequence[Row], title: str, names: Sequence[str]) -> Diagram:
    """The attempts of one migration, in their order.

    Parameters
    ----------
    names : of the executors, by their numbers.
    """
    found = [each for row in rows for each in _steps(row, of=f", attempt {row['attempt']}" if len(rows) > 1 else "")]
    steps = tuple(step for _, _, step in sorted(found, key=lambda each: each[:2]))
    present = tuple(dict.fromkeys([rows[0]["source"], *(executor for row in rows for executor in _both(row))]))
    return Diagram(title, present, tuple(names[executor] for executor in present), steps)


def _both(row: Row) -> tuple[int, int]:
    return row["source"], row["target"]


def _steps(row: Row, of: str) -> Iterator[tuple[int, int, Step]]:
    """The steps of an attempt, each with its time and its order among the steps of that time."""
    for column, side, text in STATES:
        at = row.get(column)
        if at is not None:
            bad = column == "failed"
            why = f": {row['reason']}" if bad else ""
            yield at, 1, Note(at, row[side], f"{text}{why}{of}", Tone.BAD if bad else Tone.STATE)
    for text, sender, sent, receiver, arrives in ARROWS:
        since, at = row[sent], row[arrives]
        if since is not None and at is not None and at >= since:
            yield at, 0, Arrow(at, since, row[sender], row[receiver], f"{text}{of}")
    if row["outcome"] == "rejected":
        yield row["failed"], 0, Arrow(row["failed"], None, row["target"], row["source"], f"reject{of}")
    elif row["admitted"] is None:
        yield row["requested"], 2, Note(None, row["target"], f"never sends Accept{of}", Tone.BAD)
    if row["outcome"] == "timed_out":
        yield row["deadline"], 0, Note(row["deadline"], row["source"], f"deadline{of}", Tone.BAD)
