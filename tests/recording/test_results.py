"""The results folder: the same bytes, complete and never half-written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import icnsim
from icnsim.errors import ResultsError
from icnsim.protocol.messages import Message
from icnsim.recording import arrow, folder, parquet
from icnsim.recording.columns import NEVER
from icnsim.recording.tables import STATES, TABLES
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from icnsim.simulation.federation import Federation
from tests.recording.builder import OF_SOME

Handler = Callable[[Message, int], None]

TEXT = """
name: small
executors:
  - {group: a, count: 10}
  - {group: silent, count: 2, behavior: unresponsive}
actors: {count: 200}
network: {loss: 0.02, duplication: 0.05}
manager: {tracked_states: [requesting, transferring], timeout: 20s, retention: 1min}
record: {messages: true}
workload: {migrations: 800, arrivals: {rate: 5/s}}
drain: 3min
"""


@pytest.fixture
def scenario() -> Scenario:
    return loads(TEXT)


def contents(place: Path) -> dict[str, bytes]:
    names = sorted(path.name for path in place.iterdir() if path.name != folder.MANIFEST)
    return {name: (place / name).read_bytes() for name in names}


def test_the_same_bytes_from_three_processes_with_their_own_hash_seeds_and_the_written_scenario(
    scenario: Scenario, tmp_path: Path
) -> None:
    first = icnsim.run(scenario, out=tmp_path / "here")
    assert first.folder is not None
    expected = contents(first.folder)
    tables = set(TABLES) - set(OF_SOME)
    assert set(expected) == {"scenario.yaml", "summary.json", *(f"{name}.parquet" for name in tables)}
    program = "import sys, icnsim; print(icnsim.run(sys.argv[1], out=sys.argv[2]).folder)"
    written = first.folder / "scenario.yaml"
    for hash_seed in ("0", "12345"):
        command = [sys.executable, "-c", program, str(written), str(tmp_path / hash_seed)]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
        )
        place = Path(done.stdout.strip())
        assert place.name == first.folder.name
        assert contents(place) == expected


def test_every_migration_has_one_outcome_and_every_record_and_message_is_accounted_for(scenario: Scenario) -> None:
    run = icnsim.run(scenario)
    counts = run.summary["migrations"]
    outcomes = ("completed", "rejected", "timed_out", "failed", "unfinished")
    assert counts["total"] == sum(counts[name] for name in outcomes) == len(run.migrations)
    assert counts["total"] + counts["skipped"] == 800
    for name in outcomes:
        assert (run.attempts["outcome"] == name).sum() == counts[name]
    records = run.summary["records"]
    assert records["created"] == records["removed"] + records["replaced"] + records["unremoved"]
    messages = run.summary["messages"]
    assert messages["sent"] == len(run.messages)
    assert messages["delivered"] == run.messages["delivered_at_s"].notna().sum()
    assert messages["sent"] == messages["delivered"] + messages["lost"] + messages["in_flight"]


def test_the_timeline_is_what_a_count_record_by_record_gives(scenario: Scenario) -> None:
    recording = simulate(scenario)
    timeline = arrow.table("timeline", recording, scenario).to_pandas()
    a = recording.attempts
    sides = (("requested", ("completed", "failed"), ("removed", "replaced")),
             ("admitted", ("restored", "target_failed"), ("target_removed", "target_replaced")))  # fmt: skip
    for row in timeline.itertuples():
        now = round(row.at_s * 1e6)
        active = records = 0
        for created, ended, gone in sides:
            for number in range(len(a["migration"])):
                start = a[created][number]
                end = max(a[name][number] for name in ended)
                left = max(a[name][number] for name in gone)
                held = start != -1 and start <= now and not (left != -1 and left <= now)
                records += held
                active += held and not (end != -1 and end <= now)
        assert (row.active, row.records) == (active, records)
        assert row.records == sum(getattr(row, state) for state in STATES)


def test_the_cost_of_all_ticks_is_what_a_count_tick_by_tick_gives(scenario: Scenario) -> None:
    recording = simulate(scenario)
    from icnsim.recording.summary import summarise

    summary = summarise(recording, scenario)["manager"]
    a, interval = recording.attempts, scenario.manager.check_interval
    removed = {}
    for executor, at, count in zip(*(recording.ticks[name].tolist() for name in ("executor", "at", "removed"))):
        removed[executor, at] = count
    ticks, cost_us, worst = 0, 0, 0
    assert recording.phases is not None
    for executor, phase in enumerate(recording.phases.tolist()):
        for at in range(phase, recording.horizon, interval):
            active = 0
            for place, created, ends, by_tick in (
                ("source", "requested", ("completed", "failed"), a["failure"] == 1),
                ("target", "admitted", ("restored", "target_failed"), a["target_failed"] != -1),
            ):
                end = np.maximum(a[ends[0]], a[ends[1]])
                over = (end != -1) & ((end < at) | ((end == at) & ~by_tick))
                active += int(((a[place] == executor) & (a[created] != -1) & (a[created] <= at) & ~over).sum())
            cost = 10 + 10 * active + 5 * removed.get((executor, at), 0)
            ticks, cost_us, worst = ticks + 1, cost_us + cost, max(worst, cost)
    assert summary["ticks"] == ticks
    assert summary["cost_s"] == pytest.approx(cost_us / 1e6, rel=1e-12)
    assert summary["cycle"]["max"] == pytest.approx(worst / 1e6)


def test_tables_have_the_declared_columns_and_no_json_has_nan(scenario: Scenario, tmp_path: Path) -> None:
    place = icnsim.run(scenario, out=tmp_path).folder
    assert place is not None
    assert not (place / "decisions.parquet").exists()
    for name, columns in ((name, columns) for name, columns in TABLES.items() if name not in OF_SOME):
        assert pq.read_schema(place / f"{name}.parquet").names == [column.name for column in columns]

    def refuse(text: str) -> None:
        raise AssertionError(text)

    for name in ("summary.json", "manifest.json"):
        json.loads((place / name).read_text("utf-8"), parse_constant=refuse)


def test_a_damaged_result_is_run_again_and_a_whole_one_is_not(scenario: Scenario, tmp_path: Path) -> None:
    first = icnsim.run(scenario, out=tmp_path)
    assert first.folder is not None
    manifest = first.folder / "manifest.json"
    stamp = manifest.read_bytes()
    assert icnsim.run(scenario, out=tmp_path).attempts.equals(first.attempts)
    assert manifest.read_bytes() == stamp
    whole = contents(first.folder)
    (first.folder / "attempts.parquet").write_bytes(b"damaged")
    with pytest.raises(ResultsError, match="--force"):
        icnsim.load(first.folder)
    icnsim.run(scenario, out=tmp_path)
    assert contents(first.folder) == whole
    assert [path.name for path in first.folder.parent.iterdir()] == [first.folder.name]


def test_nothing_is_left_behind_where_results_cannot_be_written(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "write", full)
    with pytest.raises(ResultsError, match="no space left on device"):
        icnsim.run(scenario, out=tmp_path)
    assert list((tmp_path / "small").iterdir()) == []


def test_messages_counted_as_delivered_were_received_by_executors(scenario: Scenario) -> None:
    federation = Federation(scenario)
    received: list[Message] = []
    federation.hooks.message_received.append(lambda message, executor: received.append(message))
    recording = federation.run()
    assert recording.messages_delivered == len(received)
    assert recording.messages_sent == len(received) + recording.messages_lost + recording.messages_in_flight
    assert recording.messages_in_flight == (recording.message_log["arrives"] == NEVER).sum() - recording.messages_lost


def test_a_folder_of_that_name_of_another_run_is_replaced(scenario: Scenario, tmp_path: Path) -> None:
    run = icnsim.run(scenario, out=tmp_path)
    other = icnsim.run(loads(TEXT, seed=7), out=tmp_path)
    assert run.folder is not None and other.folder is not None
    assert icnsim.run(scenario, out=tmp_path).reused
    before = contents(run.folder)
    shutil.rmtree(run.folder)
    shutil.copytree(other.folder, run.folder)
    again = icnsim.run(scenario, out=tmp_path)
    assert not again.reused and again.summary["run_id"] == run.summary["run_id"]
    assert contents(run.folder) == before
