"""The data of a timeline agree with the tables of its run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import icnsim
from icnsim.experiment import Run
from icnsim.report import selection
from icnsim.report.embedding import json_text
from icnsim.report.timeline import BINS, MOST_PINS, MOST_TICKS, STATES, timeline
from icnsim.scenario import loads

SMALL = """
name: small
executors: [{group: a, count: 2}, {group: dead, count: 1, behavior: unresponsive}]
actors: {count: 6}
duration: 300s
workload: {arrivals: {rate: 6/min}}
faults: [{kind: pause, executors: a-1, at: 10s, for: 5s}]
"""


@pytest.fixture(scope="module")
def small() -> Run:
    return icnsim.run(loads(SMALL))


def ms(seconds: float) -> int:
    return -1 if np.isnan(seconds) else round(seconds * 1e6) // 1000


def data_of(run: Run) -> Any:
    found = timeline(run)
    assert found is not None
    return found.data


def test_each_bar_is_a_state_of_an_attempt(small: Run) -> None:
    data = data_of(small)
    assert data["rows"] == [["a-0", data["rows"][0][1]], ["a-1", data["rows"][1][1]], ["dead-0", 1]]
    expected = []
    for place, row in enumerate(small.attempts.itertuples()):
        spans = (
            ("requesting", row.source, row.requested_at_s, [row.accepted_at_s, row.failed_at_s]),
            ("checkpointing", row.source, row.accepted_at_s, [row.checkpointed_at_s, row.failed_at_s]),
            ("transferring", row.source, row.checkpointed_at_s, [row.completed_at_s, row.failed_at_s]),
            ("restoring", row.target, row.admitted_at_s, [row.restored_at_s]),
        )
        for state, executor, since, ends in spans:
            if not np.isnan(since):
                expected.append((place, state, executor, ms(since), ms(np.nanmin(ends))))
    assert len(expected) > 30
    names = [name for name, _ in data["rows"]]
    found = [(bar[0], STATES[bar[1]], names[bar[2]], *bar[4:]) for bar in data["bars"]]
    assert found == expected


def test_attempts_ticks_and_faults_are_those_of_the_tables(small: Run) -> None:
    data = data_of(small)
    late = small.attempts[small.attempts["outcome"] == "timed_out"]
    assert len(late) > 3
    assert [each[8:10] for each in data["attempts"] if each[8] >= 0] == [
        [ms(row.failed_at_s), ms(row.deadline_s)] for row in late.itertuples()
    ]
    drawn = small.manager[small.manager["at_s"] <= data["end"] / 1000]
    names = [name for name, _ in data["rows"]]
    assert [[names[tick[0]], *tick[1:]] for tick in data["ticks"]] == [
        [row.executor, int(row.timed_out > 0), ms(row.at_s), 1] for row in drawn.itertuples()
    ]
    assert data["faults"] == [[1, 10_000, 15_000, data["texts"].index("pause")]]
    assert data["strips"] == []


def test_each_migration_has_its_actor_and_a_diagram(small: Run) -> None:
    data = data_of(small)
    assert [[number, data["actors"][actor]] for number, actor in data["migrations"]] == [
        [row.migration_id, row.actor] for row in small.migrations.itertuples()
    ]
    assert len(data["diagrams"]) == len(data["migrations"])
    first = data["diagrams"][0]
    assert data["texts"][first["steps"][0][2]] == "requesting" and first["steps"][0][0] == 0
    assert first["since"] == ms(small.attempts["requested_at_s"][0])


def test_the_lines_say_what_each_row_shows(small: Run) -> None:
    found = timeline(small)
    assert found is not None and found.note == f"All {len(small.migrations)} migrations have bars."
    assert any(line.startswith("a-1: ") and "pause from 10 s to 15 s" in line for line in found.lines)


def test_where_there_are_too_many_the_data_stay_small_and_the_strips_count_all() -> None:
    sizes = []
    for migrations in (1000, 4000):
        run = icnsim.run("scenarios/week4.yaml", {"workload.migrations": migrations, "expect": {}})
        data = data_of(run)
        sizes.append(len(json_text(data)))
        assert len(data["attempts"]) == selection.MOST_ATTEMPTS
        assert len(data["rows"]) == selection.MOST_ROWS
        assert len(data["ticks"]) <= MOST_TICKS and len(data["pins"]) <= MOST_PINS
        edges = np.linspace(0, data["end"] * 1000, BINS + 1)
        active = run.attempts
        restoring = (active["restored_at_s"].fillna(0) - active["admitted_at_s"].fillna(0)).clip(lower=0)
        inside = active["restored_at_s"] * 1e6 <= edges[-1]
        sums = sum(sum(row[3]) for row in data["strips"] if row[3]) / 100 * (edges[1] / 1e6)
        # Each of at most 30 x 96 means is rounded to a hundredth.
        assert abs(sums - restoring[inside].sum()) < 0.005 * 30 * BINS * edges[1] / 1e6
    assert max(sizes) < 110_000 and sizes[1] < 1.3 * sizes[0]


def test_violations_are_pins_and_none_is_lost() -> None:
    run = icnsim.run("scenarios/as-implemented.yaml", {"expect": {}, "duration": "10min"})
    data = data_of(run)
    assert len(run.violations) > 0
    assert sum(pin[3] for pin in data["pins"]) == len(run.violations)
    kinds = {data["texts"][pin[2]].partition(":")[0] for pin in data["pins"]}
    assert kinds == set(run.violations["invariant"].astype(str))
    shown = {number for number, _ in data["migrations"]}
    linked = {data["migrations"][pin[4]][0] for pin in data["pins"] if pin[4] >= 0}
    assert linked and linked <= shown


def test_results_that_were_read_give_the_same_bytes(tmp_path: Path) -> None:
    run = icnsim.run(loads(SMALL), out=tmp_path)
    assert run.folder is not None
    assert json_text(data_of(run)) == json_text(data_of(icnsim.load(run.folder)))


def test_a_run_without_attempts_has_no_timeline() -> None:
    assert (
        timeline(icnsim.run(loads("name: none\nduration: 1us\ndrain: 1us\nexecutors: [{group: a, count: 2}]\n")))
        is None
    )


def test_a_crash_ends_the_records_that_it_loses() -> None:
    text = SMALL.replace("kind: pause, executors: a-1, at: 10s, for: 5s", "kind: crash, executors: a-0, at: 60s")
    run = icnsim.run(loads(text))
    data = data_of(run)
    began = [bar for bar in data["bars"] if bar[2] == 0]
    assert began and all(bar[5] <= 60_000 for bar in began if bar[4] < 60_000)
    assert any(bar[5] == 60_000 for bar in began)
