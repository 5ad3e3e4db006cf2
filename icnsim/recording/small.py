"""The tables that are made whole: ticks, timeline, violations, actors, messages, and tables of optional parts."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from icnsim.protocol.messages import Kind
from icnsim.protocol.task import Mode
from icnsim.protocol.wasm import PAGE
from icnsim.recording import credits, memories, outcome, placements, quorum, tasks
from icnsim.recording.arrays import Texts, array_of, booleans, integers, names_of, ordered, seconds, texts_of
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.detector import cost_of_firings
from icnsim.recording.integers import Column, Integers
from icnsim.recording.occupancy import timeline
from icnsim.recording.tables import TABLES
from icnsim.recording.tickcosts import detection_of_rows
from icnsim.recording.violations import INVARIANTS, described
from icnsim.scenario import Scenario


class Small:
    """Makes the short tables of one recording; the names come from its scenario."""

    def __init__(self, recording: Recording, scenario: Scenario, executors: Texts, actors: Texts) -> None:
        self._recording = recording
        self._scenario = scenario
        self._executors = executors
        self._actors = actors

    def decisions(self) -> Iterator[pa.Table]:
        d = self._recording.decisions
        assert d is not None
        yield ordered("decisions", {"migration_id": integers(d["migration"]), **self._votes(d)})

    def checkpoint_votes(self) -> Iterator[pa.Table]:
        d = self._recording.checkpoint_votes
        assert d is not None
        yield ordered("checkpoint_votes", {"attempt_id": integers(d["attempt"]), **self._votes(d)})

    def _votes(self, d: Mapping[str, Column]) -> dict[str, pa.Array]:
        """The columns that both kinds of votes have."""
        return {
            **{name: integers(d[name]) for name in ("executors", "needed")},
            "asked_at_s": seconds(d["asked"], None),
            "decided_at_s": seconds(d["decided"], d["decided"] == NEVER),
            "outcome": names_of(d["verdict"], Texts(quorum.VERDICTS)),
            "right": booleans(d["right"] != 0, d["verdict"] != quorum.CONSENSUS),
            **{name: integers(d[name]) for name in ("votes", "double_votes", "backers")},
        }

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
        yield ordered("wasm", values)

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
        yield ordered("policy", values)

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
        values |= {
            "fuel_limit": integers(np.array([body.fuel_limit for body in bodies], np.int64)),
            "payment_rate": integers(np.array([body.payment_rate for body in bodies], np.int64)),
            "credits": integers(credits.of_tasks(credits.of_runs(self._recording, self._scenario), self._recording)),
        }
        rest = {c.name: integers(t[c.name]) for c in TABLES["tasks"] if c.name not in values}
        yield ordered("tasks", {**values, **rest})

    def executions(self) -> Iterator[pa.Table]:
        e = self._recording.executions
        assert e is not None
        paid = credits.of_runs(self._recording, self._scenario)
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
            "waited_s": seconds(e["waited"], None),
            "fuel_used": integers(paid.fuel),
            "credits": integers(paid.credits),
        }
        yield ordered("executions", values)

    def credits(self) -> Iterator[pa.Table]:
        attempts, fuel_rate = self._recording.attempts, self._scenario.actors.fuel_rate
        rows = credits.paused(attempts)
        downtime_s = attempts["downtime"][rows] / 1e6
        values = {
            "attempt_id": integers(rows),
            "migration_id": integers(attempts["migration"][rows]),
            "fuel_missed": pa.array(downtime_s * fuel_rate),
            "credits": pa.array(downtime_s * credits.price(self._scenario)),
        }
        yield ordered("credits", values)

    def manager(self) -> Iterator[pa.Table]:
        """The ticks, and the firings of timers and wheels, which come before the tick of the same instant."""
        recording, costs = self._recording, self._scenario.manager.costs
        ticks, firings = recording.ticks, recording.firings
        none = np.zeros(len(firings["at"]), np.int64)
        order = np.lexsort((
            np.repeat((0, 1), (len(none), len(ticks["at"]))),
            np.concatenate([firings["executor"], ticks["executor"]]),
            np.concatenate([firings["at"], ticks["at"]]),
        ))  # fmt: skip

        def both(fired: Column, ticked: Column) -> Integers:
            rows: Integers = np.concatenate([fired, ticked]).astype(np.int64)[order]
            return rows

        counts = {
            name: both(firings.get(name, none), ticks[name]) for name in ("active", "records", "timed_out", "removed")
        }
        detect = both(cost_of_firings(firings, self._scenario), detection_of_rows(recording, self._scenario))
        cleanup = counts["removed"] * costs.cleanup
        tick = both(none, np.full(len(ticks["at"]), costs.tick))
        values = {
            "executor": names_of(both(firings["executor"], ticks["executor"]), self._executors),
            "at_s": seconds(both(firings["at"], ticks["at"]), None),
            **{name: integers(column) for name, column in counts.items()},
            "detect_cost_s": seconds(detect, None),
            "cleanup_cost_s": seconds(cleanup, None),
            "cycle_cost_s": seconds(detect + cleanup + tick, None),
            "memory_bytes": integers(counts["records"] * costs.record),
        }
        yield ordered("manager", values)

    def timeline(self) -> Iterator[pa.Table]:
        columns = timeline(self._recording, self._scenario)
        values = {
            name: seconds(column, None) if name == "at_s" else integers(column) for name, column in columns.items()
        }
        yield ordered("timeline", values)

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
        yield ordered("violations", values)

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
        yield ordered("recoveries", values)

    def actors(self) -> Iterator[pa.Table]:
        rows, attempts, recoveries = self._recording.actors, self._recording.attempts, self._recording.recoveries
        assert rows is not None
        most = int(rows["actor"].max(initial=-1)) + 1

        def per_actor(actors: Column, weights: Column | None = None) -> Integers:
            return np.bincount(actors, weights, most)[rows["actor"]].astype(np.int64)

        last = outcome.lasts(attempts)
        values = {
            "actor": names_of(rows["actor"], self._actors),
            "home": names_of(rows["home"], self._executors),
            "executor": names_of(np.maximum(rows["executor"], 0), self._executors, rows["executor"] == NEVER),
            "copies": integers(rows["copies"]),
            "migrations": integers(per_actor(attempts["actor"][last])),
            "attempts": integers(per_actor(attempts["actor"])),
            "completed": integers(per_actor(attempts["actor"][outcome.outcomes(attempts) == outcome.COMPLETED])),
            "downtime_s": seconds(rows["nowhere"], None),
            "duplicate_run_s": seconds(rows["twice"], None),
            "crashes": integers(per_actor(recoveries["actor"])),
            "work_lost_s": seconds(per_actor(recoveries["actor"], recoveries["work_lost"]), None),
            **{f"messages_{name}": integers(rows[name]) for name in ("delivered", "queued", "lost")},
        }
        yield ordered("actors", values)

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
        yield ordered("messages", values)
