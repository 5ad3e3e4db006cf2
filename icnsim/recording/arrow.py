"""The result tables as Arrow, and their way into Parquet files.

The two tables that have a row per migration are made in pieces of `PIECE` rows, so that a
run of millions never holds a second copy of its columns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from icnsim.protocol.messages import Kind
from icnsim.protocol.states import State
from icnsim.protocol.task import Mode
from icnsim.protocol.wasm import PAGE
from icnsim.recording import memories, outcome, placements, quorum, tasks
from icnsim.recording.arrays import Texts, array_of, booleans, integers, names_of, seconds, texts_of
from icnsim.recording.columns import NEVER, Column, Integers, Recording
from icnsim.recording.occupancy import timeline
from icnsim.recording.tables import TABLES, ColumnOf, Type
from icnsim.recording.violations import INVARIANTS, described
from icnsim.scenario import Scenario

PIECE: Final = 1 << 17

_TYPES: Final = {
    Type.SECONDS: pa.float64(),
    Type.INTEGER: pa.int64(),
    Type.FLOAT: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.NAME: pa.dictionary(pa.int32(), pa.string()),
    Type.TEXT: pa.string(),
}


def schema(columns: Sequence[ColumnOf]) -> pa.Schema:
    """The Arrow schema of a declared table; meanings are kept as metadata."""
    return pa.schema([pa.field(c.name, _TYPES[c.type], c.nullable, {"meaning": c.meaning}) for c in columns])


def tables(recording: Recording, scenario: Scenario) -> dict[str, Callable[[], Iterator[pa.Table]]]:
    """For each table that this run has, what gives it piece by piece."""
    pieces = _Pieces(recording, scenario)
    made: dict[str, Callable[[], Iterator[pa.Table]]] = {
        "attempts": pieces.attempts,
        "migrations": pieces.migrations,
        "violations": pieces.violations,
        "recoveries": pieces.recoveries,
    }
    if scenario.record.manager:
        made["manager"] = pieces.manager
    if scenario.record.timeline is not None:
        made["timeline"] = pieces.timeline
    if recording.message_log is not None:
        made["messages"] = pieces.messages
    if recording.actors is not None:
        made["actors"] = pieces.actors
    if recording.decisions is not None:
        made["decisions"] = pieces.decisions
    if recording.memories is not None:
        made["wasm"] = pieces.wasm
    if recording.placements is not None:
        made["policy"] = pieces.policy
    if recording.tasks is not None:
        made["tasks"], made["executions"] = pieces.tasks, pieces.executions
    return made


def table(name: str, recording: Recording, scenario: Scenario) -> pa.Table | None:
    """One table whole; None where this run has none."""
    made = tables(recording, scenario).get(name)
    return None if made is None else pa.concat_tables(made())


def write(path: Path, name: str, pieces: Iterator[pa.Table]) -> None:
    """Write a table; the same rows give the same bytes."""
    # A dictionary helps names alone, and times compress best with their bytes split into streams.
    names = [column.name for column in TABLES[name] if column.type is Type.NAME]
    times = [column.name for column in TABLES[name] if column.type is Type.SECONDS]
    options = {"compression": "lz4", "use_dictionary": names, "use_byte_stream_split": times}
    with pq.ParquetWriter(path, schema(TABLES[name]), **options) as writer:
        for piece in pieces:
            writer.write_table(piece, row_group_size=PIECE)


class _Pieces:
    """Makes the tables of one recording."""

    def __init__(self, recording: Recording, scenario: Scenario) -> None:
        self._recording = recording
        self._scenario = scenario
        self._executors = Texts(scenario.executor_names)
        self._actors = Texts(scenario.actor_names)

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
        return pa.table(values, schema=schema(TABLES["attempts"]))

    def migrations(self) -> Iterator[pa.Table]:
        every = self._recording.attempts
        last = np.flatnonzero(outcome.lasts(every))
        decisions, without = self._recording.decisions, quorum.not_begun(self._recording)
        for start in range(0, max(len(last), 1), PIECE):
            ends = last[start : start + PIECE]
            from_row = int(last[start - 1]) + 1 if start else 0
            a = {k: v[ends] for k, v in every.items()}
            first = np.append([0], ends[:-1] + 1 - from_row).astype(np.int64)[: len(ends)]
            to_row = int(ends[-1]) + 1 if len(ends) else from_row
            began, downtime, doubled, queued = (
                every[name][from_row:to_row] for name in ("requested", "downtime", "duplicate_run", "queued")
            )
            never = _summed((downtime != NEVER).astype(np.int64), first) == 0
            columns = {
                **{name: a[name] for name in ("migration", "actor", "source", "target", "attempt")},
                "began": began[first] if decisions is None else quorum.began(a, decisions),
                "ended": np.maximum(a["completed"], a["failed"]),
                "outcome": outcome.outcomes(a),
                "downtime": np.where(never, NEVER, _summed(np.maximum(downtime, 0), first)),
                "duplicate_run": _summed(doubled, first),
                "queued": _summed(queued, first),
            }
            if without:
                final = start + PIECE >= len(last)
                upto = len(without["migration"]) if final else np.searchsorted(without["migration"], a["migration"][-1])
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
        return pa.table(values, schema=schema(TABLES["migrations"]))

    def decisions(self) -> Iterator[pa.Table]:
        d = self._recording.decisions
        assert d is not None
        values = {
            "migration_id": integers(d["migration"]),
            **{name: integers(d[name]) for name in ("executors", "needed")},
            "asked_at_s": seconds(d["asked"], None),
            "decided_at_s": seconds(d["decided"], d["decided"] == NEVER),
            "outcome": names_of(d["verdict"], Texts(quorum.VERDICTS)),
            "right": booleans(d["right"] != 0, d["verdict"] != quorum.CONSENSUS),
            **{name: integers(d[name]) for name in ("votes", "double_votes", "backers")},
        }
        yield pa.table(values, schema=schema(TABLES["decisions"]))

    def wasm(self) -> Iterator[pa.Table]:
        m = self._recording.memories
        assert m is not None
        downtime, total = self._recording.attempts["downtime"][m["attempt"]], memories.total(self._recording, m)
        values = {
            "attempt_id": integers(m["attempt"]),
            **{name: integers(m[name]) for name in ("pages", "rounds", "live_pages", "final_pages", "post_pages")},
            "bytes_sent": integers(memories.pages_sent(m) * PAGE),
            **{f"{name}_copy_s": seconds(m[name], None) for name in ("live", "post")},
            **{
                f"{name}_s": seconds(times, times == NEVER)
                for name, times in (("downtime", downtime), ("total", total))
            },
        }
        yield _ordered("wasm", values)

    def policy(self) -> Iterator[pa.Table]:
        p = self._recording.placements
        assert p is not None
        values = {
            "at_s": seconds(p["at"], None),
            "attempt_id": array_of(pa.int64(), p["attempt"], p["attempt"] == NEVER),
            "actor": names_of(p["actor"], self._actors),
            **{name: names_of(p[name], self._executors) for name in ("executor", "target")},
            "reason": names_of(p["reason"], Texts(placements.REASONS)),
            **{name: pa.array(p[name]) for name in ("score", "own_load", "believed_load", "true_load")},
            "staleness_s": seconds(p["at"] - p["reported"], None),
            "mean_staleness_s": pa.array(p["age_s"]),
        }
        yield pa.table(values, schema=schema(TABLES["policy"]))

    def tasks(self) -> Iterator[pa.Table]:
        t, submitted = self._recording.tasks, self._scenario.submissions
        assert t is not None
        assert submitted is not None
        bodies, unknown = submitted.tasks[: len(t["ended"])], submitted.unknown[: len(t["ended"])]
        modes = [mode.value for mode in Mode]
        late = t["outcome"] != tasks.TIMED_OUT
        values = {
            "task_id": integers(np.arange(len(bodies))),
            "id": texts_of([body.id for body in bodies]),
            "mode": names_of(np.array([modes.index(body.mode.value) for body in bodies], np.int64), Texts(modes)),
            "gateway": names_of(t["gateway"], self._executors),
            "run_time_s": seconds(t["run_time"], None),
            "submitted_at_s": seconds(t["submitted"], None),
            "deadline_s": seconds(t["deadline"], t["deadline"] == NEVER),
            "ended_at_s": seconds(t["ended"], t["ended"] == NEVER),
            "detection_latency_s": seconds(t["ended"] - t["deadline"], late),
            "outcome": names_of(t["outcome"], Texts(tasks.OUTCOMES)),
            "right": booleans(t["right"] != 0, t["outcome"] != tasks.COMPLETED),
            "unknown_fields": texts_of(unknown, np.array([not text for text in unknown], dtype=bool)),
        }
        rest = {c.name: integers(t[c.name]) for c in TABLES["tasks"] if c.name not in values}
        yield _ordered("tasks", {**values, **rest})

    def executions(self) -> Iterator[pa.Table]:
        e = self._recording.executions
        assert e is not None
        values = {
            "task_id": integers(e["task"]),
            "executor": names_of(e["executor"], self._executors),
            "began_at_s": seconds(e["began"], None),
            "ended_at_s": seconds(e["ended"], e["ended"] == NEVER),
            "outcome": names_of(e["outcome"], Texts(tasks.BECAME)),
            "work_s": seconds(e["work"], None),
            **{name: integers(e[name]) for name in ("state_bytes", "checkpoints", "refused")},
            "checkpoint_s": seconds(e["standing"], None),
            "crashes": integers(e["crashes"]),
            "work_lost_s": seconds(e["work_lost"], None),
        }
        yield pa.table(values, schema=schema(TABLES["executions"]))

    def manager(self) -> Iterator[pa.Table]:
        ticks, costs = self._recording.ticks, self._scenario.manager.costs
        detect = ticks["active"].astype(np.int64) * costs.detect
        cleanup = ticks["removed"].astype(np.int64) * costs.cleanup
        values = {
            "executor": names_of(ticks["executor"], self._executors),
            "at_s": seconds(ticks["at"], None),
            **{name: integers(ticks[name]) for name in ("active", "records", "timed_out", "removed")},
            "detect_cost_s": seconds(detect, None),
            "cleanup_cost_s": seconds(cleanup, None),
            "cycle_cost_s": seconds(detect + cleanup + costs.tick, None),
            "memory_bytes": integers(ticks["records"].astype(np.int64) * costs.record),
        }
        yield pa.table(values, schema=schema(TABLES["manager"]))

    def timeline(self) -> Iterator[pa.Table]:
        columns = timeline(self._recording, self._scenario)
        values = {
            name: seconds(column, None) if name == "at_s" else integers(column) for name, column in columns.items()
        }
        yield pa.table(values, schema=schema(TABLES["timeline"]))

    def violations(self) -> Iterator[pa.Table]:
        found = self._recording.observed.violations
        executors = self._scenario.executor_names
        columns = {
            name: np.array([getattr(v, name) for v in found], dtype=np.int64)
            for name in ("at", "actor", "executor", "attempt")
        }
        kinds = [" ".join(map(str, v.hazards)) for v in found]
        hazards = sorted(set(kinds))
        values = {
            "invariant": names_of(np.array([INVARIANTS.index(v.invariant) for v in found], dtype=np.int64),
                                Texts(INVARIANTS)),
            "at_s": seconds(columns["at"], None),
            "actor": names_of(columns["actor"], self._actors),
            "executor": names_of(np.maximum(columns["executor"], 0), self._executors, columns["executor"] == NEVER),
            "attempt_id": array_of(pa.int64(), columns["attempt"], columns["attempt"] == NEVER),
            "hazards": names_of(np.array([hazards.index(kind) for kind in kinds], dtype=np.int64), Texts(hazards)),
            "evidence": texts_of([v.evidence for v in found]),
            "events": texts_of(["\n".join(described(moment, executors) for moment in v.trail) for v in found]),
        }  # fmt: skip
        yield pa.table(values, schema=schema(TABLES["violations"]))

    def recoveries(self) -> Iterator[pa.Table]:
        rows = self._recording.recoveries
        values = {
            "actor": names_of(rows["actor"], self._actors),
            "executor": names_of(rows["executor"], self._executors),
            "crashed_at_s": seconds(rows["crashed"], None),
            "restarted_at_s": seconds(rows["restarted"], rows["restarted"] == NEVER),
            "checkpoint_sequence": integers(rows["sequence"]),
            "work_lost_s": seconds(rows["work_lost"], None),
            "messages_lost": integers(rows["messages_lost"]),
        }
        yield pa.table(values, schema=schema(TABLES["recoveries"]))

    def actors(self) -> Iterator[pa.Table]:
        rows, attempts, recoveries = self._recording.actors, self._recording.attempts, self._recording.recoveries
        assert rows is not None
        every = len(rows["home"])

        def of_each(actors: Column, weights: Column | None = None) -> Integers:
            return np.bincount(actors, weights, every).astype(np.int64)

        last = outcome.lasts(attempts)
        values = {
            "actor": names_of(np.arange(every), self._actors),
            "home": names_of(rows["home"], self._executors),
            "executor": names_of(np.maximum(rows["executor"], 0), self._executors, rows["executor"] == NEVER),
            "copies": integers(rows["copies"]),
            "migrations": integers(of_each(attempts["actor"][last])),
            "attempts": integers(of_each(attempts["actor"])),
            "completed": integers(of_each(attempts["actor"][outcome.outcomes(attempts) == outcome.COMPLETED])),
            "downtime_s": seconds(rows["nowhere"], None),
            "duplicate_run_s": seconds(rows["twice"], None),
            "crashes": integers(of_each(recoveries["actor"])),
            "work_lost_s": seconds(of_each(recoveries["actor"], recoveries["work_lost"]), None),
            **{f"messages_{name}": integers(rows[name]) for name in ("delivered", "queued", "lost")},
        }
        yield pa.table(values, schema=schema(TABLES["actors"]))

    def messages(self) -> Iterator[pa.Table]:
        log = self._recording.message_log
        assert log is not None
        values = {
            "message_id": integers(np.arange(len(log["kind"]))),
            "kind": names_of(log["kind"], Texts([kind.label for kind in Kind])),
            "attempt_id": array_of(pa.int64(), log["attempt"].astype(np.int64), log["attempt"] == NEVER),
            "task_id": array_of(pa.int64(), log["task"].astype(np.int64), log["task"] == NEVER),
            "sender": names_of(log["sender"], self._executors),
            "receiver": names_of(log["receiver"], self._executors),
            "sent_at_s": seconds(log["sent"], None),
            "delivered_at_s": seconds(log["arrives"], log["arrives"] == NEVER),
            "state_bytes": integers(log["state_bytes"]),
        }
        yield pa.table(values, schema=schema(TABLES["messages"]))


def _ordered(name: str, values: Mapping[str, pa.Array]) -> pa.Table:
    """A declared table, its columns in their order."""
    return pa.table({column.name: values[column.name] for column in TABLES[name]}, schema=schema(TABLES[name]))


def _summed(values: Column, first: Integers) -> Integers:
    """Sums of the values from each of these rows to the next."""
    sums: Integers = np.add.reduceat(values, first) if len(first) else first
    return sums
