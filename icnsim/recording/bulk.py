"""The tables with a row per attempt or migration, in pieces.

A run of millions of attempts never holds a second copy of its columns: each piece is made, written and dropped.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

from icnsim.protocol.states import State
from icnsim.recording import outcome, quorum
from icnsim.recording.arrays import Texts, booleans, integers, names_of, ordered, seconds
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column, Integers

PIECE: Final = 1 << 17
"""The number of rows of a piece, which is a row group of the file."""


class Bulk:
    """Makes the tables of attempts and migrations of a recording; the names come from its scenario."""

    def __init__(self, recording: Recording, executors: Texts, actors: Texts) -> None:
        self._recording = recording
        self._executors = executors
        self._actors = actors

    def attempts(self) -> Iterator[pa.Table]:
        rows = len(self._recording.attempts["migration"])
        for start in range(0, max(rows, 1), PIECE):
            yield self._attempts(start, {k: v[start : start + PIECE] for k, v in self._recording.attempts.items()})

    def _attempts(self, start: int, a: dict[str, Column]) -> pa.Table:
        codes = outcome.outcomes(a)
        states, entered, deadline = a["failed_in"], a["failed_since"], a["deadline"]
        late = codes == outcome.LATE
        failed = codes >= outcome.REFUSED
        values: dict[str, Any] = {
            "attempt_id": integers(np.arange(start, start + len(codes))),
            "migration_id": integers(a["migration"]),
            "attempt": integers(a["attempt"]),
            "actor": names_of(a["actor"], self._actors),
            "source": names_of(a["source"], self._executors),
            "target": names_of(a["target"], self._executors),
            "state_bytes": integers(a["state_bytes"]),
            **{
                f"{name}_at_s": seconds(a[name], a[name] == NEVER)
                for name in (
                    "requested", "admitted", "accepted", "checkpointed", "transferred", "restored", "completed",
                    "failed", "removed", "replaced",
                )
            },
            "outcome": names_of(codes, Texts(outcome.OUTCOMES)),
            "reason": names_of(a["reason"], Texts(self._recording.reasons), ~failed),
            "timed_out_in": names_of(states, Texts([state.label for state in State]), ~late),
            "deadline_s": seconds(deadline, ~late),
            "detection_latency_s": seconds(a["failed"] - deadline, ~late),
            "detection_total_s": seconds(a["failed"] - entered, ~late),
            "false_positive": booleans(outcome.false_positives(a, codes)),
            "late_reply": booleans(a["late_reply"] != 0),
            "duration_s": seconds(a["completed"] - a["requested"], a["completed"] == NEVER),
            "downtime_s": seconds(a["downtime"], a["downtime"] == NEVER),
            "duplicate_run_s": seconds(a["duplicate_run"], None),
        }  # fmt: skip
        return ordered("attempts", values)

    def migrations(self) -> Iterator[pa.Table]:
        attempts = self._recording.attempts
        last = np.flatnonzero(outcome.lasts(attempts))
        decisions, without = self._recording.decisions, quorum.not_begun(self._recording)
        for start in range(0, max(len(last), 1), PIECE):
            ends = last[start : start + PIECE]
            from_row = int(last[start - 1]) + 1 if start else 0
            to_row = int(ends[-1]) + 1 if len(ends) else from_row
            rows = {name: attempts[name][from_row:to_row] for name in _OF_MIGRATIONS}
            columns = _merged(rows, ends - from_row)
            if decisions is not None:
                columns["began"] = quorum.began(columns, decisions)
            if without:
                final = start + PIECE >= len(last)
                upto = len(without["migration"])
                if not final:
                    upto = int(np.searchsorted(without["migration"], columns["migration"][-1]))
                columns = quorum.merged(columns, {name: column[:upto] for name, column in without.items()})
                without = {name: column[upto:] for name, column in without.items()}
            yield self._migrations(columns)

    def _migrations(self, m: dict[str, Column]) -> pa.Table:
        values = {
            "migration_id": integers(m["migration"]),
            "actor": names_of(m["actor"], self._actors),
            "source": names_of(m["source"], self._executors),
            "final_target": names_of(np.maximum(m["target"], 0), self._executors, m["target"] == NEVER),
            "started_at_s": seconds(m["began"], None),
            "ended_at_s": seconds(m["ended"], m["ended"] == NEVER),
            "attempts": integers(m["attempt"]),
            "outcome": names_of(m["outcome"], Texts(outcome.OUTCOMES)),
            "downtime_s": seconds(m["downtime"], m["downtime"] == NEVER),
            "duplicate_run_s": seconds(m["duplicate_run"], None),
            "messages_queued": integers(m["queued"]),
        }
        return ordered("migrations", values)


_OF_MIGRATIONS: Final = (
    "migration", "actor", "source", "target", "attempt", "requested", "completed", "failed", "failure", "downtime",
    "duplicate_run", "queued",
)  # fmt: skip
"""The columns of attempts from which migrations are made."""


def _merged(attempts: dict[str, Column], last: Integers) -> dict[str, Column]:
    """The migrations of these attempts; `last` holds the row of the last attempt of each migration."""
    if len(last) == len(attempts["attempt"]):
        ends, began, downtime = attempts, attempts["requested"], attempts["downtime"]
        sums = {name: attempts[name] for name in ("duplicate_run", "queued")}
    else:
        ends = {name: column[last] for name, column in attempts.items()}
        first = np.append([0], last[:-1] + 1)
        began = attempts["requested"][first]
        sums = {name: np.add.reduceat(attempts[name], first) for name in ("duplicate_run", "queued")}
        paused = np.add.reduceat((attempts["downtime"] != NEVER).astype(np.int64), first)
        downtime = np.add.reduceat(np.maximum(attempts["downtime"], 0), first)
        downtime[paused == 0] = NEVER
    return {
        **{name: ends[name] for name in ("migration", "actor", "source", "target", "attempt")},
        "began": began,
        "ended": np.maximum(ends["completed"], ends["failed"]),
        "outcome": outcome.outcomes(ends),
        "downtime": downtime,
        **sums,
    }
