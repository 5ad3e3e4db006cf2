"""The result tables: declared columns, exact values, the same bytes twice."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from icnsim.protocol.states import State
from icnsim.recording import arrow, bulk, parquet
from icnsim.recording.columns import Recording
from icnsim.recording.tables import TABLES, Type
from icnsim.scenario import Scenario
from icnsim.simulation import simulate
from tests.recording.builder import OF_SOME, S, recording, scenario
from tests.reference.generator import generated

SPEC = {
    "attempts": "attempt_id migration_id attempt actor source target state_bytes requested_at_s admitted_at_s "
    "accepted_at_s checkpointed_at_s transferred_at_s restored_at_s completed_at_s failed_at_s removed_at_s "
    "replaced_at_s outcome reason timed_out_in deadline_s detection_latency_s detection_total_s false_positive "
    "late_reply duration_s downtime_s duplicate_run_s",
    "migrations": "migration_id actor source final_target started_at_s ended_at_s attempts outcome downtime_s "
    "duplicate_run_s messages_queued",
    "manager": "executor at_s active records timed_out removed detect_cost_s cleanup_cost_s cycle_cost_s memory_bytes",
    "timeline": "at_s requesting checkpointing transferring restoring complete failed active records memory_bytes "
    "running paused in_flight",
}

COMPLETED = {
    "actor": 2, "source": 0, "target": 1, "state_bytes": 7, "willing": 1, "requested": 1 * S, "admitted": 2 * S,
    "accepted": 3 * S, "checkpointed": 5 * S, "transferred": 6 * S, "restored": 7 * S, "completed": 8 * S,
    "removed": 400 * S, "target_replaced": 90 * S,
}  # fmt: skip
TIMED_OUT = {
    "migration": 4, "source": 1, "target": 0, "willing": 1, "late_reply": 1, "requested": 10 * S + 5, "failed": 75 * S,
    "failure": 1, "reason": 1, "timed_out_in": State.REQUESTING,
}  # fmt: skip
TIMED_OUT_LATER = {
    **TIMED_OUT, "migration": 5, "willing": 0, "late_reply": 0, "accepted": 11 * S, "checkpointed": 12 * S,
    "restored": 70 * S, "duplicate_run": 4 * S, "timed_out_in": State.TRANSFERRING,
}  # fmt: skip
REJECTED = {"migration": 6, "target": 1, "requested": 20 * S, "failed": 21 * S, "failure": 2, "reason": 2}
PAUSED = {"migration": 7, "target": 1, "requested": 30 * S, "accepted": 31 * S}


def rows(name: str, run: Recording, scenario: Scenario) -> list[dict[str, Any]]:
    table = arrow.table(name, run, scenario)
    assert table is not None
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def has(row: Mapping[str, Any], **expected: Any) -> None:
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("name", SPEC)
def test_the_declared_columns_are_those_of_the_contract(name: str) -> None:
    assert [column.name for column in TABLES[name]] == SPEC[name].split()


@pytest.mark.parametrize("name", TABLES)
def test_each_column_says_what_it_means_and_times_are_in_seconds(name: str) -> None:
    for column in TABLES[name]:
        assert column.meaning
        assert (column.type is Type.SECONDS) == column.name.endswith("_s")


def test_a_completed_attempt_has_its_times_and_no_detection() -> None:
    [row] = rows("attempts", recording([COMPLETED]), scenario())
    has(
        row, attempt_id=0, migration_id=0, attempt=1, actor="actor-2", source="a-0", target="a-1", state_bytes=7,
        requested_at_s=1, accepted_at_s=3, checkpointed_at_s=5, transferred_at_s=6, restored_at_s=7, completed_at_s=8,
        failed_at_s=None, removed_at_s=400, replaced_at_s=None, outcome="completed", reason=None, timed_out_in=None,
        deadline_s=None, detection_latency_s=None, detection_total_s=None, false_positive=False, late_reply=False,
        duration_s=7, downtime_s=4, duplicate_run_s=0,
    )  # fmt: skip


def test_a_timed_out_attempt_has_its_deadline_and_the_latency_after_it() -> None:
    [row] = rows("attempts", recording([TIMED_OUT]), scenario())
    has(
        row, migration_id=4, outcome="timed_out", reason="Migration timed out", timed_out_in="requesting",
        deadline_s=70.000005, detection_latency_s=4.999995, detection_total_s=64.999995, false_positive=True,
        late_reply=True, duration_s=None, downtime_s=None,
    )  # fmt: skip


def test_the_deadline_is_that_of_the_state_it_timed_out_in() -> None:
    more = "manager: {timeout: {requesting: 7s, transferring: 40s}, tracked_states: [requesting, transferring]}\n"
    small = scenario(more)
    [row] = rows("attempts", recording([TIMED_OUT_LATER], timeouts_ms=small.timeouts_ms), small)
    has(
        row, timed_out_in="transferring", deadline_s=52, detection_latency_s=23, detection_total_s=63,
        false_positive=False, downtime_s=59, duplicate_run_s=4,
    )  # fmt: skip


def test_a_rejected_attempt_says_why_and_an_unfinished_one_is_down_to_the_end() -> None:
    rejected, paused = rows("attempts", recording([REJECTED, PAUSED]), scenario())
    has(rejected, outcome="rejected", reason="rejecting", failed_at_s=21, downtime_s=None, timed_out_in=None)
    has(paused, outcome="unfinished", reason=None, completed_at_s=None, downtime_s=1000 - 31, duration_s=None)


def test_a_migration_has_the_figures_of_its_attempt() -> None:
    first, last = rows("migrations", recording([COMPLETED, {**PAUSED, "migration": 9}]), scenario())
    assert first == {
        "migration_id": 0, "actor": "actor-2", "source": "a-0", "final_target": "a-1", "started_at_s": 1,
        "ended_at_s": 8, "attempts": 1, "outcome": "completed", "downtime_s": 4, "duplicate_run_s": 0,
        "messages_queued": 0,
    }  # fmt: skip
    has(last, migration_id=9, ended_at_s=None, outcome="unfinished", downtime_s=969)


def test_a_tick_costs_what_it_scanned_and_removed() -> None:
    more = "manager: {costs: {tick: 10us, detect: 3us, cleanup: 5us, record: 100B}}\n"
    [row] = rows("manager", recording(ticks=[(1, 35 * S, 4, 9, 2, 3)]), scenario(more))
    assert row == {
        "executor": "a-1", "at_s": 35, "active": 4, "records": 9, "timed_out": 2, "removed": 3,
        "detect_cost_s": 12e-6, "cleanup_cost_s": 15e-6, "cycle_cost_s": 37e-6, "memory_bytes": 900,
    }  # fmt: skip


def test_pieces_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = [{**row, "migration": n} for n, row in enumerate([COMPLETED, TIMED_OUT, REJECTED, PAUSED, COMPLETED])]
    run = recording(attempts)
    whole = {name: rows(name, run, scenario()) for name in ("attempts", "migrations")}
    monkeypatch.setattr(bulk, "PIECE", 2)
    assert {name: rows(name, run, scenario()) for name in whole} == whole


def test_an_empty_run_gives_empty_tables(tmp_path: Path) -> None:
    for name, pieces in arrow.tables(recording(), scenario()).items():
        parquet.write(tmp_path / name, name, pieces())
        assert pq.read_table(tmp_path / name).num_rows == 0


@pytest.mark.parametrize("seed", range(0, 240, 30))
def test_a_file_holds_its_table_has_the_same_bytes_twice_and_no_nan(seed: int, tmp_path: Path) -> None:
    scenario = generated(seed, {"record.messages": True})
    run = simulate(scenario)
    made = arrow.tables(run, scenario)
    assert set(made) == set(TABLES) - set(OF_SOME)
    for name, pieces in made.items():
        parquet.write(tmp_path / "first", name, pieces())
        parquet.write(tmp_path / "second", name, arrow.tables(simulate(scenario), scenario)[name]())
        assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes(), name
        back = pq.read_table(tmp_path / "first")
        assert back.schema.names == [column.name for column in TABLES[name]]
        assert b"pandas" not in (back.schema.metadata or {})
        found = back.to_pylist()
        assert found == rows(name, run, scenario)
        for column in TABLES[name]:
            values = [row[column.name] for row in found]
            assert not any(isinstance(value, float) and not math.isfinite(value) for value in values)
            assert column.nullable or None not in values, column.name


@pytest.mark.parametrize("seed", range(3, 240, 30))
def test_every_message_has_one_attempt_and_one_fate(seed: int) -> None:
    scenario = generated(seed, {"record.messages": True})
    run = simulate(scenario)
    sent = rows("messages", run, scenario)
    attempts = rows("attempts", run, scenario)
    assert [row["message_id"] for row in sent] == list(range(run.messages_sent))
    assert sum(row["delivered_at_s"] is not None for row in sent) == run.messages_delivered
    for row in sent:
        attempt = attempts[row["attempt_id"]]
        outward = row["kind"] in ("request", "complete")
        assert (row["sender"], row["receiver"]) == tuple(
            attempt[name] for name in (("source", "target") if outward else ("target", "source"))
        )
        assert row["sent_at_s"] >= attempt["requested_at_s"]
