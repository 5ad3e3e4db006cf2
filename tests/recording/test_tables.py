"""The result tables: declared columns, exact values, the same bytes twice."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from icnsim.protocol.states import State
from icnsim.recording import arrow, bulk, parquet
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.tables import CHECKPOINT_VOTES, DECISIONS, TABLES, Type
from icnsim.scenario import Scenario
from icnsim.simulation import simulate
from tests.command import ROOT
from tests.recording.builder import OF_SOME, S, recording, scenario
from tests.reference.generator import generated

SPEC = {
    "attempts": "attempt_id:integer migration_id:integer attempt:integer actor:name source:name target:name "
    "state_bytes:integer requested_at_s:seconds? admitted_at_s:seconds? accepted_at_s:seconds? "
    "checkpointed_at_s:seconds? transferred_at_s:seconds? restored_at_s:seconds? completed_at_s:seconds? "
    "failed_at_s:seconds? removed_at_s:seconds? replaced_at_s:seconds? outcome:name reason:name? "
    "timed_out_in:name? deadline_s:seconds? detection_latency_s:seconds? detection_total_s:seconds? "
    "false_positive:boolean late_reply:boolean duration_s:seconds? downtime_s:seconds? duplicate_run_s:seconds?",
    "migrations": "migration_id:integer actor:name source:name final_target:name? started_at_s:seconds? "
    "ended_at_s:seconds? attempts:integer outcome:name downtime_s:seconds? duplicate_run_s:seconds? "
    "messages_queued:integer",
    "manager": "executor:name at_s:seconds active:integer records:integer timed_out:integer removed:integer "
    "detect_cost_s:seconds cleanup_cost_s:seconds cycle_cost_s:seconds memory_bytes:integer",
    "timeline": "at_s:seconds requesting:integer checkpointing:integer transferring:integer restoring:integer "
    "complete:integer failed:integer active:integer records:integer memory_bytes:integer running:integer "
    "paused:integer in_flight:integer",
    "messages": "message_id:integer kind:name attempt_id:integer? task_id:integer? sender:name receiver:name "
    "sent_at_s:seconds? delivered_at_s:seconds? state_bytes:integer",
    "violations": "invariant:name at_s:seconds actor:name executor:name? attempt_id:integer? hazards:name "
    "evidence:text events:text",
    "recoveries": "actor:name executor:name crashed_at_s:seconds restarted_at_s:seconds? "
    "checkpoint_sequence:integer work_lost_s:seconds messages_lost:integer",
    "actors": "actor:name home:name executor:name? copies:integer migrations:integer attempts:integer "
    "completed:integer downtime_s:seconds duplicate_run_s:seconds crashes:integer work_lost_s:seconds "
    "messages_delivered:integer messages_queued:integer messages_lost:integer",
    "decisions": "migration_id:integer executors:integer needed:integer asked_at_s:seconds decided_at_s:seconds? "
    "outcome:name right:boolean? votes:integer double_votes:integer backers:integer",
    "checkpoint_votes": "attempt_id:integer executors:integer needed:integer asked_at_s:seconds "
    "decided_at_s:seconds? outcome:name right:boolean? votes:integer double_votes:integer backers:integer",
    "policy": "at_s:seconds attempt_id:integer? actor:name executor:name target:name reason:name score:number "
    "own_load:number believed_load:number true_load:number staleness_s:seconds mean_staleness_s:seconds",
    "wasm": "attempt_id:integer pages:integer rounds:integer live_pages:integer live_copy_s:seconds "
    "final_pages:integer post_pages:integer post_copy_s:seconds bytes_sent:integer downtime_s:seconds? "
    "total_s:seconds?",
    "tasks": "task_id:integer id:text mode:name gateway:name executors:integer needed:integer run_time_s:seconds "
    "submitted_at_s:seconds deadline_s:seconds? ended_at_s:seconds? detection_latency_s:seconds? outcome:name "
    "right:boolean? votes:integer double_votes:integer backers:integer late_results:integer "
    "checkpoints_agreed:integer checkpoints_divergent:integer checkpoints_insufficient:integer "
    "checkpoints_wrong:integer fuel_limit:integer payment_rate:integer credits:integer unknown_fields:text?",
    "executions": "task_id:integer executor:name began_at_s:seconds ended_at_s:seconds? outcome:name "
    "work_s:seconds state_bytes:integer checkpoints:integer refused:integer checkpoint_s:seconds crashes:integer "
    "work_lost_s:seconds waited_s:seconds fuel_used:integer credits:integer",
    "credits": "attempt_id:integer migration_id:integer fuel_missed:number credits:number",
}
"""The columns of each table: the name and the type of each, and `?` if values can be missing."""

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


def test_the_tables_are_those_of_the_contract() -> None:
    assert list(TABLES) == list(SPEC)
    assert CHECKPOINT_VOTES[-3].meaning == DECISIONS[-3].meaning == "results that counted"
    assert CHECKPOINT_VOTES[-4].meaning != DECISIONS[-4].meaning  # "right" has another meaning


@pytest.mark.parametrize("name", SPEC)
def test_the_declared_columns_are_those_of_the_contract(name: str) -> None:
    declared = [f"{each.name}:{each.type.value}{'?' if each.nullable else ''}" for each in TABLES[name]]
    assert declared == SPEC[name].split()


def test_the_unit_of_a_column_follows_from_its_type_and_its_name() -> None:
    units = {column.name: column.unit for column in TABLES["attempts"]}
    assert [units[name] for name in ("requested_at_s", "state_bytes", "attempt", "actor")] == ["s", "B", "", ""]


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


@pytest.mark.parametrize("piece", [1, 2, 100])
def test_a_migration_adds_up_its_attempts(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pauses its actor for 4 s and 3 s in two attempts; of the second's two attempts none pauses it."""
    monkeypatch.setattr(bulk, "PIECE", piece)
    first = {
        "migration": 2, "actor": 1, "source": 0, "target": 0, "requested": 10 * S, "accepted": 11 * S,
        "failed": 15 * S, "failure": 1, "duplicate_run": 2 * S, "queued": 3,
    }  # fmt: skip
    second = {
        "migration": 2, "attempt": 2, "actor": 1, "source": 0, "target": 1, "requested": 20 * S, "accepted": 21 * S,
        "restored": 24 * S, "completed": 25 * S, "duplicate_run": S, "queued": 4,
    }  # fmt: skip
    refused = {"migration": 5, "actor": 2, "source": 1, "requested": 30 * S, "failed": 31 * S, "failure": 2}
    again = {**refused, "attempt": 2, "target": 1, "requested": 40 * S, "failed": 41 * S}
    alone = {**refused, "migration": 7, "requested": 50 * S, "failed": NEVER}
    sums = {
        "migration_id": 2, "actor": "actor-1", "source": "a-0", "final_target": "a-1", "started_at_s": 10,
        "ended_at_s": 25, "attempts": 2, "outcome": "completed", "downtime_s": 7, "duplicate_run_s": 3,
        "messages_queued": 7,
    }  # fmt: skip
    none = {
        "migration_id": 5, "actor": "actor-2", "source": "a-1", "final_target": "a-1", "started_at_s": 30,
        "ended_at_s": 41, "attempts": 2, "outcome": "rejected", "downtime_s": None, "duplicate_run_s": 0,
        "messages_queued": 0,
    }  # fmt: skip
    last = {
        **none, "migration_id": 7, "final_target": "a-0", "started_at_s": 50, "ended_at_s": None, "attempts": 1,
        "outcome": "unfinished",
    }  # fmt: skip
    run = recording([first, second, refused, again, alone])
    assert rows("migrations", run, scenario()) == [sums, none, last]
    assert [row["attempt_id"] for row in rows("attempts", run, scenario())] == [0, 1, 2, 3, 4]


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


@pytest.mark.parametrize("name", TABLES)
def test_the_page_of_results_has_each_column_with_its_type_and_meaning(name: str) -> None:
    page = (ROOT / "docs" / "results.md").read_text("utf-8")
    section = page.split(f"### {name}.parquet\n")[1].split("\n### ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    kinds = [f"{column.type}{', or null' if column.nullable else ''}" for column in TABLES[name]]
    meanings = [column.meaning for column in TABLES[name]]
    names = [column.name for column in TABLES[name]]
    assert rows == [f"| `{name}` | {kind} | {text} |" for name, kind, text in zip(names, kinds, meanings, strict=True)]
