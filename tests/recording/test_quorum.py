"""The decisions of a quorum in the tables and in the summary, and the migrations that have no attempt."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import icnsim
from icnsim.recording import arrow, bulk
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.expectations import flatten
from icnsim.recording.summary import summarise
from icnsim.recording.tables import TABLES
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from tests.recording.builder import S, recording, scenario

TEXT = """
name: quorum
seed: 5
executors:
  - {group: honest, count: 16}
  - {group: twin, count: 3, behavior: byzantine, lies: equivocate}
  - {group: liar, count: 2, behavior: byzantine}
  - {group: never, count: 1, behavior: unresponsive}
actors: {count: 400}
network: {loss: 0.03, duplication: 0.05}
manager: {timeout: 5s}
retry: {max_retries: 2}
protocol: {one_vote_each: false}
workload: {migrations: 1500, arrivals: {rate: 5/s}}
warmup: 20s
drain: 25s
quorum: {enabled: true, executors: 4, threshold: 0.5}
record: {messages: true}
"""


@cache
def run() -> tuple[Recording, Scenario]:
    made = loads(TEXT)
    return simulate(made), made


def rows(name: str) -> list[dict[str, Any]]:
    table = arrow.table(name, *run())
    assert table is not None
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def test_every_arrival_is_skipped_or_voted_on_and_every_vote_is_a_migration() -> None:
    decisions, migrations = rows("decisions"), rows("migrations")
    assert [row["migration_id"] for row in decisions] == [row["migration_id"] for row in migrations]
    assert len(decisions) + len(run()[0].skipped) == 1500
    assert [row["asked_at_s"] for row in decisions] == [row["started_at_s"] for row in migrations]


def test_a_migration_has_attempts_exactly_where_they_agree_on_the_right_digest() -> None:
    attempts = {row["migration_id"] for row in rows("attempts")}
    for decision, migration in zip(rows("decisions"), rows("migrations"), strict=True):
        begun = bool(decision["right"])
        assert (decision["right"] is None) == (decision["outcome"] != "consensus")
        assert begun == (migration["attempts"] > 0) == (migration["migration_id"] in attempts)
        assert begun == (migration["final_target"] is not None)
        if not begun:
            assert migration["ended_at_s"] == decision["decided_at_s"]
            assert migration["outcome"] == ("unfinished" if decision["decided_at_s"] is None else "failed")
            assert (migration["downtime_s"], migration["duplicate_run_s"], migration["messages_queued"]) == (None, 0, 0)


def test_the_figures_are_those_of_loops_over_the_tables() -> None:
    found, recorded = summarise(*run()), run()[0]
    start, end = recorded.window_start / S, recorded.window_end / S
    migrations = [row for row in rows("migrations") if start <= row["started_at_s"] <= end]
    for outcome in ("completed", "failed", "rejected", "timed_out", "unfinished"):
        assert found["migrations"][outcome] == sum(row["outcome"] == outcome for row in migrations)
    assert found["migrations"]["total"] == len(migrations)
    assert found["migrations"]["retried"] == sum(row["attempts"] > 1 for row in migrations)
    inside = {row["migration_id"] for row in migrations}
    assert found["attempts"]["total"] == sum(row["migration_id"] in inside for row in rows("attempts"))
    decided = [
        row for row in rows("decisions") if start <= row["asked_at_s"] <= end and row["decided_at_s"] is not None
    ]
    wrong = sum(row["right"] is False for row in decided)
    times = [row["decided_at_s"] - row["asked_at_s"] for row in decided]
    quorum = found["quorum"]
    assert quorum["decisions"] == len(decided) > 1000
    for outcome in ("consensus", "divergence", "insufficient"):
        assert quorum[outcome] == sum(row["outcome"] == outcome for row in decided) > 0
    assert (quorum["wrong"], quorum["wrong_rate"]) == (wrong, wrong / len(decided))
    assert quorum["unearned"] == sum(row["outcome"] == "consensus" and row["backers"] < 2 for row in decided) > 0
    assert quorum["decision_time"]["mean"] == pytest.approx(np.mean(times))
    assert quorum["decision_time"]["max"] == pytest.approx(max(times))
    assert found["success_rate"] == found["migrations"]["completed"] / (
        len(migrations) - found["migrations"]["unfinished"]
    )
    every = [row for row in rows("decisions") if row["outcome"] == "consensus" and row["backers"] < 2]
    assert found["invariants"]["consensus"] == len(every)
    json.dumps(found, allow_nan=False)


def test_a_ballot_of_a_migration_that_never_began_belongs_to_no_attempt() -> None:
    begun = {row["attempt_id"] for row in rows("attempts")}
    sent = rows("messages")
    assert {row["attempt_id"] for row in sent} <= begun | {None}
    assert {row["kind"] for row in sent if row["attempt_id"] is None} == {"ballot", "result"}


def test_pieces_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {name: rows(name) for name in ("migrations", "decisions")}
    for piece in (1, 7, 1000):
        monkeypatch.setattr(bulk, "PIECE", piece)
        assert {name: rows(name) for name in whole} == whole


def test_tables_have_all_votes_even_if_no_migration_begins() -> None:
    changed = {"executors.0.behavior": "byzantine", "workload.migrations": 20, "warmup": "0s", "network.loss": 0}
    nobody = loads(TEXT, overrides=changed)
    recorded = simulate(nobody)
    assert not len(recorded.attempts["migration"])
    table = arrow.table("migrations", recorded, nobody)
    assert table is not None and table.num_rows == 20
    found = summarise(recorded, nobody)
    assert found["migrations"]["failed"] == found["migrations"]["total"] == found["quorum"]["wrong"] == 20
    assert found["success_rate"] == 0


def test_without_a_quorum_its_figures_are_null_and_there_is_no_table() -> None:
    found = summarise(recording(), scenario())
    assert {
        value for name, value in flatten(found["quorum"]) if not name.endswith(("count", "censored", "ci95_why"))
    } == {None}
    assert found["invariants"]["consensus"] is None
    assert "decisions" not in arrow.tables(recording(), scenario())


def test_a_vote_that_has_not_ended_is_unfinished() -> None:
    columns = ("migration", "actor", "source", "executors", "needed", "asked", "verdict", "right", "votes",
               "double_votes", "backers")  # fmt: skip
    decisions = {name: np.array([0, 1], dtype=np.int64) for name in columns} | {"decided": np.array([NEVER, 2 * S])}
    found = recording(decisions=decisions | {"verdict": np.array([0, 2])}, window_end=100 * S)
    figures = summarise(found, scenario())
    assert figures["migrations"]["unfinished"] == figures["migrations"]["failed"] == figures["quorum"]["decisions"] == 1
    table = arrow.table("decisions", found, scenario())
    assert table is not None
    assert table.column("outcome").to_pylist() == ["unfinished", "divergence"]
    assert table.column("decided_at_s").to_pylist() == [None, 2]


def test_results_are_written_read_and_the_same_bytes_again(tmp_path: Path) -> None:
    made = loads(TEXT, overrides={"workload.migrations": 100, "warmup": "0s"})
    first, second = (icnsim.run(made, out=tmp_path / name) for name in ("one", "two"))
    assert first.folder is not None and second.folder is not None
    for name in ("decisions", "migrations", "messages"):
        one, two = (each.folder / f"{name}.parquet" for each in (first, second) if each.folder is not None)
        assert one.read_bytes() == two.read_bytes()
    back = icnsim.load(first.folder)
    assert back.decisions.equals(first.decisions) and len(back.decisions) == 100
    assert list(back.decisions.columns) == [column.name for column in TABLES["decisions"]]
